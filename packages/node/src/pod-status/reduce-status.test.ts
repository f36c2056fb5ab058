import { deepEqual } from '@virtual-kubelet/kubernetes';
import type { ContainerStatus, Pod, PodCondition, PodSpec, PodStatus } from '@virtual-kubelet/kubernetes';
import type { ContainerObservation, PodObservation } from '@virtual-kubelet/provider';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyContainerRuns, anyContainerStarted, isTerminalPhase } from './pod-facts.js';
import type { StatusInput } from './reduce-status.js';
import { reduceStatus } from './reduce-status.js';

const start = Date.UTC(2026, 0, 1);
const at = (seconds: number): string => new Date(start + seconds * 1_000).toISOString().replace('.000', '');
const ref = { namespace: 'ns', name: 'p', uid: 'u1' };

function podOf(status?: PodStatus, spec: Partial<PodSpec> = {}, metadata: object = {}): Pod {
  return {
    metadata: { ...ref, generation: 1, ...metadata },
    spec: { restartPolicy: 'Always', containers: [{ name: 'a', image: 'img' }], ...spec },
    ...(status ? { status } : {}),
  };
}

const deleting = { deletionTimestamp: at(100) };
const never = { restartPolicy: 'Never' };

function see(containers: readonly ContainerObservation[], more: Partial<PodObservation> = {}): PodObservation {
  return { ref, containers, ...more };
}

const runs = (name: string = 'a'): ContainerObservation => ({ name, state: { running: { startedAt: at(1) } } });
const ends = (exitCode: number, name: string = 'a'): ContainerObservation => ({
  name,
  state: { terminated: { exitCode, startedAt: at(1), finishedAt: at(2) } },
});
const waits = (name: string = 'a'): ContainerObservation => ({
  name,
  state: { waiting: { reason: 'ContainerCreating' } },
});

function reduce(pod: Pod, of: Partial<StatusInput> = {}, seconds: number = 10): PodStatus {
  return reduceStatus({ pod, hostIPs: ['10.0.0.1'], now: start + seconds * 1_000 + 345, ...of });
}

/** The status after one report, then after the next. */
function then(pod: Pod, ...steps: readonly Partial<StatusInput>[]): PodStatus {
  let status = pod.status ?? {};
  for (const [index, step] of steps.entries()) status = reduce({ ...pod, status }, step, 10 + index * 10);
  return status;
}

function conditionOf(status: PodStatus, type: string): PodCondition | undefined {
  return status.conditions?.find((c) => c.type === type);
}

function says(status: PodStatus, type: string): string {
  const found = conditionOf(status, type);
  return found ? [found.status, found.reason, found.message].filter((word) => word !== undefined).join(' ') : 'absent';
}

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
    const status = then(podOf(), { observation: see([runs()]) }, { stopped: true });
    expect(status).toMatchObject({
      phase: 'Running',
      containerStatuses: [
        { state: { waiting: { reason: 'ContainerCreating' } }, lastState: { terminated: { exitCode: 137 } } },
      ],
    });
    expect(then(podOf(undefined, never), { observation: see([runs()]) }, { stopped: true }).phase).toBe('Failed');
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
    const status = then(
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
    const done = then(pod, { observation: see([ends(0)]) });
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
    const status = then(
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
    const status = then(podOf(undefined, {}, deleting), { observation: see([runs()]) }, { stopped: true });
    expect(status).toMatchObject({
      phase: 'Failed',
      containerStatuses: [{ state: { terminated: { exitCode: 137 } } }],
    });
  });

  test('runs on when nothing is known', () => {
    expect(then(podOf(undefined, {}, deleting), { observation: see([runs()]) }, {}).phase).toBe('Running');
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
    const status = then(podOf(), { observation: see([runs()]) }, { observation: see([ends(0)]), verdict: deadline });
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
    const status = then(
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
    const first = then(pod, { observation: see([{ ...runs(), ready: false }]) });
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

describe('a whole status of another kubelet', () => {
  const container: ContainerStatus = {
    name: 'a',
    image: 'img',
    imageID: 'sha',
    ready: true,
    started: true,
    restartCount: 2,
    containerID: 'x://1',
    state: { running: { startedAt: '2026-01-01T00:00:01.5Z' } },
    lastState: { terminated: { exitCode: 1, startedAt: at(0), finishedAt: at(1) } },
    volumeMounts: [{ name: 'v', mountPath: '/v' }],
  };
  const whole = (status: PodStatus): PodObservation => see([], { status });

  test('passes through, normalised', () => {
    const status = reduce(podOf(), {
      observation: whole({
        phase: 'Running',
        podIP: '10.1.0.7',
        startTime: at(1),
        qosClass: 'Guaranteed',
        containerStatuses: [container],
      }),
    });
    expect(status).toMatchObject({
      phase: 'Running',
      podIPs: [{ ip: '10.1.0.7' }],
      startTime: at(1),
      qosClass: 'BestEffort',
      observedGeneration: 1,
      containerStatuses: [{ ...container, state: { running: { startedAt: at(1) } } }],
    });
    expect(status.containerStatuses?.[0]?.lastState?.terminated?.reason).toBe('Error');
  });

  test('has containers in every state', () => {
    const resources = { requests: { cpu: '1' } };
    const status = reduce(podOf(undefined, { containers: ['a', 'b', 'c', 'd'].map((name) => ({ name })) }), {
      observation: whole({
        containerStatuses: [
          { ...container, image: 'resolved', started: false, resources },
          { ...container, name: 'b', image: '', imageID: '', state: { terminated: { exitCode: 3 } } },
          { ...container, name: 'c', state: { waiting: { reason: 'R', message: 'm' } } },
          { name: 'd', image: '', imageID: '', ready: false, restartCount: 0, state: { waiting: { reason: 'R' } } },
        ],
      }),
    });
    const [a, b, c, d] = status.containerStatuses ?? [];
    expect(a).toMatchObject({ image: 'resolved', started: false, ready: false, resources });
    expect(b).toMatchObject({ state: { terminated: { exitCode: 3, reason: 'Error' } } });
    expect(c?.state).toStrictEqual({ waiting: { reason: 'R', message: 'm' } });
    expect(d?.state).toStrictEqual({ waiting: { reason: 'R' } });
    const empty = reduce(podOf(), { observation: whole({ containerStatuses: [{ ...container, state: {} }] }) });
    expect(empty.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    const { started: _, ...old } = container;
    expect(reduce(podOf(), { observation: whole({ containerStatuses: [old] }) }).containerStatuses?.[0]?.started).toBe(
      true,
    );
  });

  test('says itself which phase it is in, and why', () => {
    const said = { phase: 'Pending', reason: 'R', message: 'm' };
    const status = reduce(podOf(), { observation: whole({ ...said, containerStatuses: [container] }) });
    expect(status).toMatchObject({ ...said, containerStatuses: [{ state: { running: {} } }] });
  });

  test('brings what this node knows nothing of', () => {
    const other = {
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
      user: { linux: { uid: 1, gid: 2 } },
      stopSignal: 'SIGINT',
      allocatedResourcesStatus: [{ name: 'gpu' }],
    };
    const status = reduce(podOf(), { observation: whole({ containerStatuses: [{ ...container, ...other }] }) });
    expect(status.containerStatuses?.[0]).toMatchObject(other);
    const before = podOf({ containerStatuses: [{ ...container, ...other }] });
    const { volumeMounts: _, ...bare } = container;
    expect(reduce(before, { observation: whole({ containerStatuses: [bare] }) }).containerStatuses?.[0]).toMatchObject(
      other,
    );
  });

  test('is held to the same rules', () => {
    const before = podOf({ startTime: at(0), containerStatuses: [{ ...container, restartCount: 7 }] });
    const status = reduce(before, {
      observation: whole({ startTime: at(5), phase: 'Nonsense', containerStatuses: [container] }),
    });
    expect(status).toMatchObject({ phase: 'Running', startTime: at(0), containerStatuses: [{ restartCount: 7 }] });
    expect(reduce(podOf(), { observation: whole({ phase: 'Pending' }) }).containerStatuses).toHaveLength(1);
  });

  test('that is final ends every container', () => {
    const status = reduce(podOf(), {
      observation: whole({ phase: 'Succeeded', reason: 'R', message: 'm', containerStatuses: [container] }),
    });
    expect(status).toMatchObject({
      phase: 'Succeeded',
      reason: 'R',
      message: 'm',
      containerStatuses: [{ state: { terminated: { exitCode: 137 } } }],
    });
    expect(says(status, 'Ready')).toBe('False PodCompleted');
  });

  test('brings its conditions, but readiness gates are ours', () => {
    const conditions = [
      { type: 'Ready', status: 'True' },
      { type: 'ContainersReady', status: 'True' },
      { type: 'Initialized', status: 'False', reason: 'R', message: 'm' },
      { type: 'PodReadyToStartContainers', status: 'False' },
      { type: 'PodScheduled', status: 'False' },
      { type: 'foreign', status: 'True' },
    ];
    const observation = whole({ phase: 'Running', containerStatuses: [{ ...container, ready: false }], conditions });
    const status = reduce(podOf(), { observation });
    expect(says(status, 'ContainersReady')).toBe('True');
    expect(says(status, 'Ready')).toBe('True');
    expect(says(status, 'Initialized')).toBe('False R m');
    expect(says(status, 'PodReadyToStartContainers')).toBe('False');
    expect(says(status, 'PodScheduled')).toBe('True');
    expect(says(status, 'foreign')).toBe('absent');
    const gated = reduce(podOf(undefined, { readinessGates: [{ conditionType: 'x/a' }] }), { observation });
    expect(says(gated, 'Ready')).toContain('ReadinessGatesNotReady');
    const unready = whole({
      phase: 'Running',
      containerStatuses: [container],
      conditions: [{ type: 'Ready', status: 'False', reason: 'Own' }],
    });
    expect(says(reduce(podOf(), { observation: unready }), 'Ready')).toBe('False Own');
    const over = whole({ phase: 'Failed', containerStatuses: [container], conditions });
    expect(says(reduce(podOf(), { observation: over }), 'Ready')).toBe('False PodFailed');
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
