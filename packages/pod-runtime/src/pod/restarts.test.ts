import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nextBackoff, waitBeforeRestart } from '../index.js';
import type { PodWorld } from '../pod-world.test-kit.js';
import { inputsFor, podOf, podWorld } from '../pod-world.test-kit.js';

async function world(): Promise<PodWorld> {
  const made = await podWorld();
  onTestFinished(() => made.stop());
  return made;
}

/** Wall times, in seconds from the start, at which a container was started. */
function startTimes({ backend, clock }: PodWorld): () => readonly number[] {
  const times: number[] = [];
  const start = backend.startContainer.bind(backend);
  backend.startContainer = (id, signal) => {
    times.push(clock.monotonic() / 1_000);
    return start(id, signal);
  };
  return () => times;
}

describe('a container that ends again and again', () => {
  it('is restarted at once, then after 10, 20, 40, 80, 160 and ever 300 seconds', async () => {
    const w = await world();
    const times = startTimes(w);
    w.backend.behaviours.set('a', { runTime: 1_000, exitCode: 1 });
    await w.create(podOf());
    await w.clock.advance(1_300_000);
    const runs = times().map((at) => Math.round(at));
    const pauses = runs.slice(1).map((at, i) => at - (runs[i] ?? 0) - 1);
    expect(pauses).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  it('shows the pause and the run before it, and counts its restarts', async () => {
    const w = await world();
    w.backend.behaviours.set('a', { runTime: 1_000, exitCode: 7 });
    await w.create(podOf());
    await w.clock.advance(13_500);
    expect(w.seen('a')).toMatchObject({
      restartCount: 2,
      state: {
        waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s restarting failed container=a pod=p_ns(u1)' },
      },
      last: { exitCode: 7, reason: 'Error' },
    });
  });

  it('starts from the beginning after a run of more than ten minutes', async () => {
    const w = await world();
    const times = startTimes(w);
    w.backend.behaviours.set('a', (attempt) => ({ runTime: attempt === 3 ? 601_000 : 1_000, exitCode: 1 }));
    await w.create(podOf());
    await w.clock.advance(700_000);
    const runs = times().map((at) => Math.round(at));
    // The long run is the fourth; after it there is no pause, and the next one is the first again.
    expect(runs).toEqual([0, 1, 12, 33, 634, 645, 666, 687].slice(0, runs.length));
    expect(runs.length).toBeGreaterThanOrEqual(6);
  });

  it('goes on with its pauses in a new process', async () => {
    const w = await world();
    const times = startTimes(w);
    w.backend.behaviours.set('a', { runTime: 1_000, exitCode: 1 });
    await w.create(podOf());
    await w.clock.advance(14_000);
    await w.restart();
    expect(w.state('a')).toBe('CrashLoopBackOff');
    await w.clock.advance(18_000);
    expect(times()).toHaveLength(3);
    await w.clock.advance(2_000);
    expect(times()).toHaveLength(4);
  });

  it('is not started by a new process before the node has handed the pod over', async () => {
    const w = await world();
    w.backend.behaviours.set('a', { runTime: 1_000, exitCode: 1 });
    await w.create(podOf());
    await w.clock.advance(1_500);
    await w.restart(false);
    await w.clock.advance(60_000);
    expect(w.backend.history.filter((line) => line.startsWith('start'))).toEqual(['start a#0', 'start a#1']);
    expect(w.seen('a')).toMatchObject({ restartCount: 1, state: { terminated: { exitCode: 1 } } });
    expect([...w.storage.records.values()].join()).not.toContain('inputs');
  });

  it('never waits for nothing, nor longer than five minutes, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.nat(400_000), fc.nat(2_000_000), fc.integer({ min: -1e9, max: 1e9 }), (backoff, ran, drift) => {
        const run = { backoff, createdAt: 0, startedAt: 0, finishedAt: ran };
        const wait = waitBeforeRestart(run, ran + drift);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(backoff);
        expect(nextBackoff(run)).toBeLessThanOrEqual(300_000);
        expect(nextBackoff(run)).toBeGreaterThanOrEqual(ran > 600_000 ? 10_000 : Math.min(backoff, 10_000));
      }),
    );
  });
});

describe('the restart policy', () => {
  it.each([
    ['Always', 0, 'restarts'],
    ['Always', 1, 'restarts'],
    ['OnFailure', 0, 'Completed:0'],
    ['OnFailure', 1, 'restarts'],
    ['Never', 0, 'Completed:0'],
    ['Never', 1, 'Error:1'],
  ])('%s with exit %i', async (restartPolicy, exitCode, outcome) => {
    const w = await world();
    w.backend.behaviours.set('a', { runTime: 1_000, exitCode });
    await w.create(podOf({ restartPolicy }));
    await w.clock.advance(5_000);
    const restarted = w.backend.history.includes('start a#1');
    expect(restarted ? 'restarts' : w.state('a')).toBe(outcome);
  });

  it('of a container wins over the pod’s, and its rules over both', async () => {
    const w = await world();
    const rules = [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }];
    w.backend.behaviours.set('a', { runTime: 1_000, exitCode: 42 });
    w.backend.behaviours.set('b', { runTime: 1_000, exitCode: 1 });
    const container = { image: 'img:1', restartPolicy: 'Never', restartPolicyRules: rules };
    await w.create(
      podOf({
        containers: [
          { name: 'a', ...container },
          { name: 'b', ...container },
        ],
      }),
    );
    await w.clock.advance(3_000);
    expect(w.backend.history.filter((line) => line.startsWith('start'))).toEqual([
      'start a#0',
      'start b#0',
      'start a#1',
    ]);
  });

  it('lets a pod that came to its end be: the sandbox goes, what ended stays readable', async () => {
    const w = await world();
    w.backend.behaviours.set('a', { runTime: 1_000, oomKilled: true, exitCode: 137 });
    await w.create(podOf({ restartPolicy: 'Never' }));
    await w.clock.advance(3_000);
    expect(w.backend.history).toContain('stop sandbox');
    await w.clock.advance(3_600_000);
    expect(w.state('a')).toBe('OOMKilled:137');
    expect(await w.runtime.provider.getPodStatus({ namespace: 'ns', name: 'p', uid: 'u1' }, w.context)).toBeDefined();
  });
});

describe('a container the engine cannot start', () => {
  it('counts as a run that failed, and backs off', async () => {
    const w = await world();
    w.backend.behaviours.set('a', { startError: 'exec: "/nope": no such file' });
    await w.create(podOf());
    await w.clock.advance(5_000);
    expect(w.seen('a')).toMatchObject({
      restartCount: 1,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      last: { exitCode: 128, reason: 'StartError', message: 'exec: "/nope": no such file' },
    });
  });
});

describe('a new image', () => {
  it('replaces the container at once and without a pause, and counts as a restart', async () => {
    const w = await world();
    w.backend.images.set('img:2', {});
    await w.create(podOf());
    const pod = podOf({ containers: [{ name: 'a', image: 'img:2' }] });
    const outcomes = await w.runtime.provider.updatePod(
      {
        ref: { namespace: 'ns', name: 'p', uid: 'u1' },
        pod,
        inputs: inputsFor(pod),
        attempt: 1,
        changes: [{ change: 'image', container: 'a' }],
      },
      w.context,
    );
    expect(outcomes).toEqual([{ change: 'image', container: 'a', result: 'applied' }]);
    await w.clock.advance(1_000);
    expect(w.seen('a')).toMatchObject({ restartCount: 1, image: 'img:2', last: { exitCode: 143 } });
    expect(w.state('a')).toBe('running');
  });
});

describe('a container that takes all others with it', () => {
  const rules = [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }];
  const leader = { name: 'b', image: 'img:1', restartPolicy: 'Never', restartPolicyRules: rules };
  const pod = podOf({
    restartPolicy: 'Never',
    initContainers: [
      { name: 's', image: 'img:1', restartPolicy: 'Always' },
      { name: 'i', image: 'img:1' },
    ],
    containers: [{ name: 'a', image: 'img:1' }, leader, { name: 'd', image: 'img:1' }],
  });
  const made = async (ends: number): Promise<PodWorld> => {
    const w = await world();
    w.backend.behaviours.set('i', { runTime: 1_000 });
    w.backend.behaviours.set('d', { runTime: 500 });
    w.backend.behaviours.set('b', (attempt) => (attempt < ends ? { runTime: 2_000, exitCode: 42 } : {}));
    return w;
  };
  const counts = (w: PodWorld): readonly (number | undefined)[] =>
    ['s', 'i', 'a', 'b', 'd'].map((name) => w.seen(name)?.restartCount);

  it('stops what runs, sidecars last, and has everything run again in order, also what had come to its end', async () => {
    const w = await made(1);
    await w.create(pod);
    await w.clock.advance(1_200);
    const ips = w.observations.at(-1)?.podIPs;
    const before = w.backend.history.length;
    await w.clock.advance(4_000);
    expect(w.backend.history.slice(before)).toEqual([
      'stop a#0',
      'stop s#0',
      'start s#1',
      'start i#1',
      'start a#1',
      'start b#1',
      'start d#1',
    ]);
    expect(w.observations.at(-1)?.podIPs).toEqual(ips);
    expect(counts(w)).toEqual([1, 1, 1, 1, 1]);
    expect([w.state('s'), w.state('a'), w.state('b'), w.state('d')]).toEqual([
      'running',
      'running',
      'running',
      'Completed:0',
    ]);
    // A new process knows from the labels alone that it was done.
    await w.restart();
    await w.clock.advance(60_000);
    expect(counts(w)).toEqual([1, 1, 1, 1, 1]);
  });

  it('can be a sidecar, while init containers run: their end is no failure of the pod', async () => {
    const w = await world();
    w.backend.behaviours.set('s', (attempt) => (attempt === 0 ? { runTime: 2_000, exitCode: 42 } : {}));
    w.backend.behaviours.set('i', (attempt) => (attempt === 0 ? {} : { runTime: 1_000 }));
    const sidecar = { name: 's', image: 'img:1', restartPolicy: 'Always', restartPolicyRules: rules };
    await w.create(podOf({ restartPolicy: 'Never', initContainers: [sidecar, { name: 'i', image: 'img:1' }] }));
    await w.clock.advance(6_000);
    expect([w.state('s'), w.state('i'), w.state('a')]).toEqual(['running', 'Completed:0', 'running']);
    expect([w.seen('s'), w.seen('i'), w.seen('a')].map((seen) => seen?.restartCount)).toEqual([1, 1, 0]);
    expect(w.seen('i')?.last).toMatchObject({ exitCode: 143 });
  });

  it('does so again and again, with the pauses of a container that fails', async () => {
    const w = await made(3);
    await w.create(pod);
    await w.clock.advance(10_000);
    expect(counts(w)).toEqual([1, 1, 1, 1, 1]);
    await w.clock.advance(5_000);
    expect(w.seen('b')).toMatchObject({ restartCount: 1, last: { exitCode: 42 } });
    await w.clock.advance(120_000);
    expect(counts(w)).toEqual([3, 3, 3, 3, 3]);
    expect(w.state('b')).toBe('running');
  });

  it('has an agent that dies in between finish what was begun', async () => {
    const w = await made(1);
    w.backend.behaviours.set('a', { stopTime: 5_000 });
    await w.create(pod);
    await w.clock.advance(4_000);
    expect(w.backend.history.at(-1)).toBe('stop a#0');
    expect(w.seen('d')?.state).toMatchObject({ terminated: { reason: 'RestartingAllContainers', exitCode: 0 } });
    await w.restart();
    await w.clock.advance(20_000);
    expect(counts(w)).toEqual([1, 1, 1, 1, 1]);
    expect(w.backend.history.filter((line) => line === 'sandbox')).toHaveLength(1);
  });
});

describe('a container that was made and not started when the machine went', () => {
  it('is made anew in the new sandbox, and no restart is counted', async () => {
    const w = await world();
    const start = w.backend.startContainer.bind(w.backend);
    w.backend.startContainer = (_id, signal) => w.clock.sleep(3_600_000, signal);
    await w.create(podOf());
    expect(w.backend.containerSpecs).toHaveLength(1);
    w.backend.reboot();
    w.backend.startContainer = start;
    await w.restart();
    await w.clock.advance(1_000);
    expect(w.backend.history).toEqual(['sandbox', 'sandbox', 'remove a#0', 'start a#0']);
    const [first, second] = w.backend.containerSpecs.map(({ sandboxId }) => sandboxId);
    expect(second).not.toBe(first);
    expect(w.seen('a')).toMatchObject({ restartCount: 0, state: { running: {} } });
  });
});
