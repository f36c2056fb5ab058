/** CronJobs: Jobs at their times, as many at once as the policy allows, and as many kept as history asks for. */
import type { CronJob, CronJobStatus, Job } from '@virtual-kubelet/kubernetes';
import { formatTime, referenceTo, semanticEqual } from '@virtual-kubelet/kubernetes';
import type { ClusterView } from './cluster-view.js';
import type { Stored } from './kinds.js';
import { typed } from './cluster-view.js';
import { conditionOf } from '../store/conditions.js';
import type { Controller, Plan } from './controller.js';
import { noPlan } from './controller.js';
import type { Schedule } from './cron-schedule.js';
import { nextTime, parseSchedule } from './cron-schedule.js';
import { eventWrite } from './events.js';
import { isFinished } from './jobs.js';
import { controllerRef, managedBy, ownerKey } from './owned-pods.js';
import { timeOf } from './times.js';
import type { Write } from './write.js';
import { createWrite, removeWrite, statusWrite } from './write.js';

const by = 'cronjob-controller';

/** Keeps CronJobs. */
export const cronJobs: Controller = {
  name: 'cronjob',
  watches: ['batch/cronjobs', 'batch/jobs'],
  keysFor: ({ storage, key, object }) =>
    storage === 'batch/cronjobs' ? [key] : ownerKey(typed<Job>(object), 'CronJob'),
  reconcile(key, view) {
    const cron = view.get('batch/cronjobs', key);
    if (cron === undefined || cron.metadata.deletionTimestamp !== undefined) return noPlan;
    const jobs = managedBy<Job>(view, cron, 'batch/jobs');
    return planFor({ cron, jobs, view });
  },
};

interface Cron {
  readonly cron: Stored<CronJob>;
  readonly jobs: readonly Stored<Job>[];
  readonly view: ClusterView;
}

function planFor(whole: Cron): Plan {
  const { cron, jobs } = whole;
  const kept = [...statusWrites(whole, cron.status ?? {}), ...history(whole)];
  const schedule = parseSchedule(cron.spec?.schedule ?? '');
  if (schedule === undefined)
    return { writes: [...kept, problem(whole, `unparseable schedule: "${cron.spec?.schedule}"`)] };
  if (cron.spec?.suspend === true) return { writes: kept };
  const times = dueTimes(whole, schedule);
  if (times === undefined) return { writes: [...kept, problem(whole, `unknown time zone: "${cron.spec?.timeZone}"`)] };
  const again = times.next === undefined ? {} : { again: times.next - whole.view.now };
  const { due } = times;
  if (due === undefined || isTooLate(whole, due)) return { writes: kept, ...again };
  const active = jobs.filter((job) => !isFinished(job));
  const policy = cron.spec?.concurrencyPolicy;
  // A time that may not start yet is looked at again when a Job ends.
  if (policy === 'Forbid' && active.length > 0) return { writes: kept, ...again };
  const replaced = policy === 'Replace' ? active.map((job) => removal(whole, job)) : [];
  return {
    writes: [...kept.filter(({ request }) => request.subresource !== 'status'), ...replaced, start(whole, due)],
    ...again,
  };
}

interface Times {
  /** The latest time that has come and was not served. */
  readonly due: number | undefined;
  readonly next: number | undefined;
}

/** Undefined for a time zone nobody knows. */
function dueTimes({ cron, view }: Cron, schedule: Schedule): Times | undefined {
  const zone = cron.spec?.timeZone ?? 'UTC';
  const last = timeOf(cron.status?.lastScheduleTime) ?? timeOf(cron.metadata.creationTimestamp) ?? view.now;
  const deadline = cron.spec?.startingDeadlineSeconds;
  const from = deadline === undefined ? last : Math.max(last, view.now - deadline * 1000);
  try {
    let due: number | undefined;
    let next = nextTime(schedule, from, zone);
    // After a long pause only the latest of many missed times counts.
    for (let count = 0; next !== undefined && next <= view.now; count++) {
      due = next;
      next = nextTime(schedule, count > 100 ? Math.max(next, view.now - 60_000) : next, zone);
    }
    return { due, next };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function isTooLate({ cron, view }: Cron, due: number): boolean {
  const deadline = cron.spec?.startingDeadlineSeconds;
  return deadline !== undefined && due + deadline * 1000 < view.now;
}

/** A Job is named by its time, so that one time never makes two. */
function start(whole: Cron, due: number): Write {
  const { cron, view } = whole;
  const { metadata, spec } = cron.spec?.jobTemplate ?? {};
  const name = `${cron.metadata.name}-${Math.floor(due / 60_000)}`;
  const annotations = { ...metadata?.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': formatTime(due) };
  const body = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: cron.metadata.namespace,
      annotations,
      ...(metadata?.labels ? { labels: metadata.labels } : {}),
      ownerReferences: [controllerRef(cron)],
    },
    spec,
  };
  const scheduled = (): readonly Write[] => {
    const jobs = managedBy<Job>(view, cron, 'batch/jobs');
    return [
      eventWrite(view, cron, { by, type: 'Normal', reason: 'SuccessfulCreate', message: `Created job ${name}` }),
      statusWrite(cron, statusOf({ ...whole, jobs }, { ...cron.status, lastScheduleTime: formatTime(due) })),
    ];
  };
  return {
    ...createWrite(body),
    done: scheduled,
    refused: ({ message = '' }) => [
      eventWrite(view, cron, {
        by,
        type: 'Warning',
        reason: 'FailedCreate',
        message: `Error creating job: ${message}`,
      }),
    ],
  };
}

function removal({ cron, view }: Cron, job: Stored<Job>): Write {
  const message = `Deleted job ${job.metadata.name}`;
  return {
    ...removeWrite(job, { propagation: 'Background' }),
    done: () => [eventWrite(view, cron, { by, type: 'Normal', reason: 'SuccessfulDelete', message })],
  };
}

function problem({ cron, view }: Cron, message: string): Write {
  return eventWrite(view, cron, { by, type: 'Warning', reason: 'UnparseableSchedule', message });
}

function endOf(job: Stored<Job>): number {
  const { conditions, completionTime } = job.status ?? {};
  return timeOf(completionTime) ?? timeOf(conditionOf(conditions, 'Failed')?.lastTransitionTime) ?? 0;
}

/** Jobs beyond what history keeps, oldest first. */
function history(whole: Cron): readonly Write[] {
  const { cron, jobs } = whole;
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cron.spec ?? {};
  const ended = jobs.filter(isFinished).toSorted((a, b) => endOf(a) - endOf(b));
  const isFine = (job: Stored<Job>): boolean => conditionOf(job.status?.conditions, 'Complete')?.status === 'True';
  const spare = (some: readonly Stored<Job>[], limit: number): readonly Stored<Job>[] =>
    some.slice(0, Math.max(some.length - limit, 0));
  const gone = [
    ...spare(ended.filter(isFine), successfulJobsHistoryLimit),
    ...spare(
      ended.filter((job) => !isFine(job)),
      failedJobsHistoryLimit,
    ),
  ];
  return gone.map((job) => removal(whole, job));
}

function statusWrites(whole: Cron, before: CronJobStatus): readonly Write[] {
  const status = statusOf(whole, before);
  return semanticEqual(status, whole.cron.status ?? {}) ? [] : [statusWrite(whole.cron, status)];
}

function statusOf({ jobs }: Pick<Cron, 'jobs'>, before: CronJobStatus): CronJobStatus {
  const active = jobs.filter((job) => !isFinished(job)).map((job) => referenceTo(job));
  const ends = jobs.flatMap((job) => timeOf(job.status?.completionTime) ?? []);
  const last = Math.max(timeOf(before.lastSuccessfulTime) ?? 0, ...ends);
  return {
    ...(before.lastScheduleTime === undefined ? {} : { lastScheduleTime: before.lastScheduleTime }),
    ...(active.length === 0 ? {} : { active: active.map(({ resourceVersion: _version, ...rest }) => rest) }),
    ...(last === 0 ? {} : { lastSuccessfulTime: formatTime(last) }),
  };
}
