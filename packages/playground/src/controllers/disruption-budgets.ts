/** PodDisruptionBudgets: how many more pods may be evicted now. */
import type {
  Deployment,
  Pod,
  PodDisruptionBudget,
  PodDisruptionBudgetStatus,
  ReplicaSet,
  StatefulSet,
} from '@virtual-kubelet/kubernetes';
import { matchesLabels, semanticEqual } from '@virtual-kubelet/kubernetes';
import type { ClusterView } from './cluster-view.js';
import type { Stored, StoredPod } from './kinds.js';
import { controllerOf, typed } from './cluster-view.js';
import { withCondition } from '../store/conditions.js';
import type { Controller, Plan } from './controller.js';
import { noPlan } from './controller.js';
import { scaled } from './int-or-percent.js';
import { selectionOf } from './owned-pods.js';
import { hasEnded, isLeaving, isReady } from './pod-state.js';
import { timeOf } from './times.js';
import { statusWrite } from './write.js';

const budgets = 'policy/poddisruptionbudgets';
/** An eviction that led to no deletion within this time does not count any more; milliseconds. */
const patience = 120_000;

type Budget = Stored<PodDisruptionBudget>;

/** Keeps the status of PodDisruptionBudgets. */
export const disruptionBudgets: Controller = {
  name: 'disruption',
  watches: [budgets, 'pods', 'apps/deployments', 'apps/replicasets', 'apps/statefulsets'],
  keysFor({ storage, key, object, previous }, view) {
    if (storage === budgets) return [key];
    const { namespace = '' } = object.metadata;
    const all = view.list(budgets, namespace);
    const pods = [object, ...(previous === undefined ? [] : [previous])].map((each) => typed<Pod>(each));
    const concerned = storage === 'pods' ? all.filter((one) => pods.some(selectionOfBudget(one))) : all;
    return concerned.map(({ metadata }) => `${namespace}/${metadata.name}`);
  },
  reconcile(key, view) {
    const budget = view.get(budgets, key);
    return budget === undefined ? noPlan : planFor(budget, view);
  },
};

function selectionOfBudget({ spec }: Budget): (pod: StoredPod) => boolean {
  const requirements = selectionOf(spec?.selector);
  return (pod) => matchesLabels(requirements, pod.metadata.labels);
}

function planFor(budget: Budget, view: ClusterView): Plan {
  const selects = selectionOfBudget(budget);
  const pods = view.list('pods', budget.metadata.namespace).filter((pod) => selects(pod) && !hasEnded(pod));
  const disruptedPods = stillDisrupted(budget, pods, view.now);
  const status = statusOf(budget, { pods, disruptedPods, view });
  const left = Object.values(disruptedPods).map((since) => (timeOf(since) ?? 0) + patience - view.now);
  return {
    writes: semanticEqual(status, budget.status) ? [] : [statusWrite(budget, status)],
    ...(left.length === 0 ? {} : { again: Math.min(...left) }),
  };
}

/** Evicted pods that are not seen leaving yet. */
function stillDisrupted(budget: Budget, pods: readonly StoredPod[], now: number): Readonly<Record<string, string>> {
  const waiting = new Set(pods.filter((pod) => !isLeaving(pod)).map(({ metadata }) => metadata.name));
  const entries = Object.entries(budget.status?.disruptedPods ?? {});
  return Object.fromEntries(
    entries.filter(([name, since]) => waiting.has(name) && (timeOf(since) ?? 0) + patience > now),
  );
}

interface Counting {
  readonly pods: readonly StoredPod[];
  readonly disruptedPods: Readonly<Record<string, string>>;
  readonly view: ClusterView;
}

function statusOf(budget: Budget, { pods, disruptedPods, view }: Counting): PodDisruptionBudgetStatus {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  const isAbsolute = typeof minAvailable === 'number';
  const expected = isAbsolute ? pods.length : expectedCount(pods, view);
  const desired =
    maxUnavailable === undefined
      ? scaled(minAvailable, expected, 'up')
      : Math.max(expected - scaled(maxUnavailable, expected, 'up'), 0);
  const healthy = pods.filter(
    (pod) => isReady(pod) && !isLeaving(pod) && !Object.hasOwn(disruptedPods, pod.metadata.name),
  ).length;
  const allowed = expected > 0 ? Math.max(healthy - desired, 0) : 0;
  const observedGeneration = budget.metadata.generation ?? 0;
  const condition = {
    type: 'DisruptionAllowed',
    status: allowed > 0 ? 'True' : 'False',
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    lastTransitionTime: '',
    observedGeneration,
  };
  return {
    conditions: withCondition(budget.status?.conditions, condition, view.now),
    currentHealthy: healthy,
    desiredHealthy: desired,
    disruptionsAllowed: allowed,
    expectedPods: expected,
    observedGeneration,
    ...(Object.keys(disruptedPods).length === 0 ? {} : { disruptedPods }),
  };
}

/** The pods that the owners want, not those that happen to be there. */
function expectedCount(pods: readonly StoredPod[], view: ClusterView): number {
  const sizes = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    const [uid, size] = owner === undefined ? [pod.metadata.uid, 1] : sizeOf(owner.uid, view);
    sizes.set(uid, size);
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** The size of what manages pods: of the Deployment where it is one of its ReplicaSets. */
function sizeOf(uid: string, view: ClusterView): readonly [string, number] {
  const found = view.ofUid(uid)?.object;
  if (found === undefined) return [uid, 0];
  const above = controllerOf(found);
  if (found.kind === 'ReplicaSet' && above !== undefined) {
    const deployment = view.ofUid(above.uid)?.object;
    if (deployment !== undefined) return [above.uid, typed<Deployment>(deployment).spec?.replicas ?? 1];
  }
  return [uid, typed<ReplicaSet | StatefulSet>(found).spec?.replicas ?? 1];
}
