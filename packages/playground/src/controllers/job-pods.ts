/** The pods of a Job: which count already, which count now, which run. Pure. */
import type { Job, PodFailurePolicyRule } from '@virtual-kubelet/kubernetes';
import type { Stored, StoredPod } from './kinds.js';
import { timeOf } from './times.js';
import { isActive, isLeaving, podCondition, restartsOf } from './pod-state.js';

/** Finalizer that keeps a pod until it was counted. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
/** Label and annotation with the completion index of a pod. */
export const indexKey = 'batch.kubernetes.io/job-completion-index';

/** Whether a pod has not been counted yet. */
export function isUncounted(pod: StoredPod): boolean {
  return pod.metadata.finalizers?.includes(trackingFinalizer) === true;
}

/** The completion index of a pod of an indexed Job. */
export function indexOf(pod: StoredPod): number | undefined {
  const index = Number(pod.metadata.annotations?.[indexKey] ?? Number.NaN);
  return Number.isInteger(index) ? index : undefined;
}

/** Whether a Job waits with a new pod until the old one has ended, not only until it is asked to. */
export function replacesOnlyEnded(job: Stored<Job>): boolean {
  return job.spec?.podReplacementPolicy === 'Failed';
}

/** Whether a pod counts as failed. One that is deleted before it ended does, unless the Job waits for its end. */
export function hasFailed(pod: StoredPod, job: Stored<Job>): boolean {
  if (pod.status?.phase === 'Failed') return true;
  return isLeaving(pod) && pod.status?.phase !== 'Succeeded' && !replacesOnlyEnded(job);
}

/** What a Job's failure policy says of a failed pod. */
export type FailureVerdict =
  | { readonly is: 'counts' }
  | { readonly is: 'ignored' }
  | { readonly is: 'fails index' }
  | { readonly is: 'fails job'; readonly message: string };

/** Asks the failure policy; the first rule that matches decides. */
export function verdictOn(pod: StoredPod, job: Stored<Job>): FailureVerdict {
  const rules = job.spec?.podFailurePolicy?.rules ?? [];
  for (const [index, rule] of rules.entries()) {
    const why = matches(rule, pod);
    if (why === undefined) continue;
    if (rule.action === 'Ignore') return { is: 'ignored' };
    if (rule.action === 'FailIndex') return { is: 'fails index' };
    if (rule.action === 'FailJob')
      return { is: 'fails job', message: `${why} matching FailJob rule at index ${index}` };
    return { is: 'counts' };
  }
  return { is: 'counts' };
}

function matches(rule: PodFailurePolicyRule, pod: StoredPod): string | undefined {
  const place = `${pod.metadata.namespace}/${pod.metadata.name}`;
  const condition = (rule.onPodConditions ?? []).find(
    ({ type, status = 'True' }) => podCondition(pod, type)?.status === status,
  );
  if (condition !== undefined) return `Pod ${place} has condition ${condition.type}`;
  if (rule.onExitCodes === undefined) return undefined;
  const { containerName, operator, values } = rule.onExitCodes;
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const found = statuses.find(({ name, state }) => {
    const code = state?.terminated?.exitCode ?? 0;
    if (code === 0 || (containerName !== undefined && name !== containerName)) return false;
    return values.includes(code) === (operator === 'In');
  });
  return found && `Container ${found.name} for pod ${place} failed with exit code ${found.state?.terminated?.exitCode}`;
}

/** When a pod ended: its last container, or where that is unknown when it was asked to go or was made. */
export function endOf(pod: StoredPod): number {
  const ends = (pod.status?.containerStatuses ?? []).flatMap(
    ({ state }) => timeOf(state?.terminated?.finishedAt) ?? [],
  );
  if (ends.length > 0) return Math.max(...ends);
  const { deletionTimestamp, creationTimestamp } = pod.metadata;
  const ready = timeOf(podCondition(pod, 'Ready')?.lastTransitionTime);
  return ready ?? timeOf(deletionTimestamp) ?? timeOf(creationTimestamp) ?? 0;
}

/** Whether containers that restart in place have used up the limit. */
export function hasRestartedTooOften(pods: readonly StoredPod[], job: Stored<Job>): boolean {
  if (job.spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  const restarts = pods
    .filter((pod) => isActive(pod) && pod.status?.phase !== 'Pending')
    .reduce((sum, pod) => sum + restartsOf(pod), 0);
  const limit = job.spec.backoffLimit ?? 6;
  return limit === 0 ? restarts > 0 : restarts >= limit;
}
