/** What the status of a Deployment says: counts, and whether it is available and moves on. */
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '@virtual-kubelet/kubernetes';
import { formatTime } from '@virtual-kubelet/kubernetes';
import type { Stored } from './kinds.js';
import { conditionOf, withCondition, withoutCondition } from '../store/conditions.js';
import type { Rollout } from './deployment-rollout.js';
import { sizeBounds } from './deployment-rollout.js';
import { timeOf } from './times.js';
import { withoutZeros } from './without-zeros.js';

type Conditions = readonly DeploymentCondition[];

/** The status that is true now. */
export function deploymentStatus(rollout: Rollout): DeploymentStatus {
  const { deployment, sets, newest, view } = rollout;
  const counts = countSets(rollout);
  const { desired, unavailable } = sizeBounds(deployment);
  const isAvailable = sum(sets, (set) => set.status?.availableReplicas) >= desired - unavailable;
  const available = withStamp(deployment.status?.conditions, availability(isAvailable), view.now);
  const conditions = withFailure(withProgress(available, rollout, counts), [newest, ...sets], view.now);
  return { ...counts, ...(conditions.length === 0 ? {} : { conditions }) };
}

function sum(sets: readonly Stored<ReplicaSet>[], of: (set: Stored<ReplicaSet>) => number | undefined): number {
  return sets.reduce((total, set) => total + (of(set) ?? 0), 0);
}

function countSets({ deployment, sets, newest }: Rollout): DeploymentStatus {
  const available = sum(sets, (set) => set.status?.availableReplicas);
  const { collisionCount } = deployment.status ?? {};
  return {
    ...withoutZeros({
      replicas: sum(sets, (set) => set.status?.replicas),
      updatedReplicas: newest?.status?.replicas ?? 0,
      readyReplicas: sum(sets, (set) => set.status?.readyReplicas),
      availableReplicas: available,
      unavailableReplicas: Math.max(sum(sets, (set) => set.spec?.replicas) - available, 0),
    }),
    terminatingReplicas: sum(sets, (set) => set.status?.terminatingReplicas),
    observedGeneration: deployment.metadata.generation ?? 0,
    ...(collisionCount === undefined ? {} : { collisionCount }),
  };
}

function availability(isAvailable: boolean): DeploymentCondition {
  return isAvailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

/** Conditions with one set and stamped; one with the same status and reason stays as it is. */
function withStamp(conditions: Conditions | undefined, next: DeploymentCondition, now: number): Conditions {
  const before = conditionOf(conditions, next.type ?? '');
  if (before !== undefined && before.status === next.status && before.reason === next.reason) return conditions ?? [];
  return withCondition(conditions, { ...next, lastUpdateTime: formatTime(now) }, now);
}

function withProgress(conditions: Conditions, rollout: Rollout, next: DeploymentStatus): Conditions {
  const { deployment, view } = rollout;
  if (!hasDeadline(deployment)) return withoutCondition(conditions, 'Progressing');
  const condition = progress(rollout, next);
  if (condition === undefined) return conditions;
  const isMoving = condition.reason === 'ReplicaSetUpdated';
  if (!isMoving) return withStamp(conditions, condition, view.now);
  // Each step forward moves the time from which the deadline counts.
  const before = conditionOf(conditions, 'Progressing');
  const since = before?.status === 'True' ? before.lastTransitionTime : undefined;
  const stamped = {
    ...condition,
    lastUpdateTime: formatTime(view.now),
    lastTransitionTime: since ?? formatTime(view.now),
  };
  return [...withoutCondition(conditions, 'Progressing'), stamped];
}

function hasDeadline(deployment: Stored<Deployment>): boolean {
  const { progressDeadlineSeconds = 600 } = deployment.spec ?? {};
  return progressDeadlineSeconds !== 2_147_483_647;
}

function progress(rollout: Rollout, next: DeploymentStatus): DeploymentCondition | undefined {
  const { deployment, newest, view } = rollout;
  const before = conditionOf(deployment.status?.conditions, 'Progressing');
  const subject =
    newest === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newest.metadata.name}"`;
  const made = (status: string, reason: string, message: string): DeploymentCondition => ({
    type: 'Progressing',
    status,
    reason,
    message,
  });
  const wasComplete =
    before?.reason === 'NewReplicaSetAvailable' && (next.replicas ?? 0) === (next.updatedReplicas ?? 0);
  if (deployment.spec?.paused === true) return made('Unknown', 'DeploymentPaused', 'Deployment is paused');
  if (wasComplete) return undefined;
  if (isComplete(deployment, next))
    return made('True', 'NewReplicaSetAvailable', `${subject} has successfully progressed.`);
  if (before === undefined || before.reason === 'DeploymentPaused') {
    const isNew =
      newest?.metadata.creationTimestamp === undefined
        ? undefined
        : `Created new replica set "${newest.metadata.name}"`;
    return isNew === undefined ? undefined : made('True', 'NewReplicaSetCreated', isNew);
  }
  if (hasMoved(deployment.status ?? {}, next)) return made('True', 'ReplicaSetUpdated', `${subject} is progressing.`);
  const left = progressDeadline(deployment, deployment.status ?? {}, view.now);
  return left === 0 ? made('False', 'ProgressDeadlineExceeded', `${subject} has timed out progressing.`) : undefined;
}

function isComplete(deployment: Stored<Deployment>, next: DeploymentStatus): boolean {
  const desired = deployment.spec?.replicas ?? 1;
  const counts = [next.updatedReplicas, next.replicas, next.availableReplicas];
  return counts.every((count) => (count ?? 0) === desired);
}

function hasMoved(before: DeploymentStatus, next: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  const grew = (of: (status: DeploymentStatus) => number | undefined): boolean => (of(next) ?? 0) > (of(before) ?? 0);
  return (
    grew((one) => one.updatedReplicas) ||
    old(next) < old(before) ||
    grew((one) => one.readyReplicas) ||
    grew((one) => one.availableReplicas)
  );
}

/** Milliseconds until a rollout that does not move counts as failed; undefined where nothing is under way. */
export function progressDeadline(
  deployment: Stored<Deployment>,
  status: DeploymentStatus,
  now: number,
): number | undefined {
  const condition = conditionOf(status.conditions, 'Progressing');
  const since = timeOf(condition?.lastUpdateTime);
  if (since === undefined || condition?.status !== 'True' || !hasDeadline(deployment)) return undefined;
  if (condition.reason === 'NewReplicaSetAvailable') return undefined;
  const seconds = deployment.spec?.progressDeadlineSeconds ?? 600;
  return Math.max(since + seconds * 1000 - now, 0);
}

function withFailure(
  conditions: Conditions,
  sets: readonly (Stored<ReplicaSet> | undefined)[],
  now: number,
): Conditions {
  const failures = sets.flatMap((set) => conditionOf(set?.status?.conditions, 'ReplicaFailure') ?? []);
  const [first] = failures;
  if (first === undefined) return withoutCondition(conditions, 'ReplicaFailure');
  const { status, reason, message } = first;
  const condition = { type: 'ReplicaFailure', status, reason: reason ?? '', message: message ?? '' };
  return withCondition(conditions, { ...condition, lastUpdateTime: formatTime(now) } as DeploymentCondition, now);
}
