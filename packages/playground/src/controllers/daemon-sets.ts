/** DaemonSets: one pod on every node that fits, renewed node by node. */
import type { DaemonSet, DaemonSetStatus, Node, Pod } from '@virtual-kubelet/kubernetes';
import { semanticEqual } from '@virtual-kubelet/kubernetes';
import type { ClusterView } from './cluster-view.js';
import type { Stored, StoredPod } from './kinds.js';
import { typed } from './cluster-view.js';
import type { Controller, Plan } from './controller.js';
import { noPlan } from './controller.js';
import type { DaemonWish } from './daemon-nodes.js';
import { nodeOf, specFor, wishFor } from './daemon-nodes.js';
import { scaled } from './int-or-percent.js';
import { claimPods, ownerKey } from './owned-pods.js';
import { hasEnded, isActive, isLeaving, isReady, untilAvailable } from './pod-state.js';
import { podWrite } from './pod-template.js';
import type { Revisions } from './revisions.js';
import { revisionLabel, revisionsOf } from './revisions.js';
import { toldCreation, toldRemoval } from './told-pods.js';
import type { Write } from './write.js';
import { statusWrite } from './write.js';

const by = 'daemonset-controller';

/** Keeps DaemonSets. */
export const daemonSets: Controller = {
  name: 'daemonset',
  watches: ['apps/daemonsets', 'nodes', 'pods'],
  keysFor({ storage, key, object, previous }, view) {
    if (storage === 'apps/daemonsets') return [key];
    if (storage === 'pods') return ownerKey(typed<Pod>(object), 'DaemonSet');
    const isSame =
      semanticEqual(object.spec, previous?.spec) && semanticEqual(object.metadata.labels, previous?.metadata.labels);
    return previous !== undefined && isSame
      ? []
      : view.list('apps/daemonsets').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  },
  reconcile(key, view) {
    const set = view.get('apps/daemonsets', key);
    return set === undefined ? noPlan : planFor(set, view);
  },
};

/** A node with what the set wants of it and has on it. */
interface Place {
  readonly node: string;
  readonly wish: DaemonWish;
  readonly pods: readonly StoredPod[];
}

interface Daemons {
  readonly set: Stored<DaemonSet>;
  readonly places: readonly Place[];
  readonly revisions: Revisions;
  readonly view: ClusterView;
}

function planFor(set: Stored<DaemonSet>, view: ClusterView): Plan {
  const claim = claimPods(view, set, set.spec?.selector);
  const daemons: Daemons = { set, places: placesOf(set, claim.pods, view), revisions: revisionsOf(set, view), view };
  const writes = [...claim.writes, ...daemons.revisions.writes];
  if (set.metadata.deletionTimestamp !== undefined) return statusPlan(daemons, claim.writes);
  const steps = [...daemons.places.flatMap((place) => manage(place, daemons)), ...strays(daemons, claim.pods)];
  if (steps.length > 0) return { writes: [...writes, ...steps] };
  const renewed = set.spec?.updateStrategy?.type === 'OnDelete' ? [] : renewals(daemons);
  if (renewed.length > 0) return { writes: [...writes, ...renewed] };
  return statusPlan(daemons, [...writes, ...daemons.revisions.cleanup(inUse(claim.pods, set))]);
}

function inUse(pods: readonly StoredPod[], set: Stored<DaemonSet>): ReadonlySet<string> {
  return new Set(pods.map((pod) => `${set.metadata.name}-${pod.metadata.labels?.[revisionLabel]}`));
}

function placesOf(set: Stored<DaemonSet>, pods: readonly StoredPod[], view: ClusterView): readonly Place[] {
  const byNode = new Map<string, StoredPod[]>();
  for (const pod of pods) {
    const node = nodeOf(pod.spec);
    byNode.set(node, [...(byNode.get(node) ?? []), pod]);
  }
  return view.list('nodes').map((node: Stored<Node>) => ({
    node: node.metadata.name,
    wish: wishFor(node, set.spec?.template.spec),
    pods: byNode.get(node.metadata.name) ?? [],
  }));
}

/** Pods meant for nodes that are not there and on which they never ran. */
function strays({ places, set, view }: Daemons, pods: readonly StoredPod[]): readonly Write[] {
  const nodes = new Set(places.map(({ node }) => node));
  return pods
    .filter((pod) => isActive(pod) && (pod.spec?.nodeName ?? '') === '' && !nodes.has(nodeOf(pod.spec)))
    .map((pod) => removal(set, pod, view));
}

/** A missing pod is made, one too many or out of place is removed, one that failed is replaced. */
function manage({ node, wish, pods }: Place, daemons: Daemons): readonly Write[] {
  const { set, view } = daemons;
  const ended = pods.filter((pod) => hasEnded(pod) && !isLeaving(pod));
  const active = pods.filter(isActive);
  if (!wish.mayStay) return [...active, ...ended].map((pod) => removal(set, pod, view));
  const replaced = ended.map((pod) => removal(set, pod, view));
  if (replaced.length > 0 || !wish.shouldRun) return replaced;
  const isFree = pods.length === 0;
  const twins = surge(daemons) > 0 ? [] : active.slice(1);
  return isFree ? [creation(node, daemons)] : twins.map((pod) => removal(set, pod, view));
}

function isNew(pod: StoredPod, { revisions }: Daemons): boolean {
  return pod.metadata.labels?.[revisionLabel] === revisions.hash;
}

function surge({ set, places }: Daemons): number {
  return scaled(set.spec?.updateStrategy?.rollingUpdate?.maxSurge ?? 0, wantedPlaces(places).length, 'up');
}

function wantedPlaces(places: readonly Place[]): readonly Place[] {
  return places.filter(({ wish }) => wish.shouldRun);
}

function isAvailable(pod: StoredPod, { set, view }: Daemons): boolean {
  return isActive(pod) && untilAvailable(pod, set.spec?.minReadySeconds ?? 0, view.now) === 0;
}

/** Old pods go as long as few enough are missing; with a surge a new one comes first. */
function renewals(daemons: Daemons): readonly Write[] {
  const { set, places, view } = daemons;
  const wanted = wantedPlaces(places);
  const most = surge(daemons);
  if (most > 0) return surges(daemons, most);
  const allowed = Math.max(
    scaled(set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted.length, 'up'),
    1,
  );
  const missing = wanted.filter(({ pods }) => !pods.some((pod) => isAvailable(pod, daemons))).length;
  const old = wanted.flatMap(({ pods }) => pods.filter((pod) => isActive(pod) && !isNew(pod, daemons)));
  const broken = old.filter((pod) => !isAvailable(pod, daemons));
  const fine = old.filter((pod) => isAvailable(pod, daemons)).slice(0, Math.max(allowed - missing, 0));
  return [...broken, ...fine].map((pod) => removal(set, pod, view));
}

function surges(daemons: Daemons, most: number): readonly Write[] {
  const { set, places, view } = daemons;
  const changing = wantedPlaces(places)
    .map((place) => ({
      place,
      old: place.pods.filter((pod) => isActive(pod) && !isNew(pod, daemons)),
      fresh: place.pods.filter((pod) => isActive(pod) && isNew(pod, daemons)),
    }))
    .filter(({ old }) => old.length > 0);
  const done = changing.filter(
    ({ fresh, old }) => fresh.some((pod) => isAvailable(pod, daemons)) || !old.some((pod) => isAvailable(pod, daemons)),
  );
  const under = changing.filter(({ fresh }) => fresh.length > 0).length;
  const next = changing
    .filter(({ fresh, place }) => fresh.length === 0 && !place.pods.some(isLeaving))
    .slice(0, Math.max(most - under, 0));
  return [
    ...done.filter(({ fresh }) => fresh.length > 0).flatMap(({ old }) => old.map((pod) => removal(set, pod, view))),
    ...next.map(({ place }) => creation(place.node, daemons)),
  ];
}

function creation(node: string, { set, revisions, view }: Daemons): Write {
  const template = set.spec?.template ?? {};
  const pod = podWrite(set, template, {
    labels: { [revisionLabel]: revisions.hash },
    spec: (spec) => specFor(node, spec),
  });
  return toldCreation(pod, { by, owner: set, view });
}

function removal(owner: Stored<DaemonSet>, pod: StoredPod, view: ClusterView): Write {
  return toldRemoval(pod, { by, owner, view });
}

function statusPlan(daemons: Daemons, writes: readonly Write[]): Plan {
  const { set, places, view } = daemons;
  const status = statusOf(daemons);
  const waits = places
    .flatMap(({ pods }) => pods)
    .flatMap((pod) => untilAvailable(pod, set.spec?.minReadySeconds ?? 0, view.now) ?? [])
    .filter((time) => time > 0);
  return {
    writes: [...writes, ...(semanticEqual(status, set.status) ? [] : [statusWrite(set, status)])],
    ...(waits.length === 0 ? {} : { again: Math.min(...waits) }),
  };
}

function statusOf(daemons: Daemons): DaemonSetStatus {
  const { set, places } = daemons;
  const wanted = wantedPlaces(places);
  const has = (test: (pod: StoredPod) => boolean): number =>
    wanted.filter(({ pods }) => pods.some((pod) => isActive(pod) && test(pod))).length;
  const available = has((pod) => isAvailable(pod, daemons));
  const updated = has((pod) => isNew(pod, daemons));
  const missing = wanted.length - available;
  const { collisionCount } = set.status ?? {};
  return {
    currentNumberScheduled: has(() => true),
    desiredNumberScheduled: wanted.length,
    numberMisscheduled: places.filter(({ wish, pods }) => !wish.shouldRun && pods.some(isActive)).length,
    numberReady: has(isReady),
    observedGeneration: set.metadata.generation ?? 0,
    ...(updated === 0 ? {} : { updatedNumberScheduled: updated }),
    ...(available === 0 ? {} : { numberAvailable: available }),
    ...(missing === 0 ? {} : { numberUnavailable: missing }),
    ...(collisionCount === undefined ? {} : { collisionCount }),
  };
}
