import type { Clock } from '@virtual-kubelet/base';

/** Remembers values for a time, and only so many of them: the oldest go first. */
export interface ExpiringCache<T> {
  get(key: string): T | undefined;
  /** @param ms life of the value, milliseconds */
  set(key: string, value: T, ms: number): void;
  readonly size: number;
}

/** Makes a cache of at most `most` values. */
export function expiringCache<T>(clock: Clock, most: number): ExpiringCache<T> {
  const entries = new Map<string, { readonly value: T; readonly until: number }>();
  return {
    get(key) {
      const found = entries.get(key);
      if (found && found.until > clock.monotonic()) return found.value;
      entries.delete(key);
      return undefined;
    },
    set(key, value, ms) {
      entries.delete(key);
      const [oldest] = entries.keys();
      if (entries.size >= most && oldest !== undefined) entries.delete(oldest);
      entries.set(key, { value, until: clock.monotonic() + ms });
    },
    get size() {
      return entries.size;
    },
  };
}
