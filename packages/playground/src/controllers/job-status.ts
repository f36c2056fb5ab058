/** What a Job has come to, and how its status says so. Pure. */
import type { Job, JobCondition, JobStatus } from '@virtual-kubelet/kubernetes';
import { formatTime } from '@virtual-kubelet/kubernetes';
import type { Stored, StoredPod } from './kinds.js';
import { conditionOf, withCondition } from '../store/conditions.js';
import { formatIndexes, parseIndexes } from './indexes.js';
import { hasFailed, hasRestartedTooOften, indexOf, isUncounted, verdictOn } from './job-pods.js';
import { hasEnded, isActive, isLeaving, isReady } from './pod-state.js';
import { timeOf } from './times.js';
import { withoutZeros } from './without-zeros.js';

/** How a Job ends. It is over when its last pod has ended. */
export type JobEnd =
  | { readonly is: 'complete'; readonly isOver: boolean }
  | { readonly is: 'failed'; readonly reason: string; readonly message: string; readonly isOver: boolean };

/** The pods of a Job, counted. */
export interface Tally {
  readonly pods: readonly StoredPod[];
  readonly active: readonly StoredPod[];
  readonly terminating: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly completedIndexes: string | undefined;
  /** Pods that were counted just now. */
  readonly counting: readonly StoredPod[];
  readonly end: JobEnd | undefined;
}

/** Counts: what the status has already, and the pods that ended since. */
export function tallyOf(job: Stored<Job>, pods: readonly StoredPod[], now: number): Tally {
  const fresh = pods.filter((pod) => isUncounted(pod) && (hasEnded(pod) || hasFailed(pod, job)));
  const won = fresh.filter((pod) => pod.status?.phase === 'Succeeded');
  const lost = fresh.filter((pod) => hasFailed(pod, job));
  const completed = completedIndexes(job, won);
  const counts = {
    pods,
    active: pods.filter(isActive),
    terminating: pods.filter((pod) => isLeaving(pod) && !hasEnded(pod)).length,
    succeeded: completed?.size ?? (job.status?.succeeded ?? 0) + won.length,
    failed: (job.status?.failed ?? 0) + lost.filter((pod) => verdictOn(pod, job).is !== 'ignored').length,
    completedIndexes: completed && formatIndexes(completed),
    counting: fresh,
  };
  return { ...counts, end: endOfJob(job, { ...counts, lost, now }) };
}

/** Undefined for a Job whose pods have no indexes. */
function completedIndexes(job: Stored<Job>, won: readonly StoredPod[]): ReadonlySet<number> | undefined {
  if (job.spec?.completionMode !== 'Indexed') return undefined;
  const all = [...parseIndexes(job.status?.completedIndexes), ...won.flatMap((pod) => indexOf(pod) ?? [])];
  return new Set(all.filter((index) => index < (job.spec?.completions ?? 0)));
}

interface Counts extends Omit<Tally, 'end'> {
  readonly lost: readonly StoredPod[];
  readonly now: number;
}

function endOfJob(job: Stored<Job>, counts: Counts): JobEnd | undefined {
  const isOver = counts.active.length === 0 && counts.terminating === 0;
  const failure = decidedFailure(job) ?? freshFailure(job, counts);
  if (failure !== undefined) return { is: 'failed', ...failure, isOver };
  const isMet = conditionOf(job.status?.conditions, 'SuccessCriteriaMet')?.status === 'True';
  return isMet || isComplete(job, counts) ? { is: 'complete', isOver } : undefined;
}

interface Failure {
  readonly reason: string;
  readonly message: string;
}

/** What was decided stays decided. */
function decidedFailure(job: Stored<Job>): Failure | undefined {
  const target = conditionOf(job.status?.conditions, 'FailureTarget');
  return target?.status === 'True' ? { reason: target.reason ?? '', message: target.message ?? '' } : undefined;
}

function freshFailure(job: Stored<Job>, { lost, pods, failed, now }: Counts): Failure | undefined {
  for (const pod of lost) {
    const verdict = verdictOn(pod, job);
    if (verdict.is === 'fails job') return { reason: 'PodFailurePolicy', message: verdict.message };
  }
  if (failed > (job.spec?.backoffLimit ?? 6) || hasRestartedTooOften(pods, job))
    return { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  const { activeDeadlineSeconds } = job.spec ?? {};
  const start = timeOf(job.status?.startTime);
  if (activeDeadlineSeconds === undefined || start === undefined || job.spec?.suspend === true) return undefined;
  const isLate = now - start >= activeDeadlineSeconds * 1000;
  return isLate ? { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' } : undefined;
}

function isComplete(job: Stored<Job>, { succeeded, active, terminating }: Counts): boolean {
  const { completions } = job.spec ?? {};
  if (completions !== undefined) return succeeded >= completions;
  return succeeded > 0 && active.length === 0 && terminating === 0;
}

/** The status that is true now. */
export function jobStatus(job: Stored<Job>, tally: Tally, now: number): JobStatus {
  const before = job.status ?? {};
  const conditions = conditionsOf(job, tally, now);
  const isSuspended = job.spec?.suspend === true && tally.end === undefined;
  const startTime = isSuspended ? undefined : (before.startTime ?? formatTime(now));
  const isComplete = tally.end?.is === 'complete' && tally.end.isOver;
  return {
    ...withoutZeros({ active: tally.active.length, succeeded: tally.succeeded, failed: tally.failed }),
    ready: tally.active.filter(isReady).length,
    terminating: tally.terminating,
    uncountedTerminatedPods: {},
    ...(startTime === undefined ? {} : { startTime }),
    ...(isComplete ? { completionTime: before.completionTime ?? formatTime(now) } : {}),
    ...(tally.completedIndexes === undefined || tally.completedIndexes === ''
      ? {}
      : { completedIndexes: tally.completedIndexes }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

function conditionsOf(job: Stored<Job>, { end }: Tally, now: number): readonly JobCondition[] {
  const before = job.status?.conditions ?? [];
  const stamp = (all: readonly JobCondition[], next: JobCondition): readonly JobCondition[] =>
    conditionOf(all, next.type ?? '')?.status === next.status
      ? all
      : withCondition(all, { ...next, lastProbeTime: formatTime(now) }, now);
  if (end === undefined) return suspension(job, before, stamp);
  const told =
    end.is === 'complete'
      ? { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
      : { reason: end.reason, message: end.message };
  const [first, last] = end.is === 'complete' ? ['SuccessCriteriaMet', 'Complete'] : ['FailureTarget', 'Failed'];
  const decided = stamp(before, { type: first, status: 'True', ...told });
  return end.isOver ? stamp(decided, { type: last, status: 'True', ...told }) : decided;
}

function suspension(
  job: Stored<Job>,
  before: readonly JobCondition[],
  stamp: (all: readonly JobCondition[], next: JobCondition) => readonly JobCondition[],
): readonly JobCondition[] {
  if (job.spec?.suspend === true)
    return stamp(before, { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' });
  if (conditionOf(before, 'Suspended') === undefined) return before;
  return stamp(before, { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' });
}
