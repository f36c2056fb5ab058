/** Waiting between the runs of a container that ends again and again. Pure; times in milliseconds. */
import type { PodContainer } from '../labels.js';

/** First pause, longest pause, and the run time after which the count begins anew (twice the longest, as upstream). */
export const crashBackoff = { first: 10_000, most: 300_000, reset: 600_000 } as const;

/** A run that ended. */
export type EndedRun = Pick<PodContainer, 'backoff' | 'createdAt' | 'startedAt' | 'finishedAt'>;

/** A run that lasted so long that the ones before it are forgotten. */
function isForgiven(run: EndedRun): boolean {
  return (run.finishedAt ?? run.createdAt) - (run.startedAt ?? run.createdAt) > crashBackoff.reset;
}

/** Milliseconds a next run must still wait; the first restart waits for nothing. A clock that jumps cannot lengthen it. */
export function waitBeforeRestart(run: EndedRun, now: number): number {
  if (run.backoff === 0 || isForgiven(run)) return 0;
  const passed = Math.max(now - (run.finishedAt ?? run.createdAt), 0);
  return Math.max(run.backoff - passed, 0);
}

/** What the run after this one is labelled with: the pause after it, if it ends. */
export function nextBackoff(run: EndedRun): number {
  if (run.backoff === 0 || isForgiven(run)) return crashBackoff.first;
  return Math.min(run.backoff * 2, crashBackoff.most);
}

/** A duration as Go prints it, the way users know it from the message: `20s`, `1m20s`, `5m0s`. */
export function goSeconds(milliseconds: number): string {
  const all = Math.round(milliseconds / 1_000);
  const minutes = Math.floor(all / 60);
  return minutes > 0 ? `${minutes}m${all - minutes * 60}s` : `${all}s`;
}
