import type { PodSpec } from '@virtual-kubelet/kubernetes';
import type { ContainerObservation } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { Run } from './index.js';
import { nextRun, observationOfRuns, pauseAfter } from './index.js';

const ref = { namespace: 'default', name: 'web', uid: 'u1' };
const second = 1_000;

const ended = (name: string, exitCode: number): ContainerObservation => ({ name, state: { terminated: { exitCode } } });
const running = (name: string): ContainerObservation => ({
  name,
  state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
});
const spec = (restartPolicy: string, more: Partial<PodSpec> = {}): PodSpec => ({
  restartPolicy,
  containers: [{ name: 'a' }, { name: 'b' }],
  ...more,
});
const over = (attempt: number, codes: readonly [number, number], lasted = second): Run => ({
  attempt,
  containers: [ended('a', codes[0]), ended('b', codes[1])],
  startedAt: 0,
  endedAt: lasted,
});

describe('another run of a pod that ended', () => {
  it.each([
    ['Always', [0, 0], true],
    ['OnFailure', [0, 0], false],
    ['OnFailure', [0, 2], true],
    ['Never', [1, 1], false],
  ] as const)('with policy %s and exit codes %j is wanted: %s', (policy, codes, again) => {
    const next = nextRun([over(1, [codes[0], codes[1]])], spec(policy), 60 * second);
    expect(next).toEqual(again ? { do: 'start', attempt: 2 } : { do: 'nothing' });
  });

  it('follows the rules of containers', () => {
    const containers = [
      { name: 'a', restartPolicy: 'Never' },
      { name: 'b', restartPolicy: 'OnFailure' },
    ];
    expect(nextRun([over(1, [1, 0])], spec('Always', { containers }), 60 * second).do).toBe('nothing');
    expect(nextRun([over(1, [1, 1])], spec('Always', { containers }), 60 * second).do).toBe('start');
  });

  it('depends on an init container that failed, and on none that is not shown', () => {
    const init = { initContainers: [{ name: 'init' }] };
    const failed: Run = { attempt: 1, containers: [ended('init', 1)], endedAt: 0 };
    const answers = ['Always', 'OnFailure', 'Never'].map(
      (policy) => nextRun([failed], spec(policy, init), 60 * second).do,
    );
    expect(answers).toEqual(['start', 'start', 'nothing']);
    expect(nextRun([over(1, [0, 0])], spec('OnFailure', init), 60 * second).do).toBe('nothing');
  });

  it('follows the policy of the pod when an init container failed, whatever the containers after it would do', () => {
    const more = { initContainers: [{ name: 'init' }], containers: [{ name: 'a', restartPolicy: 'Never' }] };
    const failed: Run = { attempt: 1, containers: [ended('init', 1)], endedAt: 0 };
    expect(nextRun([failed], spec('OnFailure', more), 60 * second).do).toBe('start');
  });

  it('does not depend on a sidecar that was stopped at the end', () => {
    const more = { initContainers: [{ name: 'log', restartPolicy: 'Always' }] };
    const run: Run = { attempt: 1, containers: [ended('log', 143), ended('a', 0), ended('b', 0)], endedAt: 0 };
    expect(nextRun([run], spec('OnFailure', more), 60 * second).do).toBe('nothing');
  });

  it('counts an end nobody knows as a failure', () => {
    const lost: Run = { attempt: 1, containers: [], endedAt: 0 };
    expect(nextRun([lost], spec('OnFailure'), 60 * second).do).toBe('start');
    expect(nextRun([lost], spec('Never'), 60 * second).do).toBe('nothing');
  });

  it('is not wanted while one goes on, or before the first', () => {
    const run: Run = { attempt: 2, containers: [running('a')], startedAt: 0 };
    expect(nextRun([over(1, [1, 1]), run], spec('Always'), 60 * second).do).toBe('nothing');
    expect(nextRun([], spec('Always'), 0).do).toBe('nothing');
  });

  it('waits 10, 20, 40, ... up to 300 seconds, and starts anew after a calm time', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 1_000].map((attempt) => pauseAfter(over(attempt, [1, 1])) / second);
    expect(pauses).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
    expect(pauseAfter(over(7, [1, 1], 600 * second))).toBe(10 * second);
    const run = over(1, [1, 1]);
    expect(nextRun([run], spec('Always'), 10 * second)).toEqual({ do: 'wait', until: 11 * second });
    expect(nextRun([run], spec('Always'), 11 * second)).toEqual({ do: 'start', attempt: 2 });
  });
});

describe('the observation of several runs', () => {
  it('counts restarts by the number of the run and shows the end before', () => {
    const run: Run = { attempt: 2, containers: [running('a'), running('b')], startedAt: 0 };
    const seen = observationOfRuns(ref, [run, over(1, [3, 0])], spec('Always'));
    expect(seen).toMatchObject({ ref, attempt: 2 });
    expect(seen?.containers[0]).toMatchObject({ name: 'a', restartCount: 1, last: { exitCode: 3 } });
  });

  it('waits visibly between two runs, so that nobody takes the pod for ended', () => {
    const seen = observationOfRuns(ref, [over(2, [1, 0])], spec('Always'));
    expect(seen?.containers.map((c) => Object.keys(c.state))).toEqual([['waiting'], ['waiting']]);
    expect(seen?.containers[0]).toMatchObject({
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s restarting the pod' } },
      last: { exitCode: 1 },
      restartCount: 1,
      ready: false,
    });
  });

  it('shows the end when there is no further run', () => {
    expect(observationOfRuns(ref, [over(2, [0, 0])], spec('OnFailure'))?.containers[0]?.state).toEqual({
      terminated: { exitCode: 0 },
    });
    expect(observationOfRuns(ref, [], spec('Always'))).toBeUndefined();
  });

  it('never counts fewer restarts than before, in any order of runs, and is ended exactly when nothing follows', () => {
    const code = fc.integer({ min: 0, max: 2 });
    const runs = fc.array(fc.tuple(code, code), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(runs, fc.constantFrom('Always', 'OnFailure', 'Never'), fc.boolean(), (codes, policy, flip) => {
        const all = codes.map((pair, i) => over(i + 1, pair));
        const shuffled = flip ? all.toReversed() : all;
        const seen = observationOfRuns(ref, shuffled, spec(policy));
        expect(seen?.containers.map((c) => c.restartCount)).toEqual([all.length - 1, all.length - 1]);
        const isOver = seen?.containers.every((c) => 'terminated' in c.state);
        expect(isOver).toBe(nextRun(shuffled, spec(policy), Number.MAX_SAFE_INTEGER).do === 'nothing');
      }),
    );
  });
});
