import type { ApiObject, InformerEvent } from './api.js';

/** Finds objects by a key of one's own. */
export type IndexLookup<T> = (key: string) => readonly T[];

/** How a list becomes the truth. */
export interface Replacement<T> {
  /** What the list lacks is deleted, except what this no longer wants: that is forgotten. */
  readonly keep: (object: T) => boolean;
  /** Whether an equal version means an equal object; not so when the server's past was replaced. */
  readonly trustVersions: boolean;
}

/** The objects an informer knows. Every change answers with what happened, in order. */
export interface ObjectStore<T> {
  byUid(uid: string): T | undefined;
  byName(namespace: string, name: string): T | undefined;
  values(): IterableIterator<T>;
  readonly size: number;
  /** Adds or replaces. The same version again is no change. */
  put(object: T): readonly InformerEvent<T>[];
  /** `last` is the state at the deletion, if known. */
  remove(uid: string, last?: T): readonly InformerEvent<T>[];
  /** Takes an object out that was not deleted. Tells nobody. */
  forget(uid: string): void;
  /** Makes a consistent list the truth. */
  replace(objects: readonly T[], how: Replacement<T>): readonly InformerEvent<T>[];
  /** Keeps an index from now on. An undefined key leaves the object out. */
  index(keyOf: (object: T) => string | undefined): IndexLookup<T>;
}

function uidOf(object: ApiObject): string {
  return object.metadata?.uid ?? '';
}

function nameKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function nameOf({ metadata }: ApiObject): string {
  return nameKey(metadata?.namespace ?? '', metadata?.name ?? '');
}

interface Index<T> {
  add(object: T): void;
  drop(object: T): void;
  readonly lookup: IndexLookup<T>;
}

function indexBy<T extends ApiObject>(keyOf: (object: T) => string | undefined): Index<T> {
  const groups = new Map<string, Map<string, T>>();
  return {
    add(object) {
      const key = keyOf(object);
      if (key === undefined) return;
      const group = groups.get(key) ?? new Map<string, T>();
      groups.set(key, group.set(uidOf(object), object));
    },
    drop(object) {
      const key = keyOf(object);
      const group = key === undefined ? undefined : groups.get(key);
      if (key === undefined || !group?.delete(uidOf(object)) || group.size > 0) return;
      groups.delete(key);
    },
    lookup: (key) => [...(groups.get(key)?.values() ?? [])],
  };
}

/** Makes an empty {@link ObjectStore}. */
export function objectStore<T extends ApiObject>(): ObjectStore<T> {
  const objects = new Map<string, T>();
  const uids = new Map<string, string>();
  const indexes: Index<T>[] = [];

  const forget = (uid: string): void => {
    const old = objects.get(uid);
    if (!old) return;
    objects.delete(uid);
    uids.delete(nameOf(old));
    for (const index of indexes) index.drop(old);
  };

  const remove = (uid: string, last?: T): readonly InformerEvent<T>[] => {
    const old = objects.get(uid);
    if (!old) return [];
    forget(uid);
    return [{ type: 'deleted', object: last ?? old }];
  };

  /** Another object has the name now, so whoever had it is gone. */
  const displace = (object: T): readonly InformerEvent<T>[] => {
    const earlier = uids.get(nameOf(object));
    return earlier === undefined || earlier === uidOf(object) ? [] : remove(earlier);
  };

  const isKnown = (object: T): boolean => {
    const old = objects.get(uidOf(object));
    return old !== undefined && old.metadata?.resourceVersion === object.metadata?.resourceVersion;
  };

  const set = (object: T): readonly InformerEvent<T>[] => {
    const uid = uidOf(object);
    const old = objects.get(uid);
    const displaced = displace(object);
    if (old) for (const index of indexes) index.drop(old);
    objects.set(uid, object);
    uids.set(nameOf(object), uid);
    for (const index of indexes) index.add(object);
    return [...displaced, old ? { type: 'updated', object, old } : { type: 'added', object }];
  };

  const put = (object: T): readonly InformerEvent<T>[] => (isKnown(object) ? [] : set(object));

  const replace = (list: readonly T[], how: Replacement<T>): readonly InformerEvent<T>[] => {
    const events: InformerEvent<T>[] = [];
    const listed = new Set(list.map(uidOf));
    for (const [uid, object] of [...objects]) {
      if (listed.has(uid)) continue;
      if (how.keep(object)) events.push(...remove(uid));
      else forget(uid);
    }
    for (const object of list) events.push(...(how.trustVersions ? put(object) : set(object)));
    return events;
  };

  return {
    byUid: (uid) => objects.get(uid),
    byName(namespace, name) {
      const uid = uids.get(nameKey(namespace, name));
      return uid === undefined ? undefined : objects.get(uid);
    },
    values: () => objects.values(),
    get size() {
      return objects.size;
    },
    put,
    remove,
    forget,
    replace,
    index(keyOf) {
      const index = indexBy(keyOf);
      indexes.push(index);
      for (const object of objects.values()) index.add(object);
      return index.lookup;
    },
  };
}
