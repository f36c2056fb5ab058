/** Pace of something: a stock that is used up and fills again. */
export interface Pace {
  /** At once after a calm time. */
  readonly burst: number;
  /** Lasting, a second. */
  readonly rate: number;
}

/** A token bucket. Times are monotonic milliseconds. */
export interface TokenBucket {
  /** Takes a token if there is one. */
  tryTake(now: number): boolean;
  /** Takes a token, now or on credit, and tells how long to wait for it. */
  take(now: number): number;
}

/** Makes a full bucket. */
export function tokenBucket({ burst, rate }: Pace): TokenBucket {
  let tokens = burst;
  let filled: number | undefined;
  const fill = (now: number): void => {
    tokens = Math.min(burst, tokens + ((now - (filled ?? now)) * rate) / 1_000);
    filled = now;
  };
  return {
    tryTake(now) {
      fill(now);
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    take(now) {
      fill(now);
      tokens -= 1;
      return tokens >= 0 ? 0 : (-tokens * 1_000) / rate;
    },
  };
}

/** A bucket for each key; the ones unused for longest are forgotten beyond `most`. */
export function tokenBuckets(pace: Pace, most: number): (key: string, now: number) => boolean {
  const buckets = new Map<string, TokenBucket>();
  return (key, now) => {
    const bucket = buckets.get(key) ?? tokenBucket(pace);
    buckets.delete(key);
    buckets.set(key, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > most && oldest !== undefined) buckets.delete(oldest);
    return bucket.tryTake(now);
  };
}
