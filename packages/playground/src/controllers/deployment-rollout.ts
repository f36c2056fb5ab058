/**
 * How large each ReplicaSet of a Deployment is next. Pure. The newest grows as long as there are not too many pods; the
 * others shrink as long as enough are available (k8s.io/kubernetes:pkg/controller/deployment).
 */
import type { Deployment, Pod, ReplicaSet } from '@virtual-kubelet/kubernetes';
import type { ClusterView } from './cluster-view.js';
import type { Stored } from './kinds.js';
import { scaled } from './int-or-percent.js';
import { managedBy } from './owned-pods.js';
import { hasEnded } from './pod-state.js';

/** Annotation with the size for which a ReplicaSet was scaled last. */
export const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';

/** A Deployment with its ReplicaSets. */
export interface Rollout {
  readonly deployment: Stored<Deployment>;
  readonly sets: readonly Stored<ReplicaSet>[];
  /** The ReplicaSet of the present template. */
  readonly newest: Stored<ReplicaSet> | undefined;
  readonly view: ClusterView;
}

/** A ReplicaSet as far as sizes go. */
export interface SizedSet {
  readonly name: string;
  readonly replicas: number;
  readonly available: number;
}

/** How many pods there may be. */
export interface Bounds {
  readonly desired: number;
  /** Pods that may be there at the same time. */
  readonly most: number;
  /** Pods that may be missing. */
  readonly unavailable: number;
}

/** How many pods a Deployment may have at once. */
export function sizeBounds(deployment: Stored<Deployment>): Bounds {
  const { replicas: desired = 1, strategy } = deployment.spec ?? {};
  if (strategy?.type === 'Recreate') return { desired, most: desired, unavailable: desired };
  const { maxSurge = '25%', maxUnavailable = '25%' } = strategy?.rollingUpdate ?? {};
  const surge = scaled(maxSurge, desired, 'up');
  const unavailable = scaled(maxUnavailable, desired, 'down');
  return {
    desired,
    most: desired + (desired === 0 ? 0 : surge),
    unavailable: Math.min(surge === 0 && unavailable === 0 ? 1 : unavailable, desired),
  };
}

function total(sets: readonly SizedSet[], of: (set: SizedSet) => number): number {
  return sets.reduce((sum, set) => sum + of(set), 0);
}

/** The size of the newest set beside the others. */
export function sizeOfNewest(deployment: Stored<Deployment>, others: readonly SizedSet[], present: number): number {
  const { desired, most } = sizeBounds(deployment);
  if (present >= desired || deployment.spec?.strategy?.type === 'Recreate') return desired;
  const room = most - total(others, (set) => set.replicas) - present;
  return room <= 0 ? present : present + Math.min(room, desired - present);
}

/** New sizes by name, of the sets whose size changes. Old ones oldest first. */
export function nextSizes(
  place: Rollout,
  old: readonly SizedSet[],
  newest: SizedSet | undefined,
): ReadonlyMap<string, number> {
  const { deployment, sets, view } = place;
  if (deployment.spec?.paused === true) return proportional(deployment, [...old, ...(newest ? [newest] : [])]);
  if (deployment.spec?.strategy?.type === 'Recreate') {
    const shrunk = old.filter((set) => set.replicas > 0);
    if (shrunk.length > 0) return new Map(shrunk.map((set) => [set.name, 0]));
    const others = sets.filter((set) => set.metadata.name !== newest?.name);
    const { desired } = sizeBounds(deployment);
    return newest === undefined || newest.replicas === desired || hasOldPods(others, view)
      ? new Map()
      : new Map([[newest.name, desired]]);
  }
  if (newest === undefined) return new Map();
  const isScaling = total(old, (set) => set.replicas) > 0 && hasNewSize(place);
  if (isScaling) return proportional(deployment, [...old, newest]);
  const next = sizeOfNewest(deployment, old, newest.replicas);
  return next === newest.replicas ? shrinkOld(deployment, old, newest) : new Map([[newest.name, next]]);
}

/** Whether the user asked for another size while more than one set has pods. */
function hasNewSize({ deployment, sets }: Rollout): boolean {
  const wanted = String(deployment.spec?.replicas ?? 1);
  return sets.some((set) => {
    const noted = set.metadata.annotations?.[desiredAnnotation];
    return (set.spec?.replicas ?? 0) > 0 && noted !== undefined && noted !== wanted;
  });
}

/** First pods that are not available anyway, then as many as availability allows. */
function shrinkOld(
  deployment: Stored<Deployment>,
  old: readonly SizedSet[],
  newest: SizedSet,
): ReadonlyMap<string, number> {
  const { desired, unavailable } = sizeBounds(deployment);
  const least = desired - unavailable;
  const all = [...old, newest];
  const sizes = new Map(old.map((set) => [set.name, set.replicas]));
  let broken = total(all, (set) => set.replicas) - least - (newest.replicas - newest.available);
  if (broken <= 0) return new Map();
  for (const set of old) {
    const step = Math.min(broken, Math.max(set.replicas - set.available, 0));
    sizes.set(set.name, set.replicas - step);
    broken -= step;
  }
  let spare = total(all, (set) => set.available) - least;
  for (const set of old) {
    const size = sizes.get(set.name) ?? 0;
    const step = Math.max(Math.min(size, spare), 0);
    sizes.set(set.name, size - step);
    spare -= step;
  }
  return sizes;
}

/** A change of size during a rollout is shared among the sets by their sizes; what is left over goes to the largest. */
function proportional(deployment: Stored<Deployment>, sets: readonly SizedSet[]): ReadonlyMap<string, number> {
  const active = sets.filter((set) => set.replicas > 0);
  const { desired, most } = sizeBounds(deployment);
  const [only] = active;
  if (active.length <= 1) {
    const set = only ?? sets.at(-1);
    return set === undefined ? new Map() : new Map([[set.name, desired]]);
  }
  const now = total(active, (set) => set.replicas);
  const sizes = new Map<string, number>();
  let left = most - now;
  for (const set of active.toSorted((a, b) => b.replicas - a.replicas)) {
    const share = Math.round((set.replicas * (most - now)) / now);
    const step = left > 0 ? Math.min(Math.max(share, 0), left) : Math.max(Math.min(share, 0), left);
    sizes.set(set.name, Math.max(set.replicas + step, 0));
    left -= step;
  }
  const largest = active.toSorted((a, b) => b.replicas - a.replicas)[0];
  if (largest !== undefined && left !== 0) sizes.set(largest.name, Math.max((sizes.get(largest.name) ?? 0) + left, 0));
  return sizes;
}

/** Whether any pod of these sets has not ended. */
export function hasOldPods(sets: readonly Stored<ReplicaSet>[], view: ClusterView): boolean {
  return sets.some(
    (set) => (set.status?.replicas ?? 0) > 0 || managedBy<Pod>(view, set, 'pods').some((pod) => !hasEnded(pod)),
  );
}
