/**
 * Jobs: pods until enough have succeeded or too many have failed. Each pod is counted once, before it may go. Limits per
 * index and success policies are not there: Jobs that ask for one are left alone, with an event that says so.
 */
import type { Job, Pod, PodSpec } from '@virtual-kubelet/kubernetes';
import { formatTime, semanticEqual } from '@virtual-kubelet/kubernetes';
import type { ClusterView } from './cluster-view.js';
import type { Stored, StoredPod } from './kinds.js';
import { controllerOf, typed } from './cluster-view.js';
import { conditionOf } from '../store/conditions.js';
import type { Controller, Plan } from './controller.js';
import { noPlan } from './controller.js';
import { deletionOrder } from './deletion-order.js';
import { eventWrite } from './events.js';
import { parseIndexes } from './indexes.js';
import type { FailureRun } from './job-backoff.js';
import { backoffLeft, noFailures, withEnded } from './job-backoff.js';
import { indexKey, indexOf, isUncounted, replacesOnlyEnded, trackingFinalizer } from './job-pods.js';
import type { Tally } from './job-status.js';
import { jobStatus, tallyOf } from './job-status.js';
import { claimPods, ownerKey } from './owned-pods.js';
import { isActive } from './pod-state.js';
import { podWrite } from './pod-template.js';
import { timeOf } from './times.js';
import { toldCreation, toldRemoval } from './told-pods.js';
import type { Write } from './write.js';
import { patchWrite, statusWrite } from './write.js';

const by = 'job-controller';
const burst = 500;

/** Makes what keeps Jobs. It remembers only how often the pods of each failed in a row. */
export function createJobs(): Controller {
  const runs = new Map<string, FailureRun>();
  return {
    name: 'job',
    watches: ['batch/jobs', 'pods'],
    keysFor: (event) => {
      if (event.storage === 'batch/jobs') return [event.key];
      const before = event.previous === undefined ? [] : ownerKey(typed<Pod>(event.previous), 'Job');
      return [...new Set([...before, ...ownerKey(typed<Pod>(event.object), 'Job')])];
    },
    reconcile(key, view) {
      const job = view.get('batch/jobs', key);
      if (job === undefined || isFinished(job)) runs.delete(key);
      return job === undefined
        ? { writes: leftBehind(key, view) }
        : planFor(job, view, {
            get: () => runs.get(key) ?? noFailures,
            set: (run) => void runs.set(key, run),
          });
    },
  };
}

/** Lets go of the pods of a Job that is gone, which nobody counts any more. */
function leftBehind(key: string, view: ClusterView): readonly Write[] {
  const [namespace, name] = key.split('/');
  const isLost = (pod: StoredPod): boolean => {
    const owner = controllerOf(pod);
    return owner?.kind === 'Job' && owner.name === name && view.ofUid(owner.uid) === undefined;
  };
  const pods = view.list('pods', namespace).filter((pod) => isUncounted(pod) && isLost(pod));
  return pods.map(counted);
}

/** What is remembered of the failures of a Job. */
interface Memory {
  get(): FailureRun;
  set(run: FailureRun): void;
}

/** Whether a Job has come to its end. */
export function isFinished(job: Stored<Job>): boolean {
  return ['Complete', 'Failed'].some((type) => conditionOf(job.status?.conditions, type)?.status === 'True');
}

function planFor(job: Stored<Job>, view: ClusterView, memory: Memory): Plan {
  const { spec } = job;
  if (spec === undefined || spec.managedBy !== undefined) return noPlan;
  const { pods, writes } = claimPods(view, job, spec.selector);
  // Whatever becomes of the Job, nothing may hold its pods for ever.
  if (isFinished(job) || job.metadata.deletionTimestamp !== undefined)
    return { writes: pods.filter(isUncounted).map(counted) };
  const unknown = unsupported(job);
  if (unknown !== undefined) return { writes: refusal(job, unknown, view) };
  const tally = tallyOf(job, pods, view.now);
  const status = jobStatus(job, tally, view.now);
  const isSame = semanticEqual(status, job.status);
  const changed = isSame ? [] : [statusWrite(job, status), ...news(job, tally, view)];
  memory.set(withEnded(memory.get(), tally.counting, job));
  const next = steps(job, { ...tally, left: backoffLeft(memory.get(), view.now) }, view);
  return {
    writes: [...writes, ...changed, ...tally.counting.map(counted), ...next.writes],
    ...(next.again === undefined ? {} : { again: next.again }),
  };
}

function unsupported({ spec }: Stored<Job>): string | undefined {
  if (spec?.backoffLimitPerIndex !== undefined) return 'spec.backoffLimitPerIndex';
  return spec?.successPolicy === undefined ? undefined : 'spec.successPolicy';
}

function refusal(job: Stored<Job>, field: string, view: ClusterView): readonly Write[] {
  if (job.status?.startTime !== undefined) return [];
  const message = `this control plane does not implement ${field}: no pods are made`;
  return [
    statusWrite(job, { ...job.status, startTime: formatTime(view.now) }),
    eventWrite(view, job, { by, type: 'Warning', reason: 'NotImplemented', message }),
  ];
}

/** Lets go of a pod that was counted. */
function counted(pod: StoredPod): Write {
  const finalizers = (pod.metadata.finalizers ?? []).filter((one) => one !== trackingFinalizer);
  return patchWrite(pod, { metadata: { finalizers } });
}

function news(job: Stored<Job>, tally: Tally, view: ClusterView): readonly Write[] {
  const { end } = tally;
  if (end?.isOver !== true) return suspensionNews(job, view);
  return end.is === 'complete'
    ? [eventWrite(view, job, { by, type: 'Normal', reason: 'Completed', message: 'Job completed' })]
    : [eventWrite(view, job, { by, type: 'Warning', reason: end.reason, message: end.message })];
}

function suspensionNews(job: Stored<Job>, view: ClusterView): readonly Write[] {
  const was = conditionOf(job.status?.conditions, 'Suspended')?.status === 'True';
  const is = job.spec?.suspend === true;
  if (was === is) return [];
  const [reason, message] = is ? ['Suspended', 'Job suspended'] : ['Resumed', 'Job resumed'];
  return [eventWrite(view, job, { by, type: 'Normal', reason, message })];
}

/** Pods to make or delete, or when to look again. */
function steps(job: Stored<Job>, tally: Tally & { readonly left: number }, view: ClusterView): Plan {
  const { active, left } = tally;
  if (tally.end !== undefined || job.spec?.suspend === true)
    return { writes: active.map((pod) => removal(job, pod, view)) };
  const deadline = deadlineLeft(job, view.now);
  const timed = deadline === undefined ? {} : { again: deadline };
  const twins = duplicates(active);
  const wanted = wantedActive(job, tally);
  const spare = [
    ...twins,
    ...deletionOrder(active.filter((pod) => !twins.includes(pod))).slice(
      0,
      Math.max(active.length - twins.length - wanted, 0),
    ),
  ];
  if (spare.length > 0) return { writes: spare.map((pod) => removal(job, pod, view)), ...timed };
  const missing = wanted - active.length - (replacesOnlyEnded(job) ? tally.terminating : 0);
  if (missing <= 0) return { writes: [], ...timed };
  if (left > 0) return { writes: [], again: Math.min(left, deadline ?? left) };
  return { writes: creations(job, tally, { count: Math.min(missing, burst), view }), ...timed };
}

/** Milliseconds until a Job has been active too long. */
function deadlineLeft(job: Stored<Job>, now: number): number | undefined {
  const seconds = job.spec?.activeDeadlineSeconds;
  if (seconds === undefined) return undefined;
  const start = timeOf(job.status?.startTime) ?? now;
  return Math.max(start + seconds * 1000 - now, 0);
}

function wantedActive(job: Stored<Job>, { active, succeeded }: Tally): number {
  const { completions, parallelism = 1 } = job.spec ?? {};
  if (completions === undefined) return succeeded > 0 ? Math.min(active.length, parallelism) : parallelism;
  return Math.max(Math.min(completions - succeeded, parallelism), 0);
}

/** Pods whose index another one has already, younger ones first. */
function duplicates(active: readonly StoredPod[]): readonly StoredPod[] {
  const seen = new Set<number>();
  return active.filter((pod) => {
    const index = indexOf(pod);
    if (index === undefined) return false;
    const isTaken = seen.has(index);
    seen.add(index);
    return isTaken;
  });
}

function removal(owner: Stored<Job>, pod: StoredPod, view: ClusterView): Write {
  return toldRemoval(pod, { by, owner, view });
}

interface Creation {
  readonly count: number;
  readonly view: ClusterView;
}

function creations(job: Stored<Job>, tally: Tally, { count, view }: Creation): readonly Write[] {
  const isIndexed = job.spec?.completionMode === 'Indexed';
  const indexes = isIndexed ? freeIndexes(job, tally).slice(0, count) : Array.from({ length: count }, () => undefined);
  return indexes.map((index) => creation(job, index, view));
}

function freeIndexes(job: Stored<Job>, { pods, completedIndexes }: Tally): readonly number[] {
  const taken = new Set([
    ...parseIndexes(completedIndexes),
    ...pods.filter(isActive).flatMap((pod) => indexOf(pod) ?? []),
  ]);
  return Array.from({ length: job.spec?.completions ?? 0 }, (_, index) => index).filter((index) => !taken.has(index));
}

function creation(job: Stored<Job>, index: number | undefined, view: ClusterView): Write {
  const template = job.spec?.template ?? {};
  const own = index === undefined ? {} : indexed(job, index);
  const pod = podWrite(job, template, { finalizers: [trackingFinalizer], ...own });
  return toldCreation(pod, { by, owner: job, view });
}

function indexed(job: Stored<Job>, index: number): Parameters<typeof podWrite>[2] {
  const key = { [indexKey]: String(index) };
  const { name } = job.metadata;
  return {
    labels: key,
    annotations: key,
    generateName: `${name.slice(0, 57 - String(index).length)}-${index}-`,
    spec: (spec) => withIndex({ ...spec, hostname: `${name}-${index}` }),
  };
}

function withIndex(spec: PodSpec): PodSpec {
  const name = 'JOB_COMPLETION_INDEX';
  const variable = { name, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${indexKey}']` } } };
  const given = <T extends PodSpec['containers'][number]>(container: T): T =>
    container.env?.some((one) => one.name === name) === true
      ? container
      : { ...container, env: [...(container.env ?? []), variable] };
  const { initContainers } = spec;
  return {
    ...spec,
    containers: spec.containers.map(given),
    ...(initContainers ? { initContainers: initContainers.map(given) } : {}),
  };
}
