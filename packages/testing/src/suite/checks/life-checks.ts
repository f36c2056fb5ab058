/** The life of one pod: created, repeated, ended, looked for. */
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { ContainerObservation, PodObservation } from '@virtual-kubelet/provider';
import { failureOf, isNotFound, podName } from '@virtual-kubelet/provider';
import { callContext, deletionOf, refOf, requestOf } from '../../builders.js';
import type { ProviderCheck } from '../suite-options.js';
import { expectThat } from '../suite-options.js';
import type { SuiteWorld } from '../suite-world.js';
import { isOver, withWorld } from '../suite-world.js';

/** What is different when a workload was made once more. */
function identityOf({ containers, podIPs, attempt = 1, status }: PodObservation): string {
  const one = ({ name, containerID, state, restartCount = 0 }: ContainerObservation): unknown => [
    name,
    containerID,
    restartCount,
    'running' in state ? state.running.startedAt : undefined,
  ];
  const statuses = status?.containerStatuses?.map(({ containerID, state }) => [containerID, state?.running?.startedAt]);
  return JSON.stringify([attempt, podIPs, containers.map(one), status?.podIP, statuses]);
}

/** What the call was rejected with; undefined when it was not. */
async function rejection(world: SuiteWorld, what: string, call: Promise<unknown>): Promise<unknown> {
  try {
    await world.answer(what, call);
    return undefined;
  } catch (error) {
    return error;
  }
}

const life: ProviderCheck = {
  id: 'life',
  title: 'runs a pod, ends it when it is asked to, and lets it go',
  run: (source) =>
    withWorld(source, async (world) => {
      const pod = world.pod();
      const ref = await world.create(pod);
      await world.untilRunning(pod);
      await world.remove(ref);
      await world.untilOver(ref);
    }),
};

const adopts: ProviderCheck = {
  id: 'adopts',
  title: 'adopts the workload when a creation is repeated',
  run: (source) =>
    withWorld(source, async (world) => {
      const pod = world.pod();
      await world.create(pod);
      await world.create(pod);
      const first = identityOf(await world.untilRunning(pod));
      await world.calm();
      await world.create(pod);
      expectThat(
        identityOf(await world.untilRunning(pod)) === first,
        'a repeated createPod made the workload again: its address, containers or start time are others',
      );
      const mine = (await world.list()).filter(({ ref }) => ref.uid === pod.metadata?.uid);
      expectThat(mine.length === 1, `after three createPod of one pod the listing has it ${mine.length} times`);
    }),
};

const deletesAgain: ProviderCheck = {
  id: 'deletes-again',
  title: 'takes a repeated deletion, and says NotFound for a pod that never was',
  run: (source) =>
    withWorld(source, async (world) => {
      const stranger = refOf(world.pod());
      const refused = await rejection(
        world,
        'deletePod of an unknown pod',
        world.provider.deletePod(stranger, deletionOf(), callContext()),
      );
      expectThat(isNotFound(refused), `deletePod of an unknown pod must fail with NotFound, not ${String(refused)}`);
      const pod = world.pod();
      const ref = await world.create(pod);
      await world.untilRunning(pod);
      for (const when of ['first', 'second']) {
        const error = await rejection(world, 'deletePod', world.provider.deletePod(ref, deletionOf(), callContext()));
        const isFine = error === undefined || (when === 'second' && isNotFound(error));
        expectThat(isFine, `the ${when} deletePod failed: ${String(error)}`);
      }
      await world.untilOver(ref);
      const late = await rejection(world, 'deletePod', world.provider.deletePod(ref, deletionOf(), callContext()));
      expectThat(late === undefined || isNotFound(late), `deletePod of an ended pod failed: ${String(late)}`);
    }),
};

const unknown: ProviderCheck = {
  id: 'unknown',
  title: 'answers undefined for a pod it does not have',
  run: (source) =>
    withWorld(source, async (world) => {
      const ref = refOf(world.pod());
      const found = await world.answer('getPod', world.provider.getPod(ref, callContext()));
      expectThat(found === undefined, 'getPod of an unknown pod must answer undefined');
      expectThat((await world.status(ref)) === undefined, 'getPodStatus of an unknown pod must answer undefined');
    }),
};

/** Creates a pod as soon as the provider takes it: a predecessor may have to go first. */
async function createdAtLast(world: SuiteWorld, pod: Pod): Promise<void> {
  const attempt = async (): Promise<true | undefined> => {
    try {
      await world.create(pod);
      return true;
    } catch (error) {
      if (failureOf(error)?.kind === 'Retryable') return undefined;
      throw error;
    }
  };
  await world.until('a pod with the name of one that ended was not taken', attempt, 60_000);
}

const namesakes: ProviderCheck = {
  id: 'namesakes',
  title: 'keeps pods of one name apart by their UID',
  run: (source) =>
    withWorld(source, async (world) => {
      const old = world.pod();
      await world.create(old);
      await world.untilRunning(old);
      await world.remove(refOf(old));
      await world.untilOver(refOf(old));
      const young = { ...old, metadata: { ...old.metadata, uid: `${old.metadata?.uid}-again` } };
      const { ref } = requestOf(young);
      expectThat(
        (await world.status(ref)) === undefined,
        `a pod of the same name with another UID is taken for ${podName(ref)}`,
      );
      await createdAtLast(world, young);
      await world.untilRunning(young);
      await rejection(world, 'deletePod', world.provider.deletePod(refOf(old), deletionOf(), callContext()));
      await world.calm();
      const seen = await world.status(ref);
      expectThat(seen && !isOver(seen), 'deleting a pod that is gone ended the new one of the same name');
    }),
};

const ownEnd: ProviderCheck = {
  id: 'own-end',
  title: 'reports how a pod ended by itself, and goes on to know it',
  applies: (_, options) => options.shortPod !== undefined,
  run: (source) =>
    withWorld(source, async (world) => {
      const { shortPod } = source.options;
      if (!shortPod) return;
      const pod = world.pod(shortPod.pod());
      const ref = await world.create(pod);
      const codeOf = ({ containers, status }: PodObservation): number | undefined => {
        const state = containers[0]?.state;
        if (state) return 'terminated' in state ? state.terminated.exitCode : undefined;
        return status?.containerStatuses?.[0]?.state?.terminated?.exitCode;
      };
      await world.untilSeen(ref);
      const last = await world.untilOver(ref);
      expectThat(last, 'the pod is gone without an end having been reported');
      expectThat(
        codeOf(last) === shortPod.exitCode,
        `the pod ended with exit code ${shortPod.exitCode}, but ${codeOf(last)} is reported`,
      );
      const { terminalRetention } = world.capabilities;
      if (terminalRetention !== 'unlimited' && terminalRetention < 10) return;
      await world.calm();
      expectThat(await world.status(ref), 'the ended pod is forgotten before its terminalRetention is over');
    }),
};

const refuses: ProviderCheck = {
  id: 'refuses',
  title: 'refuses what it will never run with Invalid or Unsupported, and creates nothing',
  applies: (_, options) => options.refusedPod !== undefined,
  run: (source) =>
    withWorld(source, async (world) => {
      const pod = world.pod(source.options.refusedPod?.());
      const error = await rejection(world, 'createPod', world.provider.createPod(requestOf(pod), callContext()));
      const kind = failureOf(error)?.kind;
      expectThat(
        kind === 'Invalid' || kind === 'Unsupported',
        `a pod that can never run must be refused with Invalid or Unsupported, not ${kind ?? String(error)}`,
      );
      expectThat((await world.status(refOf(pod))) === undefined, 'a refused pod left a workload behind');
    }),
};

/** The checks of one pod's life. */
export const lifeChecks: readonly ProviderCheck[] = [life, adopts, deletesAgain, unknown, namesakes, ownEnd, refuses];
