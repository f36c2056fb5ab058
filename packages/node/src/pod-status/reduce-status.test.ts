import { deepEqual } from '@virtual-kubelet/kubernetes';
import type { Pod, PodCondition, PodStatus } from '@virtual-kubelet/kubernetes';
import type { PodObservation } from '@virtual-kubelet/provider';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  at,
  conditionOf,
  deleting,
  ends,
  never,
  podOf,
  reduce,
  ref,
  runs,
  says,
  see,
  statusAfter,
  waits,
} from '../../test/reduced-status.js';
import { anyContainerRuns, anyContainerStarted, isTerminalPhase } from './pod-facts.js';
import type { StatusInput } from './reduce-status.js';

describe('a pod that runs', () => {
  const status = reduce(podOf(), { observation: see([runs()], { podIPs: ['10.1.0.7'] }) });

  test('has a whole status', () => {
    const condition = (type: string): PodCondition => ({
      type,
      status: 'True',
      lastTransitionTime: at(10),
      observedGeneration: 1,
    });
    expect(status).toEqual({
      phase: 'Running',
      podIP: '10.1.0.7',
      podIPs: [{ ip: '10.1.0.7' }],
      hostIP: '10.0.0.1',
      hostIPs: [{ ip: '10.0.0.1' }],
      startTime: at(10),
      qosClass: 'BestEffort',
      observedGeneration: 1,
      conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
        condition,
      ),
      containerStatuses: [
        {
          name: 'a',
          image: 'img',
          imageID: '',
          ready: true,
          started: true,
          restartCount: 0,
          state: { running: { startedAt: at(1) } },
        },
      ],
    });
  });

  test('has it again from the same report, at any later time', () => {
    expect(reduce(podOf(status), { observation: see([runs()], { podIPs: ['10.1.0.7'] }) }, 999)).toEqual(status);
  });

  test('keeps its start time and QoS class', () => {
    const later = reduce(podOf({ startTime: at(1), qosClass: 'Guaranteed' }), { observation: see([runs()]) });
    expect(later).toMatchObject({ startTime: at(1), qosClass: 'Guaranteed' });
  });

  test('is as it was when nothing is reported', () => {
    expect(reduce(podOf(status), {}, 999)).toMatchObject({
      phase: 'Running',
      podIP: '10.1.0.7',
      containerStatuses: status.containerStatuses,
    });
  });

  test('does not show the reason of the provider, which would hide the word Running', () => {
    expect(reduce(podOf(), { observation: see([runs()], { reason: 'Busy', message: 'm' }) })).not.toHaveProperty(
      'reason',
    );
    expect(reduce(podOf(), { observation: see([waits()], { reason: 'Busy', message: 'm' }) })).toMatchObject({
      reason: 'Busy',
      message: 'm',
    });
  });
});

describe('a pod that waits', () => {
  test('is Pending with all containers creating', () => {
    const status = reduce(podOf(), { observation: see([]) });
    expect(status.phase).toBe('Pending');
    expect(says(status, 'PodReadyToStartContainers')).toBe('False');
    expect(says(status, 'Initialized')).toBe('True');
    expect(says(status, 'Ready')).toBe('False ContainersNotReady containers with unready status: [a]');
    expect(says(status, 'ContainersReady')).toBe('False ContainersNotReady containers with unready status: [a]');
    expect(says(status, 'PodScheduled')).toBe('True');
  });

  test('shows why it is held, and no longer when it is not', () => {
    const hold = { reason: 'ProviderFailed', message: 'out of cheese' };
    const held = reduce(podOf(), { hold });
    expect(held).toMatchObject({ phase: 'Pending', reason: 'ProviderFailed', message: 'out of cheese' });
    expect(held.containerStatuses?.[0]?.state).toEqual({ waiting: hold });
    const free = reduce(podOf(held), {});
    expect(free).not.toHaveProperty('reason');
    expect(free).not.toHaveProperty('message');
    expect(free.containerStatuses?.[0]?.state?.waiting?.reason).toBe('ContainerCreating');
  });

  test('shows why one container is held on that container only', () => {
    const hold = { reason: 'CreateContainerConfigError', message: 'secret "x" not found', container: 'a' };
    const held = reduce(podOf(), { hold });
    expect(held).not.toHaveProperty('reason');
    expect(held.containerStatuses?.[0]?.state?.waiting?.reason).toBe('CreateContainerConfigError');
  });

  test('is ready to start containers when it has an address', () => {
    expect(says(reduce(podOf(), { observation: see([], { podIPs: ['10.1.0.7'] }) }), 'PodReadyToStartContainers')).toBe(
      'True',
    );
    expect(
      says(reduce(podOf({ podIPs: [{ ip: '10.1.0.7' }] }), { observation: see([]) }), 'PodReadyToStartContainers'),
    ).toBe('False');
  });
});

describe('a pod whose workload is gone', () => {
  test('but is wanted has lost what ran', () => {
    const status = statusAfter(podOf(), { observation: see([runs()]) }, { stopped: true });
    expect(status).toMatchObject({
      phase: 'Running',
      containerStatuses: [
        { state: { waiting: { reason: 'ContainerCreating' } }, lastState: { terminated: { exitCode: 137 } } },
      ],
    });
    expect(statusAfter(podOf(undefined, never), { observation: see([runs()]) }, { stopped: true }).phase).toBe(
      'Failed',
    );
  });
});

describe('a resize', () => {
  test('that nobody has looked at is not in effect', () => {
    const of = (cpu: string, generation: number): Pod =>
      podOf(undefined, { containers: [{ name: 'a', resources: { requests: { cpu } } }] }, { generation });
    const status = reduce(of('1', 1), { observation: see([runs()]) });
    const resized = { ...of('2', 2), status };
    const cpu = (input: Partial<StatusInput>) =>
      reduce(resized, { observation: see([runs()]), ...input }).containerStatuses?.[0]?.allocatedResources?.['cpu'];
    expect(cpu({ consideredGeneration: 1 })).toBe('1');
    expect(cpu({ consideredGeneration: 2 })).toBe('2');
    expect(cpu({})).toBe('2');
  });
});

describe('a pod that ends', () => {
  test.each([
    { policy: 'Never', exitCode: 0, phase: 'Succeeded', ready: 'False PodCompleted', initialized: 'True PodCompleted' },
    { policy: 'Never', exitCode: 1, phase: 'Failed', ready: 'False PodFailed', initialized: 'True' },
    {
      policy: 'OnFailure',
      exitCode: 0,
      phase: 'Succeeded',
      ready: 'False PodCompleted',
      initialized: 'True PodCompleted',
    },
    {
      policy: 'OnFailure',
      exitCode: 1,
      phase: 'Running',
      ready: 'False ContainersNotReady containers with unready status: [a]',
      initialized: 'True',
    },
  ])('with $policy and exit $exitCode is $phase', ({ policy, exitCode, phase, ready, initialized }) => {
    const status = statusAfter(
      podOf(undefined, { restartPolicy: policy }),
      { observation: see([runs()]) },
      { observation: see([ends(exitCode)]) },
    );
    expect(status.phase).toBe(phase);
    expect(says(status, 'Ready')).toBe(ready);
    expect(says(status, 'ContainersReady')).toBe(ready);
    expect(says(status, 'Initialized')).toBe(initialized);
  });

  test('stays ended, whatever is reported', () => {
    const pod = podOf(undefined, never);
    const done = statusAfter(pod, { observation: see([ends(0)]) });
    for (const step of [
      { observation: see([runs()]) },
      { observation: see([ends(1)]) },
      { observation: see([runs()], { reason: 'Odd', message: 'm' }) },
      { observation: see([]), hold: { reason: 'R', message: 'm' } },
      { verdict: { phase: 'Failed', reason: 'Evicted', message: 'm' } as const },
      { observation: see([], { ended: { reason: 'Reclaimed' } }) },
    ])
      expect(reduce({ ...pod, status: done }, step, 999)).toEqual(done);
  });

  test('keeps its reason', () => {
    const status = reduce(podOf({ phase: 'Failed', reason: 'Evicted', message: 'm' }), { observation: see([ends(0)]) });
    expect(status).toMatchObject({ phase: 'Failed', reason: 'Evicted', message: 'm' });
  });

  test('is not ready to start containers any more', () => {
    const status = reduce(podOf(undefined, never), { observation: see([ends(0)], { podIPs: ['10.1.0.7'] }) });
    expect(says(status, 'PodReadyToStartContainers')).toBe('False');
    expect(status.podIP).toBe('10.1.0.7');
  });

  test('is not said to have ended while anything of it runs', () => {
    const init = { initContainers: [{ name: 'side', restartPolicy: 'Always' }, { name: 'setup' }] };
    const seen = see([runs('side'), ends(1, 'setup')]);
    expect(reduce(podOf(undefined, { ...never, ...init }), { observation: seen }).phase).toBe('Pending');
    expect(reduce(podOf({ phase: 'Running' }, { ...never, ...init }), { observation: seen }).phase).toBe('Running');
    const over = see([ends(0, 'side'), ends(1, 'setup')]);
    expect(reduce(podOf(undefined, { ...never, ...init }), { observation: over }).phase).toBe('Failed');
  });
});

describe('a pod that is deleted', () => {
  test('reports what ended as it happens, and keeps the rest ready', () => {
    const pod = podOf(undefined, { containers: [{ name: 'a' }, { name: 'b' }] }, deleting);
    const status = statusAfter(
      pod,
      { observation: see([runs('a'), runs('b')]) },
      { observation: see([ends(0, 'a'), runs('b')]) },
    );
    expect(status.phase).toBe('Running');
    expect(status.containerStatuses?.map((c) => c.ready)).toEqual([false, true]);
  });

  test.each([
    { exits: [0, 0], phase: 'Succeeded' },
    { exits: [0, 137], phase: 'Failed' },
  ])('whose containers ended with $exits is $phase, whatever the restart policy', ({ exits, phase }) => {
    const pod = podOf(undefined, { containers: [{ name: 'a' }, { name: 'b' }] }, deleting);
    const [a = 0, b = 0] = exits;
    expect(reduce(pod, { observation: see([ends(a, 'a'), ends(b, 'b')]) }).phase).toBe(phase);
  });

  test('stays Pending when nothing of it ever started', () => {
    const status = reduce(podOf(undefined, {}, deleting), { observation: see([waits()]), stopped: true });
    expect(status.phase).toBe('Pending');
    expect(status.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
  });

  test('is Failed when only some of it ever started', () => {
    const pod = podOf(undefined, { containers: [{ name: 'a' }, { name: 'b' }] }, deleting);
    const status = reduce(pod, { observation: see([ends(0, 'a'), waits('b')]), stopped: true });
    expect(status.phase).toBe('Failed');
    expect(status.containerStatuses?.[1]?.state?.waiting).toBeDefined();
  });

  test('is not over while the provider may still start something', () => {
    const observation = see([{ ...waits(), last: { exitCode: 1 } }]);
    expect(reduce(podOf(undefined, {}, deleting), { observation, stopped: false }).phase).toBe('Running');
    const over = reduce(podOf(undefined, {}, deleting), { observation, stopped: true });
    expect(over).toMatchObject({ phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: 1 } } }] });
    expect(reduce(podOf(undefined, {}, deleting), { observation }).phase).toBe('Failed');
  });

  test('has lost what ran and is gone', () => {
    const status = statusAfter(podOf(undefined, {}, deleting), { observation: see([runs()]) }, { stopped: true });
    expect(status).toMatchObject({
      phase: 'Failed',
      containerStatuses: [{ state: { terminated: { exitCode: 137 } } }],
    });
  });

  test('runs on when nothing is known', () => {
    expect(statusAfter(podOf(undefined, {}, deleting), { observation: see([runs()]) }, {}).phase).toBe('Running');
  });
});

describe('a pod that is judged', () => {
  const verdict = { phase: 'Failed', reason: 'OutOfcpu', message: 'no room' } as const;

  test('is Failed for that reason, visible in every place', () => {
    const status = reduce(podOf(undefined, { initContainers: [{ name: 'i' }] }), { verdict });
    expect(status).toMatchObject({ phase: 'Failed', reason: 'OutOfcpu', message: 'no room' });
    const waiting = { waiting: { reason: 'OutOfcpu', message: 'no room' } };
    expect(status.containerStatuses?.[0]?.state).toEqual(waiting);
    expect(status.initContainerStatuses?.[0]?.state).toEqual(waiting);
    expect(says(status, 'Ready')).toBe('False PodFailed');
    expect(says(status, 'DisruptionTarget')).toBe('absent');
  });

  test('keeps the true ends of its containers', () => {
    const deadline = { ...verdict, reason: 'DeadlineExceeded' };
    const status = statusAfter(
      podOf(),
      { observation: see([runs()]) },
      { observation: see([ends(0)]), verdict: deadline },
    );
    expect(status).toMatchObject({ phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: 0 } } }] });
  });

  test('never has a running container', () => {
    const status = reduce(podOf(), { observation: see([runs()]), verdict });
    expect(status.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
    });
  });

  test.each(['Evicted', 'Preempting', 'NodeShutdown', 'Terminated'])('for %s was disrupted', (reason) => {
    const status = reduce(podOf(), { verdict: { ...verdict, reason } });
    expect(says(status, 'DisruptionTarget')).toBe('True TerminationByKubelet no room');
    expect(says(reduce(podOf(status), { verdict: { ...verdict, reason } }), 'DisruptionTarget')).toBe('absent');
  });

  test('by its platform is Failed and was disrupted, unless its own time was over', () => {
    const ended = (reason: string, message?: string) =>
      reduce(podOf(), { observation: see([runs()], { ended: { reason, ...(message ? { message } : {}) } }) });
    expect(ended('SpotReclaimed', 'taken away')).toMatchObject({
      phase: 'Failed',
      reason: 'SpotReclaimed',
      message: 'taken away',
    });
    const both = see([runs()], { reason: 'Busy', message: 'm', ended: { reason: 'SpotReclaimed' } });
    expect(reduce(podOf(), { observation: both }).reason).toBe('SpotReclaimed');
    expect(reduce(podOf(), { observation: both })).not.toHaveProperty('message');
    expect(says(ended('SpotReclaimed', 'taken away'), 'DisruptionTarget')).toBe('True TerminationByKubelet taken away');
    expect(says(ended('SpotReclaimed'), 'DisruptionTarget')).toBe(
      'True TerminationByKubelet the platform ended the pod: SpotReclaimed',
    );
    expect(says(ended('DeadlineExceeded'), 'DisruptionTarget')).toBe('absent');
  });
});

describe('addresses', () => {
  const podIPs = (...ips: readonly string[]) =>
    reduce(podOf(), { observation: see([runs()], { podIPs: ips }) }).podIPs?.map(({ ip }) => ip);

  test.each([
    { given: ['10.0.0.1', 'fd00::1'], used: ['10.0.0.1', 'fd00::1'] },
    { given: ['fd00::1', '10.0.0.1'], used: ['fd00::1', '10.0.0.1'] },
    { given: ['10.0.0.1', '10.0.0.2', 'fd00::1', 'fd00::2'], used: ['10.0.0.1', 'fd00::1'] },
    { given: ['10.0.0.1', '10.0.0.1'], used: ['10.0.0.1'] },
    { given: ['255.255.255.255', '0.0.0.0'], used: ['255.255.255.255'] },
    { given: ['10.0.0.256', '10.0.0.01', '10.0.0', '', 'host', '1.2.3.4.5'], used: undefined },
    { given: ['::1'], used: ['::1'] },
    { given: ['::'], used: ['::'] },
    { given: ['1:2:3:4:5:6:7:8'], used: ['1:2:3:4:5:6:7:8'] },
    { given: ['1:2:3:4:5:6:7::'], used: ['1:2:3:4:5:6:7::'] },
    {
      given: [
        '1:2:3:4:5:6:7:8::',
        '1::2::3',
        '1:2::3:4:5::6:7:8',
        '1:2:3:4:5:6:7',
        '12345::',
        'g::',
        '::ffff:1.2.3.4',
        '::ffff:0102:0304',
      ],
      used: undefined,
    },
  ])('of $given are $used', ({ given, used }) => expect(podIPs(...given)).toEqual(used));

  test('the pod address is the first one', () => {
    const status = reduce(podOf(), {
      observation: see([runs()], { podIPs: ['fd00::1', '10.0.0.1'], hostIPs: ['192.0.2.1'] }),
    });
    expect(status).toMatchObject({ podIP: 'fd00::1', hostIP: '192.0.2.1', hostIPs: [{ ip: '192.0.2.1' }] });
  });

  test('are kept when the provider does not mention them, and dropped when it has none', () => {
    const before = podOf({
      podIP: '10.1.0.7',
      podIPs: [{ ip: '10.1.0.7' }],
      hostIP: '192.0.2.9',
      hostIPs: [{ ip: '192.0.2.9' }],
    });
    expect(reduce(before, { observation: see([runs()]) })).toMatchObject({ podIP: '10.1.0.7', hostIP: '10.0.0.1' });
    expect(reduce(before, { observation: see([runs()], { podIPs: [] }) })).not.toHaveProperty('podIP');
    expect(reduce(before, { observation: see([runs()], { podIPs: [] }) })).not.toHaveProperty('podIPs');
    expect(reduce(before, { hostIPs: [] })).toMatchObject({ hostIP: '192.0.2.9' });
  });

  test('of a pod on the host network are the host’s', () => {
    const pod = podOf(undefined, { hostNetwork: true });
    expect(reduce(pod, { observation: see([runs()]) })).toMatchObject({
      podIP: '10.0.0.1',
      podIPs: [{ ip: '10.0.0.1' }],
    });
    expect(reduce(pod, { observation: see([runs()], { podIPs: ['10.9.9.9'] }) })).toMatchObject({ podIP: '10.9.9.9' });
  });
});

describe('over any history', () => {
  const time = fc.constantFrom(undefined, at(1), at(2), 'rubbish');
  const ending = fc.record(
    { exitCode: fc.constantFrom(0, 1), startedAt: time, finishedAt: time },
    { requiredKeys: ['exitCode'] },
  );
  const state = fc.oneof(
    fc.constant({ waiting: { reason: 'CrashLoopBackOff' } }),
    fc.constant({ running: { startedAt: at(1) } }),
    fc.record({ terminated: ending }),
  );
  const container = (name: string) =>
    fc.record(
      { name: fc.constant(name), state, last: ending, started: fc.boolean(), restartCount: fc.nat(3) },
      { requiredKeys: ['name', 'state'] },
    );
  const observation = fc
    .record(
      {
        a: fc.option(container('a'), { nil: undefined }),
        s: fc.option(container('s'), { nil: undefined }),
        i: fc.option(container('i'), { nil: undefined }),
        podIPs: fc.constantFrom<readonly string[]>([], ['10.1.0.7']),
        ended: fc.constant({ reason: 'Reclaimed' }),
      },
      { requiredKeys: ['a', 's', 'i'] },
    )
    .map(({ a, s, i, ...more }): PodObservation => ({
      ref,
      containers: [a, s, i].filter((c) => c !== undefined) as PodObservation['containers'],
      ...more,
    }));
  const step: fc.Arbitrary<Partial<StatusInput>> = fc.record(
    {
      observation,
      stopped: fc.boolean(),
      hold: fc.constant({ reason: 'H', message: 'h' }),
      verdict: fc.constant({ phase: 'Failed', reason: 'Evicted', message: 'v' } as const),
    },
    { requiredKeys: [] },
  );
  // Verdicts and platform ends are rare, or every history would be over at once.
  const steps = fc.array(
    step.chain((s) => fc.boolean().map((keep) => (keep ? s : withoutEnds(s)))),
    { minLength: 1, maxLength: 8 },
  );
  function withoutEnds(input: Partial<StatusInput>): Partial<StatusInput> {
    const { verdict: _v, observation, ...rest } = input;
    if (!observation) return rest;
    const { ended: _e, ...observed } = observation;
    return { ...rest, observation: observed };
  }
  const pods = fc.record({
    policy: fc.constantFrom('Always', 'OnFailure', 'Never'),
    init: fc.boolean(),
    deleted: fc.boolean(),
  });

  type Rule = (before: PodStatus, status: PodStatus, again: () => PodStatus) => boolean;

  /** A history in which the rule is broken; null when there is none. */
  function counterexample(rule: Rule): unknown {
    const property = fc.property(pods, steps, ({ policy, init, deleted }, history) => {
      const initContainers = [{ name: 's', restartPolicy: 'Always' }, { name: 'i' }];
      const spec = { restartPolicy: policy, ...(init ? { initContainers } : {}) };
      const pod = podOf(undefined, spec, deleted ? deleting : {});
      let before: PodStatus = {};
      return history.every((input, index) => {
        const status = reduce({ ...pod, status: before }, input, 10 * index);
        const holds = rule(before, status, () => reduce({ ...pod, status }, input, 10 * index + 5));
        before = status;
        return holds;
      });
    });
    return fc.check(property, { numRuns: 200 }).counterexample;
  }

  test('a terminal phase is never left', () => {
    const rule: Rule = (before, status) => !isTerminalPhase(before.phase) || status.phase === before.phase;
    expect(counterexample(rule)).toBeNull();
  });

  test('nothing runs in a terminal phase', () => {
    expect(counterexample((_, status) => !isTerminalPhase(status.phase) || !anyContainerRuns(status))).toBeNull();
  });

  test('a pod is Ready only when its containers are, and never when it is over', () => {
    const rule: Rule = (_, status) =>
      says(status, 'Ready') !== 'True' ||
      (says(status, 'ContainersReady') === 'True' && !isTerminalPhase(status.phase));
    expect(counterexample(rule)).toBeNull();
  });

  test('times move only with what they are the time of', () => {
    const rule: Rule = (before, status) =>
      (!before.startTime || status.startTime === before.startTime) &&
      (status.conditions ?? []).every((condition) => {
        const old = conditionOf(before, condition.type);
        return old?.status !== condition.status || condition.lastTransitionTime === old.lastTransitionTime;
      });
    expect(counterexample(rule)).toBeNull();
  });

  test('what started once has always started', () => {
    expect(counterexample((before, status) => !anyContainerStarted(before) || anyContainerStarted(status))).toBeNull();
  });

  test('the same input a second time, later, changes nothing', () => {
    // A disruption is told only together with the phase that follows from it.
    const lasting = (status: PodStatus): PodStatus => ({
      ...status,
      conditions: (status.conditions ?? []).filter((c) => c.type !== 'DisruptionTarget'),
    });
    expect(counterexample((_, status, again) => deepEqual(lasting(status), lasting(again())))).toBeNull();
  });
});
