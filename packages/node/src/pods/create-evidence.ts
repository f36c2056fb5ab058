import { parseTime } from '@virtual-kubelet/kubernetes';
import type { Pod, PodCondition } from '@virtual-kubelet/kubernetes';
import type { Capabilities } from '@virtual-kubelet/provider';

/** Condition that says, before a creation, that it is going to be tried. */
export const createAttempted = 'virtual-kubelet.io/CreateAttempted';

/** A creation that was tried, now or by an earlier process. */
export interface CreateEvidence {
  readonly attempt: number;
  /** Wall time in milliseconds it was written at. */
  readonly at: number;
}

/** The condition to write before the given attempt. */
export function evidenceCondition(attempt: number, at: string): PodCondition {
  return {
    type: createAttempted,
    status: 'True',
    reason: `Attempt${attempt}`,
    lastTransitionTime: at,
  };
}

/** The evidence on a pod, if any. */
export function evidenceOf(pod: Pod): CreateEvidence | undefined {
  const found = pod.status?.conditions?.find((c) => c.type === createAttempted && c.status === 'True');
  if (!found) return undefined;
  const attempt = Number(/^Attempt(\d{1,6})$/.exec(found.reason ?? '')?.[1] ?? 1);
  return { attempt, at: found.lastTransitionTime ? parseTime(found.lastTransitionTime) : 0 };
}

/**
 * Whether a creation must be announced before it is tried: a later process could otherwise not tell "never tried" from
 * "ran and was forgotten". A second attempt is always announced, or a crash would make it the first again.
 */
export function needsEvidence(capabilities: Capabilities, attempt: number): boolean {
  return (
    attempt > 1 || capabilities.createIdempotency !== 'permanent' || capabilities.terminalRetention !== 'unlimited'
  );
}
