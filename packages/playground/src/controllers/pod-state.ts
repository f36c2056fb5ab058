/** Questions that controllers ask about pods. */
import type { PodCondition } from '@virtual-kubelet/kubernetes';
import type { StoredPod } from './kinds.js';
import { conditionOf } from '../store/conditions.js';
import { timeOf } from './times.js';

/** Whether a pod has ended for good. */
export function hasEnded(pod: StoredPod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Whether somebody asked to delete the pod. */
export function isLeaving(pod: StoredPod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Whether a pod counts for what wants it: it has not ended and nobody asked to delete it. */
export function isActive(pod: StoredPod): boolean {
  return !hasEnded(pod) && !isLeaving(pod);
}

/** A condition of a pod. */
export function podCondition(pod: StoredPod, type: string): PodCondition | undefined {
  return conditionOf(pod.status?.conditions, type);
}

/** Whether a pod says that it is ready. */
export function isReady(pod: StoredPod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** Milliseconds until a ready pod counts as available; 0 where it does, undefined where it is not ready. */
export function untilAvailable(pod: StoredPod, minReadySeconds: number, now: number): number | undefined {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = timeOf(podCondition(pod, 'Ready')?.lastTransitionTime);
  return since === undefined ? undefined : Math.max(since + minReadySeconds * 1000 - now, 0);
}

/** Restarts of all containers together. */
export function restartsOf(pod: StoredPod): number {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  return [...containerStatuses, ...initContainerStatuses].reduce((sum, one) => sum + one.restartCount, 0);
}

/** How many pods there are in each state that statuses count. */
export interface PodCounts {
  readonly ready: number;
  readonly available: number;
  /** Milliseconds until the next ready pod becomes available; undefined where none is on its way. */
  readonly nextAvailable?: number;
}

/** Counts ready and available pods. */
export function countPods(pods: readonly StoredPod[], minReadySeconds: number, now: number): PodCounts {
  const times = pods.flatMap((pod) => untilAvailable(pod, minReadySeconds, now) ?? []);
  const waiting = times.filter((time) => time > 0);
  return {
    ready: times.length,
    available: times.length - waiting.length,
    ...(waiting.length === 0 ? {} : { nextAvailable: Math.min(...waiting) }),
  };
}
