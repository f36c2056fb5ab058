import type { Pod } from '@virtual-kubelet/kubernetes';
import type { Capabilities } from '@virtual-kubelet/provider';
import { anyContainerStarted } from '../pod-status/pod-facts.js';
import { evidenceOf } from './create-evidence.js';
import type { KnownPod, Verdict } from './known-pod.js';

/** Time between two looks that count as two, where reads may lag behind writes; and how long a fresh workload may stay unseen. */
export const settleTime = 30_000;
const freshTime = 120_000;

/**
 * Records that a look begun at `began` did not find the workload. With consistent reads once is enough; otherwise it
 * takes two looks apart in time, and none counts shortly after our own creation.
 */
export function noteAbsent(known: KnownPod, reads: Capabilities['reads'], began: number): KnownPod {
  if (began < known.actedAt) return known;
  if (reads === 'eventual' && began - known.actedAt < freshTime && known.handed) return known;
  const first = known.misses.count === 0 ? began : known.misses.first;
  const misses = { count: known.misses.count + 1, first, last: began };
  const proven = reads === 'consistent' || (misses.count > 1 && began - first >= settleTime);
  return { ...known, misses, workload: proven ? 'absent' : 'unknown' };
}

/** What follows for a pod that should run and whose workload is known not to exist. */
export type AfterAbsence = { readonly create: number } | { readonly verdict: Verdict };

const lost: Verdict = {
  phase: 'Failed',
  reason: 'NotFound',
  message: 'The pod status was not found and may have been deleted from the provider',
};

function mayRepeat(capabilities: Capabilities, age: number): boolean {
  const { createIdempotency } = capabilities;
  if (createIdempotency === 'permanent') return true;
  if (createIdempotency !== 'none' && age < createIdempotency.windowSeconds * 1_000) return true;
  return capabilities.reads === 'consistent' && capabilities.terminalRetention === 'unlimited';
}

/**
 * Decides between the first creation, another run and giving the pod up. A pod that has run is run again only if its
 * restart policy wants that and its absence cannot mean that it finished and was forgotten.
 * @param wall wall time, milliseconds
 */
export function afterAbsence(
  pod: Pod,
  known: KnownPod,
  options: { capabilities: Capabilities; wall: number },
): AfterAbsence {
  const { capabilities, wall } = options;
  const evidence = evidenceOf(pod);
  const attempt = Math.max(known.attempt, evidence?.attempt ?? 1, known.announced ?? 1);
  if (known.announced === attempt && !known.everPresent) return { create: attempt };
  if (known.everPresent || anyContainerStarted(pod.status)) {
    const forgotten = capabilities.terminalRetention !== 'unlimited';
    return pod.spec?.restartPolicy === 'Never' || forgotten ? { verdict: lost } : { create: attempt + 1 };
  }
  if (!evidence || capabilities.createIdempotency === 'permanent') return { create: attempt };
  return mayRepeat(capabilities, wall - evidence.at) ? { create: attempt } : { verdict: lost };
}
