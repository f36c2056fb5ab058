/**
 * What happened to the objects of one resource, newest last, up to a limit. Versions rise strictly. Events older
 * than the limit are dropped (compaction): who asks for them is told so and lists again.
 */
import type { StoredObject } from './object.js';

/** One change of one object. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** Where the object is kept, as `apps/deployments` or `pods`. */
  readonly storage: string;
  readonly key: string;
  readonly version: number;
  /** The new state; for DELETED the last state with the version of the deletion. */
  readonly object: StoredObject;
  /** The state before; absent for ADDED. */
  readonly previous?: StoredObject;
}

/** The events of one resource. */
export interface History {
  append(event: StoreEvent): void;
  /** Drops events up to and including this version. */
  compact(version: number): void;
  /** Version of the newest event that was dropped; 0 where none was. Reading from here on is possible. */
  readonly floor: number;
  /** Position of the first event after a version, for {@link History.event}. */
  positionAfter(version: number): number;
  /** The event at a position, undefined past the end. Positions stay valid until compaction passes them. */
  event(position: number): StoreEvent | undefined;
  /** The first position still kept. */
  readonly start: number;
  /** One past the last position. */
  readonly end: number;
}

/** @param limit how many events to keep at least; up to twice as many stay in memory. */
export function createHistory(limit: number): History {
  let events: StoreEvent[] = [];
  /** Position of events[0]. */
  let offset = 0;
  let start = 0;
  let floor = 0;

  function dropBefore(position: number): void {
    if (position <= start) return;
    floor = events[position - 1 - offset]?.version ?? floor;
    start = position;
    const dead = start - offset;
    if (dead <= events.length / 2) return;
    events = events.slice(dead);
    offset = start;
  }

  function positionAfter(version: number): number {
    let low = start;
    let high = offset + events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((events[middle - offset]?.version ?? 0) <= version) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    append(event) {
      events.push(event);
      dropBefore(offset + events.length - limit);
    },
    compact(version) {
      dropBefore(positionAfter(version));
      floor = Math.max(floor, version);
    },
    get floor() {
      return floor;
    },
    positionAfter,
    event: (position) => (position < start ? undefined : events[position - offset]),
    get start() {
      return start;
    },
    get end() {
      return offset + events.length;
    },
  };
}
