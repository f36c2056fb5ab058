/**
 * Garbage collection by owner: what nobody owns any more goes (background), owners wait for what they own (foreground), or
 * let it go free (orphan). What an owner of an unknown kind owns is left alone.
 */
import type { OwnerReference } from '@virtual-kubelet/kubernetes';
import type { StoreEvent } from '../store/history.js';
import type { StoredObject } from '../store/object.js';
import type { ClusterView, Located } from './cluster-view.js';
import type { Controller, Plan } from './controller.js';
import { noPlan } from './controller.js';
import type { RemoveOptions, Write } from './write.js';
import { patchWrite, removeWrite } from './write.js';

/** Collects what nobody owns. Keys are UIDs. */
export const garbageCollector: Controller = {
  name: 'garbage-collector',
  watches: 'all',
  keysFor: keysFor,
  reconcile(uid, view) {
    const found = view.ofUid(uid);
    return found === undefined ? noPlan : planFor(found.object, view);
  },
};

function keysFor(event: StoreEvent, view: ClusterView): readonly string[] {
  const { uid, ownerReferences = [], deletionTimestamp, finalizers = [] } = event.object.metadata;
  const owned = (): readonly string[] => view.ownedBy(uid).map(({ object }) => object.metadata.uid);
  const owners = (): readonly string[] =>
    ownerReferences.filter((one) => isWaiting(view.ofUid(one.uid)?.object)).map((one) => one.uid);
  if (event.type === 'DELETED') return [...owned(), ...owners()];
  const isOwned = ownerReferences.length > 0 && ownerReferences !== event.previous?.metadata.ownerReferences;
  const isPropagating = deletionTimestamp !== undefined && finalizers.length > 0;
  const begins = isPropagating && event.previous?.metadata.deletionTimestamp === undefined;
  return [
    ...(isOwned || isPropagating ? [uid] : []),
    ...(begins ? owned() : []),
    ...(deletionTimestamp === undefined ? [] : owners()),
  ];
}

/** Whether an owner waits for what it owns. */
function isWaiting(object: StoredObject | undefined): boolean {
  return (
    object?.metadata.deletionTimestamp !== undefined &&
    object.metadata.finalizers?.includes('foregroundDeletion') === true
  );
}

function planFor(object: StoredObject, view: ClusterView): Plan {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  if (deletionTimestamp !== undefined && finalizers.includes('orphan')) return { writes: setFree(object, view) };
  if (isWaiting(object)) return { writes: finishForeground(object, view) };
  if (deletionTimestamp !== undefined) return noPlan;
  return { writes: collect(object, view) };
}

function setFree(object: StoredObject, view: ClusterView): readonly Write[] {
  const { uid } = object.metadata;
  const freed = view.ownedBy(uid).map((one) => withoutOwners(one.object, (owner) => owner.uid === uid));
  return [...freed, withoutFinalizer(object, 'orphan')];
}

function finishForeground(object: StoredObject, view: ClusterView): readonly Write[] {
  const { uid } = object.metadata;
  const blocking = view
    .ownedBy(uid)
    .filter(
      (one) =>
        one.object.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true) ===
        true,
    );
  if (blocking.length === 0) return [withoutFinalizer(object, 'foregroundDeletion')];
  return view
    .ownedBy(uid)
    .filter(isUntouched)
    .flatMap((one) => collect(one.object, view));
}

function isUntouched({ object }: Located): boolean {
  return object.metadata.deletionTimestamp === undefined;
}

function withoutFinalizer(object: StoredObject, name: string): Write {
  const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== name);
  return patchWrite(object, { metadata: { finalizers } });
}

function withoutOwners(object: StoredObject, which: (owner: OwnerReference) => boolean): Write {
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter((owner) => !which(owner));
  return patchWrite(object, { metadata: { uid: object.metadata.uid, ownerReferences } });
}

type OwnerState = 'there' | 'waiting' | 'gone';

/** An owner is there when the cluster has it where it can own this; one whose kind nobody knows counts as there. */
function stateOf(owner: OwnerReference, object: StoredObject, view: ClusterView): OwnerState {
  const found = view.ofUid(owner.uid)?.object;
  if (found === undefined) return view.served.ofKind(owner.apiVersion, owner.kind) === undefined ? 'there' : 'gone';
  const { namespace } = found.metadata;
  if (namespace !== undefined && namespace !== object.metadata.namespace) return 'gone';
  return isWaiting(found) ? 'waiting' : 'there';
}

/** Removes what has no owner left; of several owners only those that are gone are forgotten. */
function collect(object: StoredObject, view: ClusterView): readonly Write[] {
  const owners = object.metadata.ownerReferences ?? [];
  const states = owners.map((owner) => stateOf(owner, object, view));
  if (owners.length === 0 || states.every((state) => state === 'there')) return [];
  if (states.includes('there')) {
    const lost = new Set(owners.filter((_, index) => states[index] !== 'there').map((owner) => owner.uid));
    return [withoutOwners(object, (owner) => lost.has(owner.uid))];
  }
  const hasOwn = view.ownedBy(object.metadata.uid).length > 0;
  return [removeWrite(object, { propagation: propagationOf(object, states.includes('waiting') && hasOwn) })];
}

function propagationOf(object: StoredObject, isForeground: boolean): NonNullable<RemoveOptions['propagation']> {
  const { finalizers = [] } = object.metadata;
  if (finalizers.includes('orphan')) return 'Orphan';
  return isForeground || finalizers.includes('foregroundDeletion') ? 'Foreground' : 'Background';
}
