import type { ContainerStatus, PodStatus } from '@virtual-kubelet/kubernetes';
import type { PodObservation } from '@virtual-kubelet/provider';
import { describe, expect, test } from 'vitest';
import { at, podOf, reduce, says, see } from '../../test/reduced-status.js';

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
