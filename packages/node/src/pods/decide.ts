import type { Pod } from '@virtual-kubelet/kubernetes';
import type { Capabilities, PodChange, PodDeletionReason } from '@virtual-kubelet/provider';
import { anyContainerStarted, isTerminal } from '../pod-status/pod-facts.js';
import { afterAbsence, settleTime } from './absence.js';
import { evidenceOf, needsEvidence } from './create-evidence.js';
import type { KnownPod, Verdict } from './known-pod.js';
import { hasEnded, hasRun, mayRun } from './known-pod.js';
import { changesBetween } from './pod-changes.js';
import type { PodPolicy } from './pod-policy.js';

/** The next thing to do about a pod. After anything but `nothing`, `wait` and `forget` the pod is decided again. */
export type Action =
  | { readonly do: 'nothing' }
  /** Look again in `ms` milliseconds, whatever happens. */
  | { readonly do: 'wait'; readonly ms: number }
  /** Everything about the pod is over: drop the memory of it. */
  | { readonly do: 'forget' }
  /** Ask the provider whether the workload exists. */
  | { readonly do: 'look' }
  /** Ask the API server itself, past any cache, whether the pod exists. */
  | { readonly do: 'confirm' }
  /** Decide whether the pod may run here at all. */
  | { readonly do: 'admit' }
  | { readonly do: 'verdict'; readonly verdict: Verdict }
  /** Write that a creation is going to be tried. */
  | { readonly do: 'evidence'; readonly attempt: number }
  | { readonly do: 'create'; readonly attempt: number }
  /** Give the provider a pod it runs already: it keeps what it needs to run containers again in memory only. */
  | { readonly do: 'hand' }
  | { readonly do: 'update'; readonly changes: readonly PodChange[] }
  | { readonly do: 'stop'; readonly reason: PodDeletionReason; readonly grace: number }
  /** Write the status and come back when it is written. */
  | { readonly do: 'report' }
  /** Remove the API object with grace 0. */
  | { readonly do: 'remove' };

/** What a decision depends on beside the pod. */
export interface DecisionFacts {
  /** Monotonic and wall time, milliseconds. */
  readonly now: number;
  readonly wall: number;
  readonly policy: PodPolicy;
  readonly capabilities: Capabilities;
  /** A complete listing of the provider has been seen since this node was claimed. */
  readonly listed: boolean;
  /** Identity of the cluster and name of the node, as on the tags of our workloads. */
  readonly cluster: string | undefined;
  readonly node: string;
  /** Another pod of the same name still has a workload. */
  readonly predecessor: boolean;
  /** Monotonic time until which vanished pods keep their workloads. */
  readonly quarantineUntil: number;
}

/** A deletion that goes unanswered is asked for again this long after its grace period, and then at this pace. */
const askAgain = 10_000;
/** Grace period of a workload whose pod vanished without saying one, seconds. */
const defaultGrace = 30;

const nothing: Action = { do: 'nothing' };

/**
 * Decides the next action for one pod. The rules of a pod's life are here and nowhere else; the function looks at
 * values only, so every rule is a row of a table in the tests.
 * @param pod the API object, or undefined when none with this UID is known
 */
export function decide(pod: Pod | undefined, known: KnownPod, facts: DecisionFacts): Action {
  if (!pod) return decideVanished(known, facts);
  if (pod.metadata?.deletionTimestamp) return decideDeleting(pod, known, facts);
  if (isTerminal(pod) || known.verdict) return decideFinished(pod, known, facts);
  return decideDesired(pod, known, facts);
}

function decideVanished(known: KnownPod, facts: DecisionFacts): Action {
  if (!mayRun(known) && (known.workload === 'absent' || known.deletion)) return { do: 'forget' };
  if (known.foreign && !isOurs(known, facts)) return nothing;
  if (!known.vanished) return { do: 'confirm' };
  const held = facts.quarantineUntil - facts.now;
  if (held > 0 && known.lastGrace === undefined) return { do: 'wait', ms: held };
  if (known.workload === 'unknown') return lookOrWait(known, facts);
  return stopOrWait(known, facts, {
    reason: known.foreign ? 'dangling' : 'deleted',
    grace: known.lastGrace ?? defaultGrace,
  });
}

/** Without an identity nobody can tell whose a workload is, so it stays. */
function isOurs(known: KnownPod, facts: DecisionFacts): boolean {
  return facts.cluster !== undefined && known.foreign?.cluster === facts.cluster && known.foreign.node === facts.node;
}

function lookOrWait(known: KnownPod, facts: DecisionFacts): Action {
  if (known.misses.count === 0) return { do: 'look' };
  const due = Math.max(known.misses.last, known.actedAt) + settleTime - facts.now;
  return due > 0 ? { do: 'wait', ms: due } : { do: 'look' };
}

function stopOrWait(
  known: KnownPod,
  facts: DecisionFacts,
  wanted: { reason: PodDeletionReason; grace: number },
): Action {
  const { deletion } = known;
  if (!deletion || wanted.grace < deletion.grace) return { do: 'stop', ...wanted };
  const due = Math.max(deletion.askedAt + askAgain, deletion.since + deletion.grace * 1_000 + askAgain) - facts.now;
  return due > 0 ? { do: 'wait', ms: due } : { do: 'stop', ...wanted };
}

/** Seconds left of a deletion: all of them when we saw it begin, what the timestamp leaves after a restart. */
function graceOf(pod: Pod, known: KnownPod, wall: number): number {
  const asked = Math.max(pod.metadata?.deletionGracePeriodSeconds ?? 0, 0);
  if (!known.foundDeleting) return asked;
  const left = Math.ceil((Date.parse(pod.metadata?.deletionTimestamp ?? '') - wall) / 1_000);
  return Number.isFinite(left) ? Math.min(asked, Math.max(left, 1)) : asked;
}

function decideDeleting(pod: Pod, known: KnownPod, facts: DecisionFacts): Action {
  if (known.workload === 'unknown') return facts.listed || known.misses.count > 0 ? lookOrWait(known, facts) : nothing;
  if (known.workload === 'absent') return finishDeleting(pod, known, facts);
  if (hasEnded(known.observation)) {
    return known.deletion ? finishDeleting(pod, known, facts) : { do: 'stop', reason: 'deleted', grace: 0 };
  }
  if (forcedNow(known, facts) && !known.removed) return { do: 'remove' };
  const wanted = { reason: 'deleted', grace: graceOf(pod, known, facts.wall) } as const;
  // The time left shrinks by itself: that is no new wish of the user.
  const steady = known.deletion && known.foundDeleting ? { ...wanted, grace: known.deletion.grace } : wanted;
  return stopOrWait(known, facts, steady);
}

function forcedNow(known: KnownPod, facts: DecisionFacts): boolean {
  const { unreachableDelete } = facts.policy;
  if (unreachableDelete === 'wait' || !known.deletion) return false;
  return facts.now >= known.deletion.since + known.deletion.grace * 1_000 + unreachableDelete.forceAfter;
}

/** Nothing runs any more: the truth is written before the object goes, unless there never was any. */
function finishDeleting(pod: Pod, known: KnownPod, facts: DecisionFacts): Action {
  const started = hasRun(known.observation) || anyContainerStarted(pod.status);
  if (known.removed) return nothing;
  const silent = facts.policy.terminalStatus === 'skip' || !started;
  return silent || known.terminalWritten || isTerminal(pod) ? { do: 'remove' } : { do: 'report' };
}

function decideFinished(pod: Pod, known: KnownPod, facts: DecisionFacts): Action {
  if (known.workload === 'unknown') return facts.listed ? lookOrWait(known, facts) : nothing;
  if (!mayRun(known)) return nothing;
  const grace = pod.spec?.terminationGracePeriodSeconds ?? defaultGrace;
  return stopOrWait(known, facts, {
    reason: known.verdict?.reason === 'DeadlineExceeded' ? 'deadline' : 'evicted',
    grace,
  });
}

function decideDesired(pod: Pod, known: KnownPod, facts: DecisionFacts): Action {
  if (facts.predecessor) return nothing;
  if (known.workload === 'present') return decideRunning(pod, known, facts);
  if (known.workload === 'unknown') return facts.listed ? lookOrWait(known, facts) : nothing;
  return decideAbsent(pod, known, facts);
}

/** Milliseconds until the pod's active deadline; undefined without one. */
function deadlineIn(pod: Pod, known: KnownPod, facts: DecisionFacts): number | undefined {
  const seconds = pod.spec?.activeDeadlineSeconds;
  if (seconds === undefined || known.activeSince === undefined) return undefined;
  return known.activeSince + seconds * 1_000 - facts.now;
}

function decideRunning(pod: Pod, known: KnownPod, facts: DecisionFacts): Action {
  if (facts.capabilities.restarts === 'provider' && !known.handed) return { do: 'hand' };
  if (hasEnded(known.observation)) return nothing;
  const left = deadlineIn(pod, known, facts);
  if (left !== undefined && left <= 0) return { do: 'verdict', verdict: deadlineExceeded };
  const changes = changesBetween(known.handed, pod);
  if (changes.length > 0) return { do: 'update', changes };
  return left === undefined ? nothing : { do: 'wait', ms: left };
}

const deadlineExceeded: Verdict = {
  phase: 'Failed',
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
};

function decideAbsent(pod: Pod, known: KnownPod, facts: DecisionFacts): Action {
  const next = afterAbsence(pod, known, facts);
  if ('verdict' in next) return { do: 'verdict', verdict: next.verdict };
  const left = deadlineIn(pod, known, facts);
  if (left !== undefined && left <= 0) return { do: 'verdict', verdict: deadlineExceeded };
  if (known.hold?.untilChanged) return nothing;
  if (!known.admitted) return { do: 'admit' };
  const announced = known.announced === next.create || evidenceOf(pod)?.attempt === next.create;
  if (!announced && needsEvidence(facts.capabilities, next.create)) return { do: 'evidence', attempt: next.create };
  return { do: 'create', attempt: next.create };
}
