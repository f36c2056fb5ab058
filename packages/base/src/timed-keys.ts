import type { Clock } from './clock.js';

/** Keys that wait for a time, on one timer: thousands of them cost a few dozen bytes each. */
export interface TimedKeys<K> {
  /** When the key is due, by the monotonic clock; undefined when it does not wait. */
  due(key: K): number | undefined;
  /** Makes the key wait until then, instead of whatever it waited for. */
  set(key: K, due: number): void;
  delete(key: K): void;
  clear(): void;
  readonly size: number;
}

interface Entry<K> {
  readonly key: K;
  readonly due: number;
}

/** A heap may hold this many entries that are not true any more, beside as many as wait. */
const slack = 64;

function isBefore<K>(heap: readonly Entry<K>[], a: number, b: number): boolean {
  return (heap[a]?.due ?? Infinity) < (heap[b]?.due ?? Infinity);
}

function swap<K>(heap: Entry<K>[], a: number, b: number): void {
  const [x, y] = [heap[a], heap[b]];
  if (!x || !y) return;
  heap[a] = y;
  heap[b] = x;
}

function push<K>(heap: Entry<K>[], entry: Entry<K>): void {
  let at = heap.push(entry) - 1;
  for (let up = (at - 1) >> 1; at > 0 && isBefore(heap, at, up); up = (at - 1) >> 1) {
    swap(heap, at, up);
    at = up;
  }
}

function pop<K>(heap: Entry<K>[]): void {
  swap(heap, 0, heap.length - 1);
  heap.pop();
  for (let at = 0; ;) {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    const least = isBefore(heap, right, left) ? right : left;
    if (!isBefore(heap, least, at)) return;
    swap(heap, least, at);
    at = least;
  }
}

/**
 * Makes an empty {@link TimedKeys}; `ready` is told of the keys whose time has come, which then wait no more. What was
 * replaced or deleted stays in the heap until it comes up or outnumbers the rest.
 */
export function timedKeys<K>(clock: Clock, ready: (keys: readonly K[]) => void): TimedKeys<K> {
  const dues = new Map<K, number>();
  let heap: Entry<K>[] = [];
  let alarm: { readonly at: number; readonly cancel: AbortController } | undefined;

  const isTrue = ({ key, due }: Entry<K>): boolean => dues.get(key) === due;

  const disarm = (): void => {
    alarm?.cancel.abort();
    alarm = undefined;
  };

  const arm = (): void => {
    for (let [next] = heap; next && !isTrue(next); [next] = heap) pop(heap);
    const [next] = heap;
    if (next === undefined) return disarm();
    if (alarm !== undefined && alarm.at <= next.due) return;
    disarm();
    const mine = { at: next.due, cancel: new AbortController() };
    alarm = mine;
    clock.sleep(Math.max(next.due - clock.monotonic(), 0), mine.cancel.signal).then(
      () => {
        if (alarm === mine) ring();
      },
      () => undefined,
    );
  };

  const ring = (): void => {
    // A timer may come a moment before its time: what it was set for counts as due.
    const now = Math.max(clock.monotonic(), alarm?.at ?? 0);
    const keys: K[] = [];
    for (let [next] = heap; next && next.due <= now; [next] = heap) {
      pop(heap);
      if (!isTrue(next)) continue;
      dues.delete(next.key);
      keys.push(next.key);
    }
    alarm = undefined;
    arm();
    if (keys.length > 0) ready(keys);
  };

  const compact = (): void => {
    if (heap.length <= 2 * dues.size + slack) return;
    heap = heap.filter(isTrue).toSorted((a, b) => a.due - b.due);
  };

  const clear = (): void => {
    dues.clear();
    heap = [];
    disarm();
  };

  return {
    due: (key) => dues.get(key),
    set(key, due) {
      dues.set(key, due);
      push(heap, { key, due });
      compact();
      arm();
    },
    delete(key) {
      // The last one takes its timer along, so that nothing is left pending.
      if (dues.delete(key) && dues.size === 0) clear();
    },
    clear,
    get size() {
      return dues.size;
    },
  };
}
