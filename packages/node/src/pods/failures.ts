import { messageOf } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import { failureOf } from '@virtual-kubelet/provider';
import { refuse } from './admission.js';
import type { Hold, Verdict } from './known-pod.js';
import type { PodPolicy } from './pod-policy.js';

/** What a failed creation means for the pod. */
export interface CreateFailure {
  /** Shown on the pod while it is tried again. */
  readonly hold?: Hold;
  readonly verdict?: Verdict;
  /** The platform said no before doing anything, so there is no workload. Otherwise somebody must look. */
  readonly nothingDone: boolean;
  /** A resource the platform is out of, for the node's taint. */
  readonly shortage?: string;
}

/** The reason known from the Go implementation for a provider's error on a pod. */
export const providerFailed = 'ProviderFailed';

/** Sorts the failure of a creation. */
export function createFailure(pod: Pod, error: unknown, policy: PodPolicy): CreateFailure {
  const message = messageOf(error);
  const failure = failureOf(error);
  const again: Hold = { reason: providerFailed, message, untilChanged: false };
  switch (failure?.kind) {
    case 'Invalid':
    case 'Unsupported': {
      const admission = refuse(
        pod,
        { reason: providerFailed, message: `${failure.field}: ${message}` },
        policy.onRefusal,
      );
      return { ...('admitted' in admission ? {} : admission), nothingDone: true };
    }
    case 'Quota':
      return { hold: again, nothingDone: true, shortage: failure.resource };
    case 'Capacity':
      return { hold: again, nothingDone: true, shortage: 'capacity' };
    case 'Throttled':
    case 'Unauthorized':
      return { hold: again, nothingDone: true };
    default:
      return { hold: again, nothingDone: false };
  }
}

/** Milliseconds a provider asked to wait before the next try; undefined when it did not. */
export function delayOf(error: unknown): number | undefined {
  const failure = failureOf(error);
  return failure?.kind === 'Retryable' || failure?.kind === 'Throttled' ? failure.after : undefined;
}
