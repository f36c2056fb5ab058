/** A cache that can be asked for an answer younger than a given moment, not only for a young one. */
import type { Clock } from '@virtual-kubelet/base';

/**
 * Counts the reads begun. Time would not do: two things can happen at one reading of a clock, and the order of a read and
 * of the event that asked for it is what matters.
 */
export interface ReadSequence {
  last: number;
}

/** What a {@link FreshCache} is made of. */
export interface FreshCacheOptions<V> {
  readonly clock: Clock;
  /** Shared by caches whose reads are compared with the same marks. */
  readonly sequence: ReadSequence;
  /** Milliseconds a value may be used for; infinite when it cannot change. */
  readonly ttlOf: (value: V) => number;
  /** Milliseconds after which a value that nobody asked for is dropped, infinite ones too. */
  readonly unused: number;
  /** Ends reads under way. */
  readonly life: AbortSignal;
}

/** One question to a {@link FreshCache}. */
export interface CachedRead<V> {
  /** Asks the source. Runs at most once at a time for each key, for all who ask. */
  readonly read: (life: AbortSignal) => Promise<V>;
  /** Answers begun no later than this mark of the sequence are too old, whatever their age. @default 0 */
  readonly after?: number;
}

/** Values by key, each with its own time to live. Failures are not kept: whoever asks next asks the source. */
export interface FreshCache<V> {
  get(key: string, question: CachedRead<V>): Promise<V>;
  /** Says that the source has something else now: reads begun so far do not count any more. */
  outdate(key: string): void;
  /** Drops what is over or unused. Happens by itself now and then while the cache is used. */
  sweep(): void;
  readonly size: number;
}

interface Entry<V> {
  readonly value: V;
  readonly began: number;
  /** Monotonic times. */
  readonly until: number;
  used: number;
}

interface Flight<V> {
  readonly began: number;
  readonly promise: Promise<V>;
}

/** Makes an empty {@link FreshCache}. */
export function freshCache<V>(options: FreshCacheOptions<V>): FreshCache<V> {
  const { clock, sequence, ttlOf, unused, life } = options;
  const entries = new Map<string, Entry<V>>();
  const flights = new Map<string, Flight<V>>();
  /** Key of a read under way that was outdated, to the last read that does not count. */
  const outdated = new Map<string, number>();
  let sweepAt = clock.monotonic() + unused;

  const sweep = (): void => {
    const now = clock.monotonic();
    sweepAt = now + unused;
    for (const [key, entry] of entries) {
      if (entry.until <= now || entry.used + unused <= now) entries.delete(key);
    }
  };

  const start = (key: string, read: CachedRead<V>['read']): Flight<V> => {
    const began = ++sequence.last;
    const asked = clock.monotonic();
    const run = async (): Promise<V> => {
      try {
        const value = await read(life);
        if (began > (outdated.get(key) ?? 0)) {
          entries.set(key, { value, began, until: asked + ttlOf(value), used: clock.monotonic() });
        }
        return value;
      } finally {
        flights.delete(key);
        outdated.delete(key);
      }
    };
    const flight: Flight<V> = { began, promise: run() };
    flights.set(key, flight);
    return flight;
  };

  const kept = (key: string, after: number): Entry<V> | undefined => {
    const entry = entries.get(key);
    const now = clock.monotonic();
    if (!entry || entry.began <= after || entry.until <= now) return undefined;
    entry.used = now;
    return entry;
  };

  return {
    async get(key, { read, after = 0 }) {
      if (clock.monotonic() >= sweepAt) sweep();
      for (;;) {
        const entry = kept(key, after);
        if (entry) return entry.value;
        const flight = flights.get(key) ?? start(key, read);
        if (flight.began > Math.max(after, outdated.get(key) ?? 0)) return flight.promise;
        // Somebody's older read is under way: all who need a younger one share the next.
        await flight.promise.catch(() => life.throwIfAborted());
      }
    },
    outdate(key) {
      entries.delete(key);
      if (flights.has(key)) outdated.set(key, sequence.last);
    },
    sweep,
    get size() {
      return entries.size;
    },
  };
}
