import type { Clock } from '@virtual-kubelet/base';

/** How a value that lives outside is read again. */
export interface FreshValueOptions<T> {
  readonly clock: Clock;
  /** Reads it. Rejects when what is there is of no use. */
  readonly load: () => Promise<T>;
  /** Whether two readings are the same; then the earlier object is kept. */
  readonly same: (a: T, b: T) => boolean;
  /** Told when reading failed and an earlier value is kept. */
  readonly onStale: (thrown: unknown) => void;
  /** A value to use until one could be read. */
  readonly initial?: T;
  /** Milliseconds after which a value is read again; client-go re-reads tokens each minute too. @default 60,000 */
  readonly maxAge?: number;
}

/** A value that is read again when it has become old, and kept while it cannot be read. */
export interface FreshValue<T> {
  /** Rejects only as long as there never was a value. */
  current(): Promise<T>;
  /** Reads now, whatever the age. */
  refresh(): Promise<T>;
}

/** Makes a {@link FreshValue}. Callers that come while it is being read share the one reading. */
export function freshValue<T>(options: FreshValueOptions<T>): FreshValue<T> {
  const { clock, load, same, onStale, maxAge = 60_000 } = options;
  let held: { readonly value: T } | undefined;
  if (options.initial !== undefined) held = { value: options.initial };
  let readAt = -Infinity;
  let reading: Promise<T> | undefined;

  const read = async (): Promise<T> => {
    try {
      const value = await load();
      if (held === undefined || !same(held.value, value)) held = { value };
    } catch (thrown) {
      if (held === undefined) throw thrown;
      onStale(thrown);
    } finally {
      readAt = clock.monotonic();
    }
    return held.value;
  };
  const refresh = (): Promise<T> =>
    (reading ??= read().finally(() => {
      reading = undefined;
    }));

  return {
    refresh,
    current: () =>
      held !== undefined && clock.monotonic() - readAt < maxAge ? Promise.resolve(held.value) : refresh(),
  };
}
