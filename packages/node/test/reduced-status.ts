/** Pods, reports and the statuses that follow from them, for tests of the reduction. */
import type { Pod, PodCondition, PodSpec, PodStatus } from '@virtual-kubelet/kubernetes';
import type { ContainerObservation, PodObservation } from '@virtual-kubelet/provider';
import type { StatusInput } from '../src/pod-status/reduce-status.js';
import { reduceStatus } from '../src/pod-status/reduce-status.js';

export const start = Date.UTC(2026, 0, 1);
export const at = (seconds: number): string => new Date(start + seconds * 1_000).toISOString().replace('.000', '');
export const ref = { namespace: 'ns', name: 'p', uid: 'u1' };

export function podOf(status?: PodStatus, spec: Partial<PodSpec> = {}, metadata: object = {}): Pod {
  return {
    metadata: { ...ref, generation: 1, ...metadata },
    spec: { restartPolicy: 'Always', containers: [{ name: 'a', image: 'img' }], ...spec },
    ...(status ? { status } : {}),
  };
}

export const deleting: { readonly deletionTimestamp: string } = { deletionTimestamp: at(100) };
export const never = { restartPolicy: 'Never' };

export function see(containers: readonly ContainerObservation[], more: Partial<PodObservation> = {}): PodObservation {
  return { ref, containers, ...more };
}

export const runs = (name: string = 'a'): ContainerObservation => ({ name, state: { running: { startedAt: at(1) } } });
export const ends = (exitCode: number, name: string = 'a'): ContainerObservation => ({
  name,
  state: { terminated: { exitCode, startedAt: at(1), finishedAt: at(2) } },
});
export const waits = (name: string = 'a'): ContainerObservation => ({
  name,
  state: { waiting: { reason: 'ContainerCreating' } },
});

export function reduce(pod: Pod, of: Partial<StatusInput> = {}, seconds: number = 10): PodStatus {
  return reduceStatus({ pod, hostIPs: ['10.0.0.1'], now: start + seconds * 1_000 + 345, ...of });
}

/** The status after one report, then after the next. */
export function statusAfter(pod: Pod, ...steps: readonly Partial<StatusInput>[]): PodStatus {
  let status = pod.status ?? {};
  for (const [index, step] of steps.entries()) status = reduce({ ...pod, status }, step, 10 + index * 10);
  return status;
}

export function conditionOf(status: PodStatus, type: string): PodCondition | undefined {
  return status.conditions?.find((c) => c.type === type);
}

export function says(status: PodStatus, type: string): string {
  const found = conditionOf(status, type);
  return found ? [found.status, found.reason, found.message].filter((word) => word !== undefined).join(' ') : 'absent';
}
