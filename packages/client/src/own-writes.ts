import type { ApiObject } from './api.js';

/** What a write made of an object: from the state just before it. */
export type Effect<T> = (before: T) => T;

/** Writes whose echo has not yet come through the watch. */
export interface OwnWrites<T> {
  /** Remembers the last write of an object. */
  expect(uid: string, resourceVersion: string, effect: Effect<T>): void;
  /** The state after a write, if this version is the echo of it; the write is forgotten then. */
  echo(uid: string, resourceVersion: string, before: T): T | undefined;
  forget(uid: string): void;
  clear(): void;
  readonly size: number;
}

interface Write<T> {
  readonly resourceVersion: string;
  readonly effect: Effect<T>;
}

/** Makes empty {@link OwnWrites}. Bounded by the number of objects: only the last write of each is kept. */
export function ownWrites<T extends ApiObject>(): OwnWrites<T> {
  const writes = new Map<string, Write<T>>();
  return {
    expect: (uid, resourceVersion, effect) => void writes.set(uid, { resourceVersion, effect }),
    echo(uid, resourceVersion, before) {
      const write = writes.get(uid);
      if (write?.resourceVersion !== resourceVersion) return undefined;
      writes.delete(uid);
      const after = write.effect(before);
      return { ...after, metadata: { ...after.metadata, resourceVersion } };
    },
    forget: (uid) => void writes.delete(uid),
    clear: () => writes.clear(),
    get size() {
      return writes.size;
    },
  };
}
