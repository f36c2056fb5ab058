import { extended } from '@virtual-kubelet/base';
import type { Pod, PodStatus } from '@virtual-kubelet/kubernetes';
import { isOwnCondition } from './conditions.js';
import { without } from '../without.js';

/** A status that was written and may not have come back through the watch yet. */
export interface WrittenStatus {
  readonly status: PodStatus;
  /** Of the pod, as the API server answered. */
  readonly resourceVersion: string;
  /** Monotonic time of the answer, milliseconds. */
  readonly at: number;
}

/** A watch that has not brought a write back within this time is believed instead of the write. Milliseconds. */
export const echoTime = 60_000;

/** Compares resource versions, which are decimal numbers of any size (KEP-5504); others are only equal or not. */
function isAtLeast(version: string, other: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(other)) return version === other;
  return version.length === other.length ? version >= other : version.length > other.length;
}

/** Whether the pod as seen is older than the write. */
export function isAhead(written: WrittenStatus, pod: Pod, now: number): boolean {
  return now - written.at < echoTime && !isAtLeast(pod.metadata?.resourceVersion ?? '', written.resourceVersion);
}

/** What a status that does not say it has none of. */
const clearable = [
  'reason',
  'message',
  'podIP',
  'podIPs',
  'initContainerStatuses',
  'ephemeralContainerStatuses',
] as const satisfies readonly (keyof PodStatus)[];

/** The pod as it is in the API when a status was written after it was seen: our fields as written, all others as seen. */
export function withStatus(pod: Pod, status: PodStatus): Pod {
  const foreign = pod.status?.conditions?.filter((c) => !isOwnCondition(c.type) && !hasCondition(status, c.type)) ?? [];
  const others = without(pod.status ?? {}, ...clearable);
  const conditions = [...(status.conditions ?? []), ...foreign];
  return { ...pod, status: extended(others, { ...status, conditions }) };
}

function hasCondition(status: PodStatus, type: string): boolean {
  return status.conditions?.some((c) => c.type === type) ?? false;
}
