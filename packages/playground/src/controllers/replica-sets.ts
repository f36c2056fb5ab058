/** ReplicaSets: as many pods as wanted, and a status that says how many there are. */
import type { Pod, ReplicaSet, ReplicaSetCondition, ReplicaSetStatus, Status } from '@virtual-kubelet/kubernetes';
import { matchesLabels, semanticEqual } from '@virtual-kubelet/kubernetes';
import type { StoreEvent } from '../store/history.js';
import type { ClusterView } from './cluster-view.js';
import type { Stored, StoredPod } from './kinds.js';
import { controllerOf, typed } from './cluster-view.js';
import { conditionOf, withCondition, withoutCondition } from '../store/conditions.js';
import type { Controller, Plan } from './controller.js';
import { noPlan } from './controller.js';
import { deletionOrder } from './deletion-order.js';
import { claimPods, ownerKey, selectionOf } from './owned-pods.js';
import { countPods, hasEnded, isActive, isLeaving } from './pod-state.js';
import { podWrite } from './pod-template.js';
import { withoutZeros } from './without-zeros.js';
import { toldCreation, toldRefusal, toldRemoval } from './told-pods.js';
import type { Write } from './write.js';
import { statusWrite } from './write.js';

const by = 'replicaset-controller';
/** Pods made or deleted in one go; the rest follows when those are seen. */
const burst = 500;

/** Keeps ReplicaSets. */
export const replicaSets: Controller = {
  name: 'replicaset',
  watches: ['apps/replicasets', 'pods'],
  keysFor: (event, view) => (event.storage === 'pods' ? keysForPod(event, view) : [event.key]),
  reconcile(key, view) {
    const set = view.get('apps/replicasets', key);
    return set === undefined ? noPlan : planFor(set, view);
  },
};

function keysForPod(event: StoreEvent, view: ClusterView): readonly string[] {
  const pod = typed<Pod>(event.object);
  const before = event.previous === undefined ? [] : ownerKey(typed<Pod>(event.previous), 'ReplicaSet');
  const owner = ownerKey(pod, 'ReplicaSet');
  if (controllerOf(pod) !== undefined || event.type === 'DELETED') return [...new Set([...before, ...owner])];
  const selecting = view
    .list('apps/replicasets', pod.metadata.namespace)
    .filter((set) => matchesLabels(selectionOf(set.spec?.selector), pod.metadata.labels));
  return [...before, ...selecting.map((set) => `${set.metadata.namespace}/${set.metadata.name}`)];
}

function planFor(set: Stored<ReplicaSet>, view: ClusterView): Plan {
  const claim = claimPods(view, set, set.spec?.selector);
  const active = claim.pods.filter(isActive);
  const missing = (set.spec?.replicas ?? 1) - active.length;
  if (set.metadata.deletionTimestamp === undefined && missing !== 0) {
    const steps =
      missing > 0 ? creations(set, Math.min(missing, burst), view) : removals(set, active, { count: -missing, view });
    // What was made or deleted brings this set back here, and then its status is written.
    return { writes: [...claim.writes, ...steps] };
  }
  const { minReadySeconds = 0 } = set.spec ?? {};
  const { nextAvailable } = countPods(active, minReadySeconds, view.now);
  const status = statusOf(set, claim.pods, view);
  const isSame = semanticEqual(status, set.status);
  return {
    writes: [...claim.writes, ...(isSame ? [] : [statusWrite(set, status)])],
    ...(nextAvailable === undefined ? {} : { again: nextAvailable }),
  };
}

function creations(set: Stored<ReplicaSet>, count: number, view: ClusterView): readonly Write[] {
  const template = set.spec?.template;
  if (template === undefined) return [];
  const write: Write = {
    ...toldCreation(podWrite(set, template), { by, owner: set, view }),
    refused: (status) => refusedCreation(set, status, view),
  };
  return Array.from({ length: count }, () => write);
}

function refusedCreation(set: Stored<ReplicaSet>, status: Status, view: ClusterView): readonly Write[] {
  // In a namespace that goes away nothing can be made, and nobody needs to hear it.
  if (status.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') === true) return [];
  // Told once, until pods can be made again: the text may name a generated name, another one each time.
  if (conditionOf(set.status?.conditions, 'ReplicaFailure')?.status === 'True') return [];
  const message = status.message ?? '';
  const failure = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message };
  const next = statusOf(set, claimPods(view, set, set.spec?.selector).pods, view);
  const conditions = withCondition<ReplicaSetCondition>(set.status?.conditions, failure, view.now);
  return [toldRefusal(message, { by, owner: set, view }), statusWrite(set, { ...next, conditions })];
}

interface Removal {
  readonly count: number;
  readonly view: ClusterView;
}

function removals(set: Stored<ReplicaSet>, pods: readonly StoredPod[], { count, view }: Removal): readonly Write[] {
  return deletionOrder(pods)
    .slice(0, Math.min(count, burst))
    .map((pod) => toldRemoval(pod, { by, owner: set, view }));
}

function statusOf(set: Stored<ReplicaSet>, pods: readonly StoredPod[], view: ClusterView): ReplicaSetStatus {
  const active = pods.filter(isActive);
  const template = selectionOf({ matchLabels: set.spec?.template?.metadata?.labels ?? {} });
  const { ready, available } = countPods(active, set.spec?.minReadySeconds ?? 0, view.now);
  const conditions =
    conditionOf(set.status?.conditions, 'ReplicaFailure') && withoutCondition(set.status?.conditions, 'ReplicaFailure');
  const { conditions: before, ...rest } = set.status ?? { replicas: 0 };
  const kept = conditions ?? before ?? [];
  return {
    ...withoutZeros({
      ...rest,
      fullyLabeledReplicas: active.filter((pod) => matchesLabels(template, pod.metadata.labels)).length,
      readyReplicas: ready,
      availableReplicas: available,
      observedGeneration: set.metadata.generation ?? 0,
    }),
    replicas: active.length,
    terminatingReplicas: pods.filter((pod) => isLeaving(pod) && !hasEnded(pod)).length,
    ...(kept.length === 0 ? {} : { conditions: kept }),
  };
}
