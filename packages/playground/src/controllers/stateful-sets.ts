/**
 * StatefulSets: pods with numbers, made and removed in order, renewed from the last to the first. Claims are always kept:
 * retention policies other than `Retain` are not there.
 */
import type { Pod, StatefulSet, StatefulSetStatus } from '@virtual-kubelet/kubernetes';
import { semanticEqual } from '@virtual-kubelet/kubernetes';
import type { ClusterView } from './cluster-view.js';
import type { Stored, StoredPod } from './kinds.js';
import { typed } from './cluster-view.js';
import type { Controller, Plan } from './controller.js';
import { noPlan } from './controller.js';
import { eventWrite } from './events.js';
import { scaled } from './int-or-percent.js';
import { claimPods, ownerKey } from './owned-pods.js';
import { countPods, hasEnded, isLeaving, isReady, untilAvailable } from './pod-state.js';
import type { Revisions } from './revisions.js';
import { revisionLabel, revisionsOf } from './revisions.js';
import type { SetRevision } from './stateful-pods.js';
import { ordinalOf, statefulPodWrites } from './stateful-pods.js';
import type { Write } from './write.js';
import { removeWrite, statusWrite } from './write.js';

const by = 'statefulset-controller';

/** Keeps StatefulSets. */
export const statefulSets: Controller = {
  name: 'statefulset',
  watches: ['apps/statefulsets', 'pods'],
  keysFor: ({ storage, key, object }) => (storage === 'pods' ? ownerKey(typed<Pod>(object), 'StatefulSet') : [key]),
  reconcile(key, view) {
    const set = view.get('apps/statefulsets', key);
    return set === undefined ? noPlan : planFor(set, view);
  },
};

interface Set {
  readonly set: Stored<StatefulSet>;
  readonly pods: readonly StoredPod[];
  readonly revisions: Revisions;
  readonly view: ClusterView;
}

function planFor(set: Stored<StatefulSet>, view: ClusterView): Plan {
  const claim = claimPods(view, set, set.spec?.selector);
  const pods = claim.pods.filter((pod) => ordinalOf(pod, set) !== undefined);
  const whole: Set = { set, pods, revisions: revisionsOf(set, view), view };
  const steps = set.metadata.deletionTimestamp === undefined ? stepsFor(whole) : [];
  const status = statusOf(whole);
  const { nextAvailable } = countPods(pods, minReady(set), view.now);
  const isSame = semanticEqual(status, set.status);
  const used = new Set([status.currentRevision ?? '', status.updateRevision ?? '']);
  return {
    writes: [
      ...claim.writes,
      ...whole.revisions.writes,
      ...(isSame ? [] : [statusWrite(set, status)]),
      ...steps,
      ...whole.revisions.cleanup(used),
    ],
    ...(nextAvailable === undefined ? {} : { again: nextAvailable }),
  };
}

function minReady(set: Stored<StatefulSet>): number {
  return set.spec?.minReadySeconds ?? 0;
}

function rangeOf({ spec }: Stored<StatefulSet>): { readonly start: number; readonly end: number } {
  const start = spec?.ordinals?.start ?? 0;
  return { start, end: start + (spec?.replicas ?? 1) };
}

function isHealthy(pod: StoredPod, { set, view }: Set): boolean {
  return !isLeaving(pod) && untilAvailable(pod, minReady(set), view.now) === 0;
}

function stepsFor(whole: Set): readonly Write[] {
  const { set } = whole;
  const inOrder = set.spec?.podManagementPolicy !== 'Parallel';
  const grown = growth(whole, inOrder);
  if (grown.writes.length > 0 || grown.isWaiting) return grown.writes;
  const shrunk = shrinkage(whole, inOrder);
  if (shrunk.writes.length > 0 || shrunk.isWaiting) return shrunk.writes;
  return set.spec?.updateStrategy?.type === 'OnDelete' ? [] : renewals(whole);
}

interface Steps {
  readonly writes: readonly Write[];
  /** Whether later steps wait for what these writes, or earlier ones, lead to. */
  readonly isWaiting: boolean;
}

/** Missing pods are made and ended ones replaced; in order each waits until the one before is available. */
function growth(whole: Set, inOrder: boolean): Steps {
  const { set, pods, view } = whole;
  const { start, end } = rangeOf(set);
  const writes: Write[] = [];
  for (let ordinal = start; ordinal < end; ordinal++) {
    const pod = pods.find((one) => ordinalOf(one, set) === ordinal);
    if (pod === undefined) writes.push(...creation(whole, ordinal));
    else if (hasEnded(pod) && !isLeaving(pod)) writes.push(removal(set, pod, view));
    const isFine = pod !== undefined && isHealthy(pod, whole);
    if (inOrder && !isFine) return { writes, isWaiting: true };
  }
  return { writes, isWaiting: false };
}

function creation(whole: Set, ordinal: number): readonly Write[] {
  const { set, view } = whole;
  const writes = statefulPodWrites(set, ordinal, { revision: revisionFor(whole, ordinal), view });
  const name = `${set.metadata.name}-${ordinal}`;
  const message = `create Pod ${name} in StatefulSet ${set.metadata.name} successful`;
  const told = (): readonly Write[] => [
    eventWrite(view, set, { by, type: 'Normal', reason: 'SuccessfulCreate', message }),
  ];
  const refused: NonNullable<Write['refused']> = ({ message: why = '' }) => [
    eventWrite(view, set, {
      by,
      type: 'Warning',
      reason: 'FailedCreate',
      message: `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${why}`,
    }),
  ];
  return writes.map((write, index) =>
    index === writes.length - 1 ? { ...write, done: told, refused } : { ...write, refused },
  );
}

/** Pods below the partition are made from the revision that was, all others from the one that is. */
function revisionFor({ set, revisions }: Set, ordinal: number): SetRevision {
  const present = { hash: revisions.hash, template: set.spec?.template ?? {} };
  const before = set.status?.currentRevision ?? '';
  const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  const template = revisions.templateOf(before);
  if (before === '' || before === revisions.present || template === undefined) return present;
  const isRolling = set.spec?.updateStrategy?.type !== 'OnDelete';
  if (isRolling && ordinal - rangeOf(set).start >= partition) return present;
  return { hash: before.slice(set.metadata.name.length + 1), template };
}

/** Pods beyond the range go from the last on; in order each waits until the one after it is gone and all others are well. */
function shrinkage(whole: Set, inOrder: boolean): Steps {
  const { set, pods, view } = whole;
  const { start, end } = rangeOf(set);
  const number = (pod: StoredPod): number => ordinalOf(pod, set) ?? 0;
  const spare = pods
    .filter((pod) => number(pod) < start || number(pod) >= end)
    .toSorted((a, b) => number(b) - number(a));
  if (spare.length === 0) return { writes: [], isWaiting: false };
  if (!inOrder)
    return { writes: spare.filter((pod) => !isLeaving(pod)).map((pod) => removal(set, pod, view)), isWaiting: false };
  const [last] = spare;
  const isBusy = last === undefined || isLeaving(last);
  return { writes: isBusy ? [] : [removal(set, last, view)], isWaiting: true };
}

/** Old pods go from the last on, as many at a time as may be missing. */
function renewals(whole: Set): readonly Write[] {
  const { set, pods, revisions, view } = whole;
  const { partition = 0, maxUnavailable = 1 } = set.spec?.updateStrategy?.rollingUpdate ?? {};
  const { start, end } = rangeOf(set);
  const allowed = Math.max(scaled(maxUnavailable, end - start, 'down'), 1);
  let missing = pods.filter((pod) => !isHealthy(pod, whole)).length;
  const writes: Write[] = [];
  for (let ordinal = end - 1; ordinal >= start + partition; ordinal--) {
    const pod = pods.find((one) => ordinalOf(one, set) === ordinal);
    if (pod === undefined || isLeaving(pod)) continue;
    if (pod.metadata.labels?.[revisionLabel] === revisions.hash) continue;
    const isBroken = !isHealthy(pod, whole);
    if (!isBroken && missing >= allowed) break;
    if (!isBroken) missing++;
    writes.push(removal(set, pod, view));
  }
  return writes;
}

function removal(set: Stored<StatefulSet>, pod: StoredPod, view: ClusterView): Write {
  const message = `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`;
  return {
    ...removeWrite(pod),
    done: () => [eventWrite(view, set, { by, type: 'Normal', reason: 'SuccessfulDelete', message })],
  };
}

function statusOf(whole: Set): StatefulSetStatus {
  const { set, pods, revisions, view } = whole;
  const alive = pods.filter((pod) => !hasEnded(pod));
  const { ready, available } = countPods(
    alive.filter((pod) => !isLeaving(pod)),
    minReady(set),
    view.now,
  );
  const hasRevision =
    (name: string) =>
    (pod: StoredPod): boolean =>
      `${set.metadata.name}-${pod.metadata.labels?.[revisionLabel]}` === name;
  const before = set.status?.currentRevision ?? revisions.present;
  const updated = alive.filter((pod) => !isLeaving(pod) && hasRevision(revisions.present)(pod)).length;
  const isWhole = updated === (set.spec?.replicas ?? 1) && alive.length === updated && alive.every(isReady);
  const current =
    isWhole && (set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0) === 0 ? revisions.present : before;
  return {
    replicas: alive.length,
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    availableReplicas: available,
    currentReplicas: alive.filter((pod) => !isLeaving(pod) && hasRevision(current)(pod)).length,
    updatedReplicas: updated,
    currentRevision: current,
    updateRevision: revisions.present,
    observedGeneration: set.metadata.generation ?? 0,
    collisionCount: set.status?.collisionCount ?? 0,
  };
}
