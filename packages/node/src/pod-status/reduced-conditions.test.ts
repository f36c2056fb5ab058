import type { PodCondition } from '@virtual-kubelet/kubernetes';
import { describe, expect, test } from 'vitest';
import {
  at,
  conditionOf,
  ends,
  never,
  podOf,
  ref,
  reduce,
  runs,
  says,
  see,
  statusAfter,
  waits,
} from '../../test/reduced-status.js';

describe('conditions', () => {
  const withInit = { initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }] };

  test('initialization names what is missing', () => {
    const status = reduce(podOf(undefined, withInit), { observation: see([runs('i')]) });
    expect(says(status, 'Initialized')).toBe('False ContainersNotInitialized containers with incomplete status: [i s]');
    const half = reduce(podOf(undefined, withInit), {
      observation: see([ends(0, 'i'), { ...runs('s'), started: false }]),
    });
    expect(says(half, 'Initialized')).toBe('False ContainersNotInitialized containers with incomplete status: [s]');
    const done = reduce(podOf(undefined, withInit), { observation: see([ends(0, 'i'), runs('s')]) });
    expect(says(done, 'Initialized')).toBe('True');
  });

  test('initialization is complete when any regular container ran', () => {
    const pod = podOf(undefined, { ...withInit, containers: [{ name: 'a' }, { name: 'b' }] });
    expect(says(reduce(pod, { observation: see([runs('b')]) }), 'Initialized')).toBe('True');
    expect(says(reduce(pod, { observation: see([ends(1, 'a')]) }), 'Initialized')).toBe('True');
    expect(
      says(reduce(pod, { observation: see([{ ...waits('a'), last: { exitCode: 1 } }]) }), 'Initialized'),
    ).toContain('False');
  });

  test('say no more than they must', () => {
    const { conditions } = reduce(podOf(undefined, never, { generation: 0 }), { observation: see([ends(1)]) });
    const base = { lastTransitionTime: at(10) };
    expect(conditions).toStrictEqual([
      { type: 'PodReadyToStartContainers', status: 'False', ...base },
      { type: 'Initialized', status: 'True', ...base },
      { type: 'Ready', status: 'False', reason: 'PodFailed', ...base },
      { type: 'ContainersReady', status: 'False', reason: 'PodFailed', ...base },
      { type: 'PodScheduled', status: 'True', ...base },
    ]);
    const extra = ['True', 'False', 'Unknown', 'x'].map((status) => ({ type: `virtual-kubelet.io/${status}`, status }));
    const outcomes = [{ change: 'resources', container: 'a', result: 'deferred', message: '' }] as const;
    const own = reduce(podOf(undefined, {}, { generation: 0 }), { extra, outcomes }).conditions ?? [];
    expect(own[0]).toStrictEqual({ type: 'PodResizePending', status: 'True', reason: 'Deferred', ...base });
    expect(own.slice(6)).toStrictEqual(
      ['True', 'False', 'Unknown', 'Unknown'].map((status, i) => ({ type: extra[i]?.type, status, ...base })),
    );
  });

  test('a pod once initialized stays so', () => {
    const pod = podOf(undefined, withInit);
    const status = statusAfter(
      pod,
      { observation: see([ends(0, 'i'), runs('s')]) },
      { observation: see([ends(0, 'i'), waits('s')]) },
    );
    expect(says(status, 'Initialized')).toBe('True');
    expect(says(reduce(pod, { observation: see([runs('a')]) }), 'Initialized')).toBe('True');
  });

  test('a sidecar counts for readiness, an init container does not', () => {
    const seen = see([ends(0, 'i'), { ...runs('s'), ready: false }, { ...runs('a'), ready: false }]);
    expect(says(reduce(podOf(undefined, withInit), { observation: seen }), 'ContainersReady')).toBe(
      'False ContainersNotReady containers with unready status: [s a]',
    );
  });

  test('readiness gates belong to others and hold the pod back', () => {
    const spec = { readinessGates: [{ conditionType: 'x/a' }, { conditionType: 'x/b' }] };
    const gate = (type: string, status: string): PodCondition => ({ type, status });
    const ready = (...conditions: readonly PodCondition[]) =>
      reduce(podOf({ conditions }, spec), { observation: see([runs()]) });
    expect(says(ready(gate('x/b', 'False')), 'Ready')).toBe(
      'False ReadinessGatesNotReady corresponding condition of pod readiness gate "x/a" does not exist., ' +
        'the status of pod readiness gate "x/b" is not "True", but False',
    );
    expect(says(ready(gate('x/b', 'False')), 'ContainersReady')).toBe('True');
    expect(says(ready(gate('x/a', 'True'), gate('x/b', 'True')), 'Ready')).toBe('True');
    expect(says(ready(gate('x/a', 'True')), 'x/a')).toBe('absent');
  });

  test('move their time with their status alone', () => {
    const pod = podOf();
    const first = statusAfter(pod, { observation: see([{ ...runs(), ready: false }]) });
    const second = reduce({ ...pod, status: first }, { observation: see([{ ...runs('a'), started: false }]) }, 20);
    expect(conditionOf(second, 'Ready')?.lastTransitionTime).toBe(at(10));
    const third = reduce({ ...pod, status: second }, { observation: see([runs()]) }, 30);
    expect(conditionOf(third, 'Ready')?.lastTransitionTime).toBe(at(30));
    expect(conditionOf(third, 'PodScheduled')?.lastTransitionTime).toBe(at(10));
  });

  test('and the status say which generation they are about', () => {
    const pod = podOf({ observedGeneration: 2 }, {}, { generation: 5 });
    expect(reduce(pod, {})).toMatchObject({
      observedGeneration: 5,
      conditions: [{ observedGeneration: 5 }, {}, {}, {}, {}],
    });
    expect(reduce(pod, { consideredGeneration: 4 }).observedGeneration).toBe(4);
    expect(reduce(pod, { consideredGeneration: 1 }).observedGeneration).toBe(2);
    expect(reduce(pod, { consideredGeneration: 9 }).observedGeneration).toBe(5);
    const old = reduce({ ...pod, metadata: { ...ref }, status: {} });
    expect(old).not.toHaveProperty('observedGeneration');
    expect(old.conditions?.[0]).not.toHaveProperty('observedGeneration');
  });

  test('of the node itself are stated, with their own time when they have one', () => {
    const extra = {
      type: 'virtual-kubelet.io/CreateAttempted',
      status: 'True',
      reason: 'Attempt1',
      lastTransitionTime: at(3),
    };
    const first = reduce(podOf(), { extra: [extra] });
    expect(conditionOf(first, extra.type)).toEqual({ ...extra, observedGeneration: 1 });
    const same = reduce(podOf(first), { extra: [{ ...extra, lastTransitionTime: at(15) }] }, 20);
    expect(conditionOf(same, extra.type)?.lastTransitionTime).toBe(at(3));
    const next = reduce(podOf(first), { extra: [{ ...extra, reason: 'Attempt2', lastTransitionTime: at(15) }] }, 20);
    expect(conditionOf(next, extra.type)?.lastTransitionTime).toBe(at(15));
    const untimed = reduce(podOf(), { extra: [{ type: extra.type, status: 'maybe', message: 'm' }] });
    expect(conditionOf(untimed, extra.type)).toMatchObject({
      status: 'Unknown',
      message: 'm',
      lastTransitionTime: at(10),
    });
  });

  const resize = (...results: readonly (readonly [string, string])[]) => {
    const outcomes = results.map(([result, message], index) => ({
      change: 'resources' as const,
      container: 'ab'[index] ?? 'c',
      result: result as 'deferred',
      message,
    }));
    const status = reduce(podOf(), { observation: see([runs()]), outcomes });
    return [says(status, 'PodResizePending'), says(status, 'PodResizeInProgress')];
  };

  test.each([
    { results: [['deferred', 'full']], pending: 'True Deferred full', progress: 'absent' },
    { results: [['infeasible', 'fixed']], pending: 'True Infeasible fixed', progress: 'absent' },
    { results: [['restartRequired', 'restart']], pending: 'True Infeasible restart', progress: 'absent' },
    { results: [['inProgress', '']], pending: 'absent', progress: 'True' },
    { results: [['failed', 'broken']], pending: 'absent', progress: 'True Error broken' },
    { results: [['applied', '']], pending: 'absent', progress: 'absent' },
    {
      results: [
        ['deferred', 'x'],
        ['infeasible', 'y'],
      ],
      pending: 'True Infeasible y',
      progress: 'absent',
    },
    {
      results: [
        ['deferred', 'x'],
        ['deferred', 'y'],
      ],
      pending: 'True Deferred a: x; b: y',
      progress: 'absent',
    },
    {
      results: [
        ['inProgress', ''],
        ['failed', 'y'],
      ],
      pending: 'absent',
      progress: 'True Error y',
    },
    {
      results: [
        ['deferred', 'x'],
        ['inProgress', ''],
      ],
      pending: 'True Deferred x',
      progress: 'True',
    },
  ] as const)('resizes $results: pending $pending, in progress $progress', ({ results, pending, progress }) => {
    expect(resize(...results)).toEqual([pending, progress]);
  });

  test('other changes than resources make no resize condition', () => {
    const outcomes = [{ change: 'image', container: 'a', result: 'infeasible', message: 'm' }] as const;
    expect(says(reduce(podOf(), { outcomes }), 'PodResizePending')).toBe('absent');
  });

  test('a resize with another answer has a new time', () => {
    const outcome = (result: 'deferred' | 'infeasible') =>
      [{ change: 'resources', container: 'a', result, message: 'm' }] as const;
    const first = reduce(podOf(), { outcomes: outcome('deferred') });
    const same = reduce(podOf(first), { outcomes: outcome('deferred') }, 20);
    expect(conditionOf(same, 'PodResizePending')?.lastTransitionTime).toBe(at(10));
    const other = reduce(podOf(same), { outcomes: outcome('infeasible') }, 30);
    expect(conditionOf(other, 'PodResizePending')?.lastTransitionTime).toBe(at(30));
  });
});
