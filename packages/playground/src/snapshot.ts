/** Everything a server keeps, as a value that outlives it. */
import { isDraft, keyOf } from './store/object.js';
import type { StoredObject } from './store/object.js';
import type { State } from './store/state.js';

/** The objects of a server. It is plain JSON; Secrets are in it. */
export interface Snapshot {
  /** Shape of this value. */
  readonly format: 1;
  /** Version of the newest write. */
  readonly version: number;
  /** Objects by where they are kept, such as `apps/deployments`. */
  readonly objects: Readonly<Record<string, readonly StoredObject[]>>;
}

/** Events tell of the past, and Leases of who was alive: neither outlives a server. */
const left: ReadonlySet<string> = new Set(['events', 'coordination.k8s.io/leases']);

function kept(storages: readonly string[]): readonly string[] {
  return [...new Set(storages)].filter((storage) => !left.has(storage));
}

/** Takes a snapshot. */
export function snapshotOf(state: State): Snapshot {
  const entries = kept(state.storages).map((storage) => [storage, state.collection(storage).objects()] as const);
  const filled = entries.filter(([, objects]) => objects.length > 0);
  return { format: 1, version: state.version, objects: Object.fromEntries(filled) };
}

/** Puts the objects of a snapshot into a state whose version is not below the snapshot's. Their UIDs stay, their versions rise. */
export function restore(state: State, snapshot: Snapshot): void {
  for (const storage of kept([...state.storages, ...Object.keys(snapshot.objects)])) {
    const objects = Object.hasOwn(snapshot.objects, storage) ? (snapshot.objects[storage] ?? []) : [];
    const keys = new Set(objects.map(({ metadata }) => keyOf(metadata)));
    for (const { metadata } of state.collection(storage).objects())
      if (objects.length > 0 && !keys.has(keyOf(metadata))) state.remove(storage, keyOf(metadata));
    for (const object of objects) state.put(storage, object);
  }
}

/** Reads a snapshot; undefined where the value is none of this format. */
export function readSnapshot(value: unknown): Snapshot | undefined {
  const found = value as Partial<Snapshot> | null;
  const isWhole = typeof found === 'object' && found?.format === 1 && typeof found.version === 'number';
  if (!isWhole || typeof found.objects !== 'object') return undefined;
  const lists: readonly unknown[] = Object.values(found.objects);
  const isFine = lists.every((list) => Array.isArray(list) && list.every(isDraft));
  return isFine ? (found as Snapshot) : undefined;
}
