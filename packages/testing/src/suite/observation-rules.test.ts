import { Sensitive } from '@virtual-kubelet/base';
import type { ContainerObservation, PodObservation } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import { notPlain, observationProblems, podOf, refOf, stepProblems } from '../index.js';

const pod = podOf();
const ref = refOf(pod);
const running: ContainerObservation = { name: 'main', state: { running: { startedAt: '2026-01-01T00:00:00Z' } } };
const over: ContainerObservation = { name: 'main', state: { terminated: { exitCode: 0, reason: 'Completed' } } };
const seen = (more: Partial<PodObservation> = {}): PodObservation => ({ ref, containers: [running], ...more });
const main = (more: Partial<ContainerObservation>): PodObservation => seen({ containers: [{ ...running, ...more }] });

describe('an observation', () => {
  it.each([
    ['of nothing yet', seen({ containers: [] })],
    ['of a pod that runs', seen({ podIPs: ['10.0.0.1', 'fd00::1'], hostIPs: ['::1'], revision: 3, attempt: 2 })],
    ['of an end', seen({ containers: [over], ended: { reason: 'Preempted' } })],
    ['with the end before', main({ last: { exitCode: 137 }, restartCount: 1 })],
    ['of another kubelet', seen({ containers: [], status: { phase: 'Running' } })],
  ])('%s keeps to the rules', (_, observation) => {
    expect(observationProblems(observation, pod)).toEqual([]);
  });

  it.each([
    ['another pod', seen({ ref: { ...ref, uid: 'other' } }), 'it is of pod'],
    ['two states', main({ state: { ...running.state, waiting: { reason: 'X' } } }), 'exactly one of'],
    ['no state', main({ state: {} as never }), 'exactly one of'],
    ['an unknown state', main({ state: { paused: {} } as never }), 'which is no state'],
    ['a sentence as a reason', main({ state: { waiting: { reason: 'not yet' } } }), 'one word in CamelCase: not yet'],
    ['a strange time', main({ state: { running: { startedAt: 'yesterday' } } }), 'is no time: yesterday'],
    ['half an exit code', main({ state: { terminated: { exitCode: 0.5 } } }), 'no whole number'],
    [
      'time that runs backwards',
      main({
        state: {
          terminated: { exitCode: 0, startedAt: '2026-01-01T00:00:01Z', finishedAt: '2026-01-01T00:00:00Z' },
        },
      }),
      'finished before it started',
    ],
    ['restarts below zero', main({ restartCount: -1 }), 'restartCount is -1'],
    ['readiness while waiting', main({ state: { waiting: { reason: 'X' } }, ready: true }), 'ready while it waits'],
    ['a start while waiting', main({ state: { waiting: { reason: 'X' } }, started: true }), 'started while it waits'],
    ['a container twice', seen({ containers: [running, running] }), 'main is there twice'],
    ['a name as an address', seen({ podIPs: ['web.local'] }), 'not an address: web.local'],
    ['an end while something runs', seen({ ended: { reason: 'Evicted' } }), 'container main runs'],
    ['attempt zero', seen({ attempt: 0 }), 'attempt is 0'],
    ['an invented phase', seen({ status: { phase: 'Sleeping' } }), 'status.phase is Sleeping'],
    [
      'a happening without a time',
      seen({ happened: [{ type: 'Normal', reason: 'Pulled', message: '', time: '' }] }),
      'happened.time is no time',
    ],
  ])('with %s does not', (_, observation, says) => {
    expect(observationProblems(observation, pod).join('\n')).toContain(says);
  });
});

describe('one observation after another', () => {
  it.each([
    ['nothing new', seen(), seen(), undefined],
    ['an end', seen(), seen({ containers: [over] }), undefined],
    ['a counted restart', seen({ containers: [over] }), main({ restartCount: 1 }), undefined],
    ['a new attempt', seen({ containers: [over], revision: 9 }), seen({ attempt: 2, revision: 1 }), undefined],
    ['fewer restarts', main({ restartCount: 2 }), main({ restartCount: 1 }), 'fell from 2 to 1'],
    ['a silent restart', seen({ containers: [over] }), seen(), 'without a restart being counted'],
    ['an earlier attempt', seen({ attempt: 2 }), seen(), 'attempt fell'],
    ['an earlier revision', seen({ revision: 2 }), seen({ revision: 1 }), 'revision fell'],
    [
      'life after the end',
      seen({ containers: [over], ended: { reason: 'Expired' } }),
      main({ restartCount: 1 }),
      'said to go on',
    ],
  ])('with %s', (_, before, after, says) => {
    const problems = stepProblems(before, after).join('\n');
    expect(problems).toContain(says ?? '');
    expect(problems === '').toBe(says === undefined);
  });
});

describe('plain data', () => {
  it.each([
    [{ a: [1, 'x', true, null, undefined, { b: new Sensitive('s') }] }, []],
    [{ a: Object.assign(Object.create(null), { x: 1 }) }, []],
    [{ a: () => 1 }, ['value.a is a function']],
    [[new Map()], ['value[0] is an instance of Map']],
    [{ n: NaN, m: 1n }, ['value.n is NaN', 'value.m is a bigint']],
  ])('%#', (value, problems) => {
    expect(notPlain(value)).toEqual(problems);
  });
});
