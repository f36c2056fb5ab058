import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { lifetime, ManualClock, seededRandom, silentLogger } from '@virtual-kubelet/base';
import { podFieldPaths } from '@virtual-kubelet/kubernetes';
import type { PodObservation, Provider } from '@virtual-kubelet/provider';
import { failureOf, uncoveredFields, unknownFields } from '@virtual-kubelet/provider';
import { callContext } from '@virtual-kubelet/testing';
import { describe, expect, it } from 'vitest';
import type { Journal } from './index.js';
import { addresses, createPlatform, memoryJournal, mock, mockSession, nextChange, observationAt } from './index.js';
import { scriptedPod } from '../test/scripted-pod.js';
import { fileJournal } from './system-journal.js';

const context = callContext({ signal: lifetime().signal });

interface World {
  readonly clock: ManualClock;
  readonly provider: Provider;
  readonly seen: PodObservation[];
}

async function world(journal?: Journal, clock: ManualClock = new ManualClock()): Promise<World> {
  const platform = createPlatform({ clock, addresses: addresses(), ...(journal ? { journal } : {}) });
  await platform.open();
  const provider = await mockSession(platform, { config: {}, cluster: 'c1' }).forNode({
    name: 'vk',
    operatingSystem: 'linux',
  });
  const seen: PodObservation[] = [];
  provider.notifyPods?.(
    {
      observed: (o) => void seen.push(o),
      missing: () => undefined,
      synced: () => undefined,
      interrupted: () => undefined,
    },
    context,
  );
  return { clock, provider, seen };
}

function shown(observation: PodObservation | undefined): string {
  const container = observation?.containers[0];
  const [state] = Object.keys(container?.state ?? {});
  return `${state} restarts=${container?.restartCount ?? 0} ready=${container?.ready}`;
}

describe('a mock pod', () => {
  it('runs at once with the address users know, and is told before the call returns', async () => {
    const { provider, seen } = await world();
    await provider.createPod(scriptedPod(), context);
    expect(shown(seen[0])).toBe('running restarts=0 ready=true');
    expect(seen[0]?.podIPs).toEqual(['5.6.7.8']);
  });

  it('ends at once when deleted, with exit code 0, and is gone after a while', async () => {
    const { provider, seen, clock } = await world();
    const { ref } = scriptedPod();
    await provider.createPod(scriptedPod(), context);
    await provider.deletePod(ref, { gracePeriodSeconds: 30, reason: 'deleted' }, context);
    expect(seen.at(-1)?.containers[0]?.state).toMatchObject({ terminated: { exitCode: 0, reason: 'Completed' } });
    await clock.advance(120_000);
    expect(await provider.getPod(ref, context)).toBeUndefined();
    await expect(provider.deletePod(ref, { gracePeriodSeconds: 0, reason: 'deleted' }, context)).rejects.toSatisfy(
      (e) => failureOf(e)?.kind === 'NotFound',
    );
  });

  it('is killed at the end of its grace period when it takes longer to stop', async () => {
    const { provider, seen, clock } = await world();
    await provider.createPod(scriptedPod({ 'stop-delay': '60s' }), context);
    await provider.deletePod(scriptedPod().ref, { gracePeriodSeconds: 10, reason: 'deleted' }, context);
    await clock.advance(9_999);
    expect(shown(seen.at(-1))).toContain('running');
    await clock.advance(1);
    expect(seen.at(-1)?.containers[0]?.state).toMatchObject({ terminated: { exitCode: 137 } });
  });

  it('starts, becomes ready and crashes at the times of its script, with the back-off of a kubelet', async () => {
    const { provider, clock, seen } = await world();
    await provider.createPod(
      scriptedPod({ 'start-delay': '2s', 'ready-after': '3s', 'run-time': '5s', 'exit-code': '1' }),
      context,
    );
    const story: [number, string][] = [];
    for (const at of [0, 2_000, 5_000, 7_000, 17_000, 22_000, 42_000]) {
      await clock.advance(at - clock.monotonic());
      story.push([at, shown(await provider.getPodStatus(scriptedPod().ref, context))]);
    }
    expect(story).toEqual([
      [0, 'waiting restarts=0 ready=false'],
      [2_000, 'running restarts=0 ready=false'],
      [5_000, 'running restarts=0 ready=true'],
      [7_000, 'waiting restarts=0 ready=false'],
      [17_000, 'running restarts=1 ready=false'],
      [22_000, 'waiting restarts=1 ready=false'],
      [42_000, 'running restarts=2 ready=false'],
    ]);
    expect(seen.length).toBeGreaterThanOrEqual(7);
  });

  it('ends for good when its restart policy says so', async () => {
    const { provider, clock, seen } = await world();
    await provider.createPod(
      scriptedPod({ 'run-time': '1s', 'exit-code': '3' }, { spec: { restartPolicy: 'Never' } }),
      context,
    );
    await clock.advance(1_000_000);
    expect(seen.at(-1)?.containers[0]?.state).toMatchObject({ terminated: { exitCode: 3, reason: 'Error' } });
    expect(clock.pending).toBe(0);
  });

  it('is created once for a UID and attempt, however often it is asked for', async () => {
    const { provider, seen } = await world();
    await provider.createPod(scriptedPod(), context);
    await provider.createPod(scriptedPod(), context);
    expect(seen).toHaveLength(1);
    await provider.createPod(scriptedPod({}, { attempt: 2 }), context);
    expect(seen.at(-1)?.attempt).toBe(2);
    expect((await provider.getPods(context)).pods).toHaveLength(1);
  });

  it('fails the calls its script says, with the kind it says', async () => {
    const { provider } = await world();
    const scripted = scriptedPod({ 'create-fails': '2', 'create-failure': 'Capacity' });
    for (let i = 0; i < 2; i += 1)
      await expect(provider.createPod(scripted, context)).rejects.toSatisfy((e) => failureOf(e)?.kind === 'Capacity');
    await provider.createPod(scripted, context);
    await expect(provider.createPod(scriptedPod({ 'run-time': 'soon' }, { uid: 'u2' }), context)).rejects.toThrow(
      '"soon" is not a duration',
    );
  });

  it('goes on in its journal while nobody looks, and carries its tags', async () => {
    const journal = memoryJournal();
    const clock = new ManualClock();
    const before = await world(journal, clock);
    await before.provider.createPod(scriptedPod({ 'run-time': '10s' }, { spec: { restartPolicy: 'Never' } }), context);
    await clock.advance(20_000);
    const after = await world(journal, clock);
    const [found] = (await after.provider.getPods(context)).pods;
    expect(found).toMatchObject({
      ref: { uid: 'u1' },
      cluster: 'c1',
      node: 'vk',
      containers: [{ state: { terminated: { exitCode: 0 } } }],
    });
  });

  it.each([1, 2, 3, 4, 5])(
    'tells its end after %i ms also when time passes between two looks at the clock',
    async (ms) => {
      const slipping = new (class extends ManualClock {
        #slips = 0;
        override wall(): number {
          this.#slips += 1;
          return super.wall() + this.#slips;
        }
      })();
      const { clock, provider, seen } = await world(undefined, slipping);
      await provider.createPod(scriptedPod({ 'run-time': `${ms}ms` }, { spec: { restartPolicy: 'Never' } }), context);
      await clock.advance(1_000);
      expect(shown(seen.at(-1))).toMatch(/^terminated/);
    },
  );
});

describe('the story of a workload', () => {
  it('never goes back, and nothing changes between the moments it announces', () => {
    const delay = fc.integer({ min: 0, max: 20_000 });
    fc.assert(
      fc.property(
        delay,
        fc.option(delay, { nil: undefined }),
        fc.option(delay, { nil: undefined }),
        fc.constantFrom('Always', 'OnFailure', 'Never'),
        (startDelay, runTime, readyAfter, restartPolicy) => {
          const call = { latency: 0, fails: 0, failure: 'Error' };
          const workload = {
            ref: scriptedPod().ref,
            node: 'vk',
            attempt: 1,
            restartPolicy,
            containers: [
              { name: 'i', image: 'x', kind: 'init' as const },
              { name: 'c', image: 'x', kind: 'regular' as const },
            ],
            script: {
              startDelay,
              initTime: 500,
              exitCode: 1,
              stopDelay: 0,
              create: call,
              remove: call,
              update: { ...call, result: 'applied' as const },
              ...(runTime === undefined ? {} : { runTime: runTime + 1 }),
              ...(readyAfter === undefined ? {} : { readyAfter }),
            },
            podIP: '5.6.7.8',
            createdAt: 0,
            revision: 1,
          };
          let restarts = 0;
          let at = 0;
          for (let step = 0; step < 40; step += 1) {
            const now = observationAt(workload, at);
            const count = now.containers[1]?.restartCount ?? 0;
            expect(count).toBeGreaterThanOrEqual(restarts);
            restarts = count;
            const next = nextChange(workload, at);
            if (next === undefined) return;
            expect(next).toBeGreaterThan(at);
            expect(observationAt(workload, next - 1)).toEqual(now);
            at = next;
          }
        },
      ),
    );
  });
});

describe('addresses', () => {
  it('from a range are unique until it is used up, and can be given back', () => {
    const range = addresses('10.0.0.0/29');
    const taken = Array.from({ length: 6 }, () => range.take());
    expect(new Set(taken).size).toBe(6);
    expect(() => range.take()).toThrow('in use');
    range.give(taken[2] ?? '');
    expect(range.take()).toBe(taken[2]);
    expect(() => addresses('10.0.0.0')).toThrow(RangeError);
  });
});

describe('a journal file', () => {
  it('keeps what was answered, drops a line that was cut, and starts short again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vk-mock-'));
    const path = join(folder, 'deep', 'journal');
    try {
      const clock = new ManualClock();
      const first = fileJournal(path);
      const one = await world(first, clock);
      await one.provider.createPod(scriptedPod(), context);
      await one.provider.createPod(scriptedPod({}, { uid: 'u2' }), context);
      await first.close();
      await writeFile(path, `${await readFile(path, 'utf8')}{"put":{"ref":`);
      const second = fileJournal(path);
      const two = await world(second, clock);
      expect((await two.provider.getPods(context)).pods.map((p) => p.ref.uid)).toEqual(['u1', 'u2']);
      await second.close();
      expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(2);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the definition', () => {
  const open = (config: Record<string, object>) =>
    mock.open({ config, clock: new ManualClock(), random: seededRandom(1), logger: silentLogger, environment: {} });

  it('covers every field of the pod spec, and only those', () => {
    expect(uncoveredFields(mock.fidelity, podFieldPaths)).toEqual([]);
    expect(unknownFields(mock.fidelity, podFieldPaths)).toEqual([]);
  });

  it('reads the capacity of the file users know, and large defaults without one', async () => {
    const node = { name: 'vkubelet-mock-0', operatingSystem: 'linux' } as const;
    const small = await (await open({ 'vkubelet-mock-0': { cpu: '2', memory: '32Gi', pods: '128' } })).forNode(node);
    expect((await small.configureNode?.(context))?.capacity).toEqual({ cpu: '2', memory: '32Gi', pods: '128' });
    const large = await (await open({})).forNode(node);
    expect(Number((await large.configureNode?.(context))?.capacity?.['pods'])).toBeGreaterThan(1_000);
  });

  it('refuses a node its file does not know, and names those it knows', async () => {
    const session = await open({ other: {} });
    await expect(session.forNode({ name: 'vk', operatingSystem: 'linux' })).rejects.toMatchObject({
      code: 'VK_MOCK_NODE_UNKNOWN',
    });
  });

  it('names the entry of a wrong quantity', async () => {
    const result = await mock.configSchema['~standard'].validate({ vk: { cpu: 'two' } });
    expect(result.issues?.[0]?.path).toEqual(['vk', 'cpu']);
  });
});
