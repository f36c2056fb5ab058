/**
 * The memory of the server: objects by resource and key, one version for all of them, and what happened. Nothing
 * here knows rules; nothing reads a clock. Writes go through {@link State.put} and {@link State.remove} only.
 */
import type { Collection } from './collection.js';
import { createCollection } from './collection.js';
import type { StoreEvent } from './history.js';
import type { DraftObject, StoredObject } from './object.js';
import { keyOf, stored } from './object.js';

/** The memory of the server. */
export interface State {
  /** Version of the newest write. */
  readonly version: number;
  /** Names under which something was written or asked for. */
  readonly storages: readonly string[];
  /** The objects of a resource; an empty collection where nothing was ever written. */
  collection(storage: string): Collection;
  /** Writes an object under a new version and returns it as stored. The draft must be complete otherwise. */
  put(storage: string, draft: DraftObject): StoredObject;
  /** Removes an object, if there is one, and returns its last state with the version of the removal. */
  remove(storage: string, key: string): StoredObject | undefined;
  /** Forgets the history up to and including a version. */
  compact(version: number): void;
  /** Calls back for every write from now on, in order. Returns the way to stop. */
  subscribe(listener: (event: StoreEvent) => void): () => void;
}

/** Limits of a state. */
export interface StateOptions {
  /** Events kept per resource. @default 20,000 */
  readonly historyLimit?: number;
  /** Version of the empty store. @default 1 */
  readonly version?: number;
}

/** An empty state. */
export function createState(options: StateOptions = {}): State {
  const { historyLimit = 20_000 } = options;
  const collections = new Map<string, Collection>();
  const listeners = new Set<(event: StoreEvent) => void>();
  let version = options.version ?? 1;
  let floor = 0;

  function collection(storage: string): Collection {
    const known = collections.get(storage);
    if (known !== undefined) return known;
    const made = createCollection(historyLimit);
    made.history.compact(floor);
    collections.set(storage, made);
    return made;
  }

  function record(event: StoreEvent): void {
    collection(event.storage).record(event);
    for (const listener of listeners) listener(event);
  }

  return {
    get version() {
      return version;
    },
    get storages() {
      return [...collections.keys()];
    },
    collection,
    put(storage, draft) {
      version++;
      const object = stored(draft, version);
      const key = keyOf(object.metadata);
      const previous = collection(storage).get(key);
      const base = { storage, key, version, object };
      record(previous === undefined ? { type: 'ADDED', ...base } : { type: 'MODIFIED', ...base, previous });
      return object;
    },
    remove(storage, key) {
      const previous = collection(storage).get(key);
      if (previous === undefined) return undefined;
      version++;
      const object = stored(previous, version);
      record({ type: 'DELETED', storage, key, version, object, previous });
      return object;
    },
    compact(upTo) {
      floor = Math.max(floor, Math.min(upTo, version));
      for (const each of collections.values()) each.history.compact(floor);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
