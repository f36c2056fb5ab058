import type { BackoffOptions } from './backoff.js';
import { backoffDelay } from './backoff.js';
import type { Clock } from './clock.js';
import type { Deferred } from './deferred.js';
import { deferred } from './deferred.js';
import { lifetime } from './lifetime.js';
import type { Random } from './random.js';
import { timedKeys } from './timed-keys.js';

/** What a handler may answer: nothing when done, or a time in milliseconds after which to look again. */
export type WorkResult = void | { readonly again: number };

/** A failed attempt, as told to {@link WorkQueueOptions.onFailure}. */
export interface WorkFailure<K> {
  readonly key: K;
  readonly error: unknown;
  /** Failures in a row, this one included. */
  readonly failures: number;
  /** Milliseconds until the next attempt. */
  readonly delay: number;
}

/** Settings of a {@link WorkQueue}. */
export interface WorkQueueOptions<K> {
  /** Handles one key. A rejection is retried with back-off, for ever. */
  readonly handle: (key: K, signal: AbortSignal) => Promise<WorkResult>;
  readonly clock: Clock;
  readonly random: Random;
  /** Keys handled at the same time. @default 10 */
  readonly workers?: number;
  /** Delay between failed attempts of one key. @default 200 ms doubling to 60 s */
  readonly retry?: BackoffOptions;
  /** Delay asked for by an error, such as a server's Retry-After, in milliseconds; undefined means the back-off. */
  readonly delayOf?: (error: unknown) => number | undefined;
  /** Told of each failure, after it was scheduled again. */
  readonly onFailure?: (failure: WorkFailure<K>) => void;
}

/**
 * A queue of keys, not of events: a key is handled by one worker at a time; adding it while it waits changes
 * nothing, adding it while it runs makes it run once more. A key added again is looked at at once even if it
 * was backing off, because something about it changed. Nothing is ever given up.
 */
export interface WorkQueue<K> {
  /** Handle the key as soon as a worker is free. */
  add(key: K): void;
  /** Handle the key in `ms` milliseconds, or earlier if somebody asks for earlier. */
  addAfter(key: K, ms: number): void;
  /** Drops what waits for the key and its failure count; a running handler goes on. */
  forget(key: K): void;
  /** Keys waiting, due or running. */
  readonly size: number;
  /** Failures in a row of a key; 0 when it is fine or unknown. */
  failures(key: K): number;
  /** Resolves when nothing is due or running (keys that wait for a time do not count). */
  idle(): Promise<void>;
  /** Takes no more work, aborts the handlers' signal and resolves when they returned. */
  stop(): Promise<void>;
}

const defaultRetry: BackoffOptions = { first: 200, most: 60_000 };

/** Makes a running {@link WorkQueue}. One state machine: due -> running -> (done | waiting -> due). */
export function workQueue<K>(options: WorkQueueOptions<K>): WorkQueue<K> {
  const { clock, random, handle, workers = 10, retry = defaultRetry, delayOf, onFailure } = options;
  const due = new Set<K>();
  const waiting = timedKeys<K>(clock, (keys) => {
    for (const key of keys) due.add(key);
    pump();
  });
  const running = new Set<K>();
  /** Keys to run again after the present run: due time by the monotonic clock. */
  const dirty = new Map<K, number>();
  const failures = new Map<K, number>();
  const stopping = lifetime();
  let idleWaiters: Deferred<void>[] = [];

  const addAfter = (key: K, ms: number): void => {
    if (stopping.signal.aborted || due.has(key)) return;
    const at = clock.monotonic() + Math.max(ms, 0);
    if (running.has(key)) {
      dirty.set(key, Math.min(dirty.get(key) ?? Infinity, at));
      return;
    }
    const earlier = waiting.due(key);
    if (earlier !== undefined && earlier <= at) return;
    if (ms > 0) return waiting.set(key, at);
    waiting.delete(key);
    due.add(key);
    pump();
  };

  const failed = (key: K, error: unknown): void => {
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    const delay = delayOf?.(error) ?? backoffDelay(retry, count, random);
    addAfter(key, delay);
    onFailure?.({ key, error, failures: count, delay });
  };

  const finish = (key: K): void => {
    running.delete(key);
    const again = dirty.get(key);
    dirty.delete(key);
    if (again !== undefined) addAfter(key, again - clock.monotonic());
  };

  const run = async (key: K): Promise<void> => {
    try {
      const result = await handle(key, stopping.signal);
      finish(key);
      failures.delete(key);
      if (result) addAfter(key, result.again);
    } catch (error) {
      finish(key);
      if (!stopping.signal.aborted) failed(key, error);
    }
    pump();
  };

  const settle = (): void => {
    if (due.size > 0 || running.size > 0) return;
    const waiters = idleWaiters;
    idleWaiters = [];
    for (const waiter of waiters) waiter.resolve();
  };

  const pump = (): void => {
    for (const key of due) {
      if (running.size >= workers || stopping.signal.aborted) break;
      due.delete(key);
      running.add(key);
      void run(key);
    }
    settle();
  };

  return {
    add: (key) => addAfter(key, 0),
    addAfter,
    forget(key) {
      waiting.delete(key);
      due.delete(key);
      dirty.delete(key);
      failures.delete(key);
    },
    get size() {
      return due.size + waiting.size + running.size;
    },
    failures: (key) => failures.get(key) ?? 0,
    idle() {
      const waiter = deferred();
      idleWaiters.push(waiter);
      settle();
      return waiter.promise;
    },
    async stop() {
      stopping.abort(new DOMException('the queue was stopped', 'AbortError'));
      waiting.clear();
      due.clear();
      dirty.clear();
      const last = deferred();
      idleWaiters.push(last);
      settle();
      await last.promise;
    },
  };
}
