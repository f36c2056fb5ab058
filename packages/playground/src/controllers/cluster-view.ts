/** What controllers see of the server: its objects, typed, and indexes that follow every write. */
import type { OwnerReference, Pod } from '@virtual-kubelet/kubernetes';
import type { StoreEvent } from '../store/history.js';
import type { StoredObject } from '../store/object.js';
import type { Served } from '../store/served.js';
import type { State } from '../store/state.js';
import type { Kinds, Stored, StoredPod } from './kinds.js';
import type { NodeUsage } from './node-usage.js';
import { nodeUsages } from './node-usage.js';

/** An object and where it is kept. */
export interface Located {
  readonly storage: string;
  readonly object: StoredObject;
}

/** The server as controllers see it at one moment. */
export interface ClusterView {
  /** Wall time in milliseconds since 1970. */
  readonly now: number;
  /** An object by `namespace/name`, or by name where it has no namespace. */
  get<K extends keyof Kinds>(storage: K, key: string): Stored<Kinds[K]> | undefined;
  /** Objects in the order of their keys. */
  list<K extends keyof Kinds>(storage: K, namespace?: string): readonly Stored<Kinds[K]>[];
  /** Objects of any resource, where their type does not matter. */
  objects(storage: string, namespace?: string): readonly StoredObject[];
  /** What is served, custom resources included. */
  readonly served: Served;
  ofUid(uid: string): Located | undefined;
  /** The objects that name this UID among their owners, oldest first. */
  ownedBy(uid: string): readonly Located[];
  /** The pods of a namespace that no controller owns. */
  orphanPods(namespace: string): readonly StoredPod[];
  /** What the pods of a node ask for. */
  usageOf(node: string): NodeUsage;
  /** PEM of the authority that `kube-root-ca.crt` carries. */
  readonly rootCertificate: string;
}

/** A view that is kept current: tell it of every event, in order, before anybody looks. */
export interface LiveView {
  readonly view: ClusterView;
  record(event: StoreEvent): void;
}

/** What a view is made of. */
export interface ViewOptions {
  readonly state: State;
  readonly served: () => Served;
  readonly now: () => number;
  readonly rootCertificate: string;
}

/** A view of a state. */
export function createView({ state, served, now, rootCertificate }: ViewOptions): LiveView {
  const places = new Map<string, { readonly storage: string; readonly key: string }>();
  const dependents = new Map<string, Set<string>>();
  const orphans = new Map<string, Map<string, StoredPod>>();
  const usages = nodeUsages();

  const locate = (uid: string): Located | undefined => {
    const place = places.get(uid);
    const object = place === undefined ? undefined : state.collection(place.storage).get(place.key);
    return place === undefined || object === undefined ? undefined : { storage: place.storage, object };
  };

  function recordOwners(event: StoreEvent): void {
    const { uid } = event.object.metadata;
    for (const owner of event.previous?.metadata.ownerReferences ?? []) dependents.get(owner.uid)?.delete(uid);
    if (event.type === 'DELETED') return;
    for (const owner of event.object.metadata.ownerReferences ?? []) {
      const owned = dependents.get(owner.uid) ?? new Set();
      dependents.set(owner.uid, owned.add(uid));
    }
  }

  function recordPod(event: StoreEvent): void {
    const pod = typed<Pod>(event.object);
    const { namespace = '' } = pod.metadata;
    const alone = orphans.get(namespace) ?? new Map<string, StoredPod>();
    orphans.set(namespace, alone);
    if (event.type === 'DELETED' || controllerOf(pod) !== undefined) alone.delete(event.key);
    else alone.set(event.key, pod);
    usages.record(event.previous && typed<Pod>(event.previous), event.type === 'DELETED' ? undefined : pod);
  }

  function record(event: StoreEvent): void {
    const { uid } = event.object.metadata;
    recordOwners(event);
    if (event.type === 'DELETED') {
      places.delete(uid);
      if (dependents.get(uid)?.size === 0) dependents.delete(uid);
    } else if (event.type === 'ADDED') places.set(uid, { storage: event.storage, key: event.key });
    if (event.storage === 'pods') recordPod(event);
  }

  const view: ClusterView = {
    get now() {
      return now();
    },
    get served() {
      return served();
    },
    rootCertificate,
    get: <K extends keyof Kinds>(storage: K, key: string) => {
      const found = state.collection(storage).get(key);
      return found === undefined ? undefined : typed<Kinds[K]>(found);
    },
    list: <K extends keyof Kinds>(storage: K, namespace?: string) =>
      state.collection(storage).objects(namespace) as unknown as readonly Stored<Kinds[K]>[],
    objects: (storage, namespace) => state.collection(storage).objects(namespace),
    ofUid: locate,
    ownedBy: (uid) => [...(dependents.get(uid) ?? [])].flatMap((each) => locate(each) ?? []),
    orphanPods: (namespace) => [...(orphans.get(namespace)?.values() ?? [])],
    usageOf: (node) => usages.of(node),
  };
  return { view, record };
}

/** A stored object as what its kind says it is: the store has given it the form of its type. */
export function typed<T>(object: StoredObject): Stored<T> {
  return object as unknown as Stored<T>;
}

/** The owner that manages an object, if there is one. */
export function controllerOf(object: {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] };
}): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}
