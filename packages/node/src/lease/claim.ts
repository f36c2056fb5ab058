/**
 * Two agents, one node name: who may act. Pure.
 *
 * The Lease names the node as its holder, as a kubelet's does; which process renews it stands in two annotations: the
 * instance, which stays the same when an agent is started again in its place, and the incarnation, which never does.
 *
 * - Nobody's Lease, or one that was let go at a clean stop, is taken at once.
 * - The same instance takes over at once: a restarted agent shall not wait for its own ghost. The older process, should it
 *   still live, finds another incarnation at its next renewal and steps back.
 * - Anybody else's Lease is watched. Seen to change, it is held: we are refused. Unchanged for its whole duration, it is dead
 *   and taken over. That is measured on our monotonic clock between two reads; the times written in the Lease are never
 *   compared with our own, since clocks differ. A Lease without the annotations (a kubelet's, or the Go implementation's) is
 *   watched, too.
 *
 * This is safe because a holder stops acting somewhat before its last renewal is as old as the duration, and because every
 * write names the version it replaces.
 */
import type { Lease } from '@virtual-kubelet/kubernetes';
import { valueAt } from '../node-object/dictionary.js';

/** Names the instance that renews the Lease. Empty: it was let go. */
export const instanceAnnotation = 'virtual-kubelet.io/instance';

/** Names the process that renews the Lease. */
export const incarnationAnnotation = 'virtual-kubelet.io/incarnation';

/** Who claims a node. */
export interface Claimant {
  /** The same after a restart in the same place, different everywhere else. */
  readonly instance: string;
  /** Different for every process. */
  readonly incarnation: string;
  /** A younger process with the same instance took over: from now on it is a stranger. */
  readonly isSuperseded: boolean;
}

/** What was seen of a Lease that is not ours. */
export interface LeaseWatch {
  /** Changes whenever the holder renews. */
  readonly pulse: string;
  /** Monotonic milliseconds: the first read that found this pulse. */
  readonly since: number;
  /** Whether it was seen to change. */
  readonly isBeating: boolean;
}

/** What to do about the Lease. */
export type ClaimVerdict =
  /** There is none: create it. */
  | { readonly kind: 'vacant' }
  /** This process wrote it: renew it. */
  | { readonly kind: 'ours' }
  /** Take it over. */
  | { readonly kind: 'free'; readonly because: 'released' | 'same instance' | 'not renewed' }
  /** Somebody else's, and not yet known whether they live. */
  | { readonly kind: 'watched'; readonly holder: string }
  /** Somebody else renews it. */
  | { readonly kind: 'held'; readonly holder: string };

/** What is known after one more read. */
export function watchLease(before: LeaseWatch | undefined, lease: Lease, now: number): LeaseWatch {
  const pulse = JSON.stringify([
    lease.metadata?.uid,
    lease.spec?.renewTime,
    annotation(lease, instanceAnnotation),
    annotation(lease, incarnationAnnotation),
  ]);
  if (before?.pulse === pulse) return before;
  return { pulse, since: now, isBeating: before !== undefined };
}

/** The verdict on a Lease just read, or on there being none. `watch` includes that read. */
export function judgeLease(
  lease: Lease | undefined,
  claimant: Claimant,
  { watch, now }: { readonly watch: LeaseWatch | undefined; readonly now: number },
): ClaimVerdict {
  if (lease === undefined) return { kind: 'vacant' };
  if (annotation(lease, incarnationAnnotation) === claimant.incarnation) return { kind: 'ours' };
  const instance = annotation(lease, instanceAnnotation);
  if (instance === '') return { kind: 'free', because: 'released' };
  if (instance === claimant.instance && !claimant.isSuperseded) return { kind: 'free', because: 'same instance' };
  const age = watch === undefined ? 0 : now - watch.since;
  if (age >= durationOf(lease)) return { kind: 'free', because: 'not renewed' };
  return { kind: watch?.isBeating === true ? 'held' : 'watched', holder: holderOf(lease) };
}

/** How long the Lease's holder may act after a renewal, milliseconds; within bounds whatever is written there. */
export function durationOf(lease: Lease): number {
  const seconds = lease.spec?.leaseDurationSeconds ?? 40;
  return Math.min(Math.max(seconds, 1), 600) * 1000;
}

function holderOf(lease: Lease): string {
  return annotation(lease, instanceAnnotation) ?? lease.spec?.holderIdentity ?? 'unknown';
}

function annotation(lease: Lease, key: string): string | undefined {
  return valueAt(lease.metadata?.annotations, key);
}

/** Who claims a node may act. What the controllers see of the Lease. */
export interface Claim {
  /** Whether a provider call may start now. */
  held(): boolean;
  /** Resolves when it may. Rejects with the signal's reason. */
  waitHeld(signal: AbortSignal): Promise<void>;
}
