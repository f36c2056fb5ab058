/** Pace of something: a stock that is used up and fills again. */
export interface Pace {
  /** At once after a calm time. */
  readonly burst: number;
  /** Lasting, a second. */
  readonly rate: number;
}

/** A token bucket. Times are monotonic milliseconds. */
export interface TokenBucket {
  /** Takes a token, now or on credit, and tells how long to wait for it. */
  take(now: number): number;
}

/** What is in a bucket, and since when. */
interface Stock {
  readonly tokens: number;
  readonly at: number;
}

function filled({ tokens, at }: Stock, { burst, rate }: Pace, now: number): number {
  return Math.min(burst, tokens + ((now - at) * rate) / 1_000);
}

/** Makes a full bucket. */
export function tokenBucket(pace: Pace): TokenBucket {
  let stock: Stock | undefined;
  return {
    take(now) {
      const tokens = (stock ? filled(stock, pace, now) : pace.burst) - 1;
      stock = { tokens, at: now };
      return tokens >= 0 ? 0 : (-tokens * 1_000) / pace.rate;
    },
  };
}

/** A bucket for each key; the ones unused for longest are forgotten beyond `most`. */
export function tokenBuckets(pace: Pace, most: number): (key: string, now: number) => boolean {
  const stocks = new Map<string, Stock>();
  return (key, now) => {
    const stock = stocks.get(key);
    const tokens = stock ? filled(stock, pace, now) : pace.burst;
    const mayTake = tokens >= 1;
    stocks.delete(key);
    stocks.set(key, { tokens: mayTake ? tokens - 1 : tokens, at: now });
    const [oldest] = stocks.keys();
    if (stocks.size > most && oldest !== undefined) stocks.delete(oldest);
    return mayTake;
  };
}
