/** What becomes of pods when the engine's daemon goes and comes back, with all it runs or without. */
import { silentLogger, systemClock, systemRandom } from '@virtual-kubelet/base';
import type { ContainerObservation, PodRef, Provider, ProviderDefinition } from '@virtual-kubelet/provider';
import { callContext, inputsOf, podOf, refOf } from '@virtual-kubelet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shellPod } from './engine-streams.js';
import { waitFor } from './harness/index.js';

/** The provider whose engine is restarted. */
export interface RestartsSubject {
  readonly definition: ProviderDefinition;
  readonly config: object;
  /** Ends the daemon; whether what it runs goes on was said when it was started. */
  stopService(): Promise<void>;
  startService(options: { readonly liveRestore: boolean }): Promise<void>;
  /** Process ids of all containers by their ids, also of those that hold the network of a pod. */
  processes(): Promise<ReadonlyMap<string, number>>;
}

/** Defines the cases of one provider. @param name how the engine is called in the names of cases */
export function describeRestarts(name: string, subject: RestartsSubject): void {
  describe(`a daemon of ${name} that goes and comes back`, () => {
    const { definition, config } = subject;
    let provider: Provider;
    let close: () => Promise<void>;

    beforeAll(async () => {
      const session = await definition.open({
        config,
        clock: systemClock,
        random: systemRandom,
        logger: silentLogger,
        environment: {},
      });
      const listening = new AbortController();
      close = async () => {
        listening.abort();
        await session.close(callContext().signal);
      };
      provider = await session.forNode({
        name: `restarts-${definition.name}`,
        operatingSystem: 'linux',
        internalIP: '127.0.0.1',
      });
      // As a node does: only then are the engine's events followed.
      const nothing = (): void => undefined;
      const receiver = { observed: nothing, missing: nothing, synced: nothing, interrupted: nothing };
      provider.notifyPods?.(receiver, callContext({ signal: listening.signal }));
    });
    afterAll(() => close());

    const create = async (podName: string, script: string, restartPolicy: 'Always' | 'Never'): Promise<PodRef> => {
      const { spec } = shellPod(script, { restartPolicy });
      const pod = podOf({ name: podName, uid: `uid-restarts-${podName}`, ...(spec ? { spec } : {}) });
      const ref = refOf(pod);
      await provider.createPod({ ref, pod, inputs: inputsOf(pod), attempt: 1 }, callContext());
      return ref;
    };
    const main = async (ref: PodRef): Promise<ContainerObservation | undefined> =>
      (await provider.getPodStatus(ref, callContext()))?.containers[0];
    const until = (what: string, ref: PodRef, wanted: (one: ContainerObservation) => boolean): Promise<unknown> =>
      waitFor(`${ref.name} ${what}`, async () => {
        const found = await main(ref);
        return found && wanted(found) ? true : undefined;
      });
    const runs = (ref: PodRef): Promise<unknown> => until('runs', ref, (one) => 'running' in one.state);
    /** Tells of its end in its exit code. */
    const script = 'trap "exit 3" TERM; while true; do sleep 0.1; done';
    let always: PodRef;
    let once: PodRef;
    let done: PodRef;
    let restarts: number | undefined;

    it('with all it runs: each pod goes on by its policy, and counts it', async () => {
      always = await create('always', script, 'Always');
      once = await create('once', script, 'Never');
      done = await create('done', 'exit 0', 'Never');
      await Promise.all([runs(always), runs(once)]);
      await until('has ended', done, (one) => 'terminated' in one.state);
      await subject.stopService();
      expect(await main(always).catch((error: unknown) => error)).toBeInstanceOf(Error);
      await subject.startService({ liveRestore: true });
      await until('runs again', always, (one) => 'running' in one.state && (one.restartCount ?? 0) > 0);
      await until('has failed', once, (one) => 'terminated' in one.state);
      const [again, over, before] = await Promise.all([always, once, done].map(main));
      restarts = again?.restartCount;
      // A daemon that waits for other containers before it ends lets what went first be started once more.
      expect(restarts).toBeLessThanOrEqual(2);
      expect(again?.last?.exitCode).toBeGreaterThan(0);
      expect(over).toMatchObject({ restartCount: 0, state: { terminated: { reason: 'Error' } } });
      expect(before).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 0, reason: 'Completed' } } });
    });

    it('without what it runs: the same processes with the same counts, and the pod is seen as before', async () => {
      const before = await subject.processes();
      expect(before.size).toBe(2);
      await subject.stopService();
      await subject.startService({ liveRestore: true });
      await waitFor('the pod is seen again', () => main(always));
      expect(await subject.processes()).toEqual(before);
      expect(await main(always)).toMatchObject({ restartCount: restarts, state: { running: {} } });
    });

    it('and lets go of them all', async () => {
      for (const ref of [always, once, done]) {
        await provider.deletePod(ref, { gracePeriodSeconds: 1, reason: 'deleted' }, callContext());
        await until('has ended', ref, (one) => 'terminated' in one.state);
      }
      await waitFor('no process is left', async () => ((await subject.processes()).size === 0 ? true : undefined));
    });
  });
}
