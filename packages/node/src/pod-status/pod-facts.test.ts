import type { ContainerStatus, Pod, PodStatus } from '@virtual-kubelet/kubernetes';
import { describe, expect, test } from 'vitest';
import { allContainersEnded, anyContainerRuns, anyContainerStarted, isReady, isTerminal } from './pod-facts.js';

const base = { image: '', imageID: '', ready: false, restartCount: 0 };
const waiting: ContainerStatus = { ...base, name: 'a', state: { waiting: {} } };
const running: ContainerStatus = { ...base, name: 'a', state: { running: {} } };
const ended: ContainerStatus = { ...base, name: 'a', state: { terminated: { exitCode: 0 } } };
const backingOff: ContainerStatus = { ...waiting, lastState: { terminated: { exitCode: 1 } } };
const pod = (status?: PodStatus): Pod => ({
  spec: { containers: [{ name: 'a' }, { name: 'b' }] },
  ...(status ? { status } : {}),
});

describe('a pod is', () => {
  test.each([
    ['Succeeded', true],
    ['Failed', true],
    ['Running', false],
    ['Pending', false],
    ['Unknown', false],
  ])('terminal in phase %s: %s', (phase, terminal) => expect(isTerminal(pod({ phase }))).toBe(terminal));

  test('not terminal without a status', () => expect(isTerminal(pod())).toBe(false));

  test('ready by its condition alone', () => {
    expect(isReady(pod({ conditions: [{ type: 'Ready', status: 'True' }] }))).toBe(true);
    expect(
      isReady(
        pod({
          conditions: [
            { type: 'Ready', status: 'False' },
            { type: 'ContainersReady', status: 'True' },
          ],
        }),
      ),
    ).toBe(false);
    const both = [
      { type: 'PodScheduled', status: 'True' },
      { type: 'Ready', status: 'True' },
    ];
    expect(isReady(pod({ conditions: both }))).toBe(true);
    expect(isReady(pod({ phase: 'Running' }))).toBe(false);
    expect(isReady(pod())).toBe(false);
  });
});

describe('a container', () => {
  test.each([
    { says: 'waits', status: waiting, started: false, runs: false },
    { says: 'runs', status: running, started: true, runs: true },
    { says: 'ended', status: ended, started: true, runs: false },
    { says: 'backs off', status: backingOff, started: true, runs: false },
    { says: 'says nothing', status: { ...base, name: 'a' }, started: false, runs: false },
  ])('that $says has started: $started, runs: $runs, in every list', ({ status, started, runs }) => {
    for (const list of ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const) {
      expect(anyContainerStarted({ [list]: [waiting, status] })).toBe(started);
      expect(anyContainerRuns({ [list]: [waiting, status] })).toBe(runs);
    }
  });

  test('of a pod without a status has not started', () => {
    expect(anyContainerStarted(undefined)).toBe(false);
    expect(anyContainerStarted({})).toBe(false);
  });
});

describe('all containers ended', () => {
  const b = (status: ContainerStatus): ContainerStatus => ({ ...status, name: 'b' });

  test('when every one of the spec did', () => {
    expect(allContainersEnded(pod(), { containerStatuses: [ended, b(ended)] })).toBe(true);
    expect(allContainersEnded(pod(), { containerStatuses: [ended] })).toBe(false);
    expect(allContainersEnded(pod(), { containerStatuses: [ended, b(waiting)] })).toBe(false);
    expect(allContainersEnded(pod(), { containerStatuses: [ended, b(backingOff)] })).toBe(false);
    expect(allContainersEnded(pod(), {})).toBe(false);
    expect(allContainersEnded(pod(), { containerStatuses: [ended, { ...ended, name: 'c' }] })).toBe(false);
    const single = { spec: { containers: [{ name: 'a' }] } };
    expect(allContainersEnded(single, { containerStatuses: [ended] })).toBe(true);
    expect(allContainersEnded({ spec: { containers: [] } }, {})).toBe(false);
  });

  test('and no sidecar or ephemeral container runs', () => {
    const containerStatuses = [ended, b(ended)];
    expect(allContainersEnded(pod(), { containerStatuses, initContainerStatuses: [running] })).toBe(false);
    expect(allContainersEnded(pod(), { containerStatuses, ephemeralContainerStatuses: [running] })).toBe(false);
    expect(allContainersEnded(pod(), { containerStatuses, initContainerStatuses: [ended] })).toBe(true);
  });
});
