/** How long a Job waits with its next pod: 10 s after a failure, doubled by each one in a row, 10 min at most. */
import type { Job } from '@virtual-kubelet/kubernetes';
import type { Stored, StoredPod } from './kinds.js';
import { endOf, hasFailed, verdictOn } from './job-pods.js';

/** Failures since the last success. */
export interface FailureRun {
  readonly count: number;
  /** When the last one ended; milliseconds since 1970. */
  readonly last: number;
}

/** No failure yet, or none since the last success. */
export const noFailures: FailureRun = { count: 0, last: 0 };

const firstDelay = 10_000;
const longestDelay = 600_000;

/** The run after some more pods have ended. */
export function withEnded(run: FailureRun, pods: readonly StoredPod[], job: Stored<Job>): FailureRun {
  const ended = pods.map((pod) => ({ pod, end: endOf(pod) })).toSorted((a, b) => a.end - b.end);
  return ended.reduce((now, { pod, end }) => {
    if (!hasFailed(pod, job)) return noFailures;
    return verdictOn(pod, job).is === 'ignored' ? now : { count: now.count + 1, last: end };
  }, run);
}

/** Milliseconds until the next pod. */
export function backoffLeft({ count, last }: FailureRun, now: number): number {
  if (count === 0) return 0;
  return Math.max(last + Math.min(firstDelay * 2 ** (count - 1), longestDelay) - now, 0);
}
