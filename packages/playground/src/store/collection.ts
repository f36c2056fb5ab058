/** The objects of one resource by key, in order, with their history. */
import type { History, StoreEvent } from './history.js';
import { createHistory } from './history.js';
import type { StoredObject } from './object.js';

/** The objects of one resource. */
export interface Collection {
  readonly history: History;
  readonly size: number;
  get(key: string): StoredObject | undefined;
  /** Takes an event that has happened: state and history move together. */
  record(event: StoreEvent): void;
  /** Objects in the order of their keys, of one namespace or of all. */
  objects(namespace?: string): readonly StoredObject[];
  /** As {@link Collection.objects}, as it was at a version that is not below the history's floor. */
  objectsAt(version: number, namespace?: string): readonly StoredObject[];
}

/** @param historyLimit see {@link createHistory}. */
export function createCollection(historyLimit: number): Collection {
  const byKey = new Map<string, StoredObject>();
  const history = createHistory(historyLimit);
  let keys: string[] = [];
  let isSorted = true;

  function record(event: StoreEvent): void {
    const { type, key, object } = event;
    if (type === 'DELETED') {
      byKey.delete(key);
      isSorted = false;
    } else if (byKey.has(key)) byKey.set(key, object);
    else {
      byKey.set(key, object);
      // Appending keeps the order of objects created in order; anything else is sorted when it is read.
      if (isSorted && key > (keys.at(-1) ?? '')) keys.push(key);
      else isSorted = false;
    }
    history.append(event);
  }

  function sortedKeys(): readonly string[] {
    if (!isSorted) {
      keys = [...byKey.keys()].toSorted();
      isSorted = true;
    }
    return keys;
  }

  function objectsAt(version: number, namespace?: string): readonly StoredObject[] {
    const past = undone(history, version);
    if (past.size === 0) return select(sortedKeys(), byKey, namespace);
    const then = new Map(byKey);
    for (const [key, object] of past) {
      if (object === undefined) then.delete(key);
      else then.set(key, object);
    }
    return select([...then.keys()].toSorted(), then, namespace);
  }

  return {
    history,
    get size() {
      return byKey.size;
    },
    get: (key) => byKey.get(key),
    record,
    objects: (namespace) => select(sortedKeys(), byKey, namespace),
    objectsAt,
  };
}

/** What every key that changed after a version had then. */
function undone(history: History, version: number): ReadonlyMap<string, StoredObject | undefined> {
  const past = new Map<string, StoredObject | undefined>();
  for (let position = history.positionAfter(version); position < history.end; position++) {
    const event = history.event(position);
    if (event !== undefined && !past.has(event.key)) past.set(event.key, event.previous);
  }
  return past;
}

type Objects = ReadonlyMap<string, StoredObject>;

function select(keys: readonly string[], objects: Objects, namespace?: string): readonly StoredObject[] {
  const found: StoredObject[] = [];
  const prefix = namespace === undefined ? '' : `${namespace}/`;
  for (let i = firstAtLeast(keys, prefix); i < keys.length; i++) {
    const key = keys[i] ?? '';
    if (!key.startsWith(prefix)) break;
    const object = objects.get(key);
    if (object !== undefined) found.push(object);
  }
  return found;
}

/** Index of the first key that is not before the given one. */
function firstAtLeast(keys: readonly string[], wanted: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
