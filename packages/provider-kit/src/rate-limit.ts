import type { Clock } from '@virtual-kubelet/base';
import { failureOf } from '@virtual-kubelet/provider';

/** How fast a platform may be called. */
export interface RateLimitOptions {
  readonly clock: Clock;
  /** Calls a second, lasting. */
  readonly rate: number;
  /** Calls at once after a calm time. */
  readonly burst: number;
}

/** Keeps calls below the platform's limit, and below what it was told when the platform complained. */
export interface RateLimit {
  /**
   * Runs a call when its turn comes. A `Throttled` failure makes all others wait as long as the platform asked, and slows
   * them down for about a minute. Calls are not repeated: that is the caller's to decide.
   */
  run<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Calls a second at the moment. */
  readonly rate: number;
}

/** A stock of calls. Times are monotonic milliseconds. */
export interface Stock {
  /** Calls that may be made now; negative: calls waiting for their turn. */
  readonly calls: number;
  readonly at: number;
  /** Calls a second at that time. */
  readonly rate: number;
  /** No call before. */
  readonly closedUntil: number;
}

/** Time in which a slowed rate is back where it was. */
const recovery = 60_000;
/** Share of the full rate below which it never falls. */
const least = 1 / 16;
/** Pause when the platform complains without saying how long. */
const usualPause = 1_000;

/** The stock at a later time. */
export function refilled(stock: Stock, full: Pick<RateLimitOptions, 'rate' | 'burst'>, now: number): Stock {
  const passed = Math.max(now - stock.at, 0);
  const rate = Math.min(full.rate, stock.rate + (full.rate * passed) / recovery);
  const calls = Math.min(full.burst, stock.calls + (rate * passed) / 1_000);
  return { ...stock, calls, rate, at: Math.max(now, stock.at) };
}

/** The stock after a complaint: closed for a time, and refilled half as fast. */
export function throttled(stock: Stock, full: Pick<RateLimitOptions, 'rate'>, after: number = usualPause): Stock {
  return {
    ...stock,
    calls: Math.min(stock.calls, 1),
    rate: Math.max(stock.rate / 2, full.rate * least),
    closedUntil: Math.max(stock.closedUntil, stock.at + after),
  };
}

/** Milliseconds until a call that was taken from the stock may begin. */
export function waitOf(stock: Stock): number {
  const turn = stock.calls >= 0 ? 0 : (-stock.calls * 1_000) / stock.rate;
  return Math.max(turn, stock.closedUntil - stock.at, 0);
}

/** Makes a limit with a full stock. */
export function rateLimit(options: RateLimitOptions): RateLimit {
  const { clock, rate, burst } = options;
  let stock: Stock = { calls: burst, at: clock.monotonic(), rate, closedUntil: -Infinity };
  const change = (calls: number): Stock => {
    const now = refilled(stock, options, clock.monotonic());
    stock = { ...now, calls: now.calls + calls };
    return stock;
  };

  const turn = async (signal: AbortSignal | undefined): Promise<void> => {
    const wait = waitOf(change(-1));
    try {
      if (wait > 0) await clock.sleep(wait, signal);
      // The platform may have complained meanwhile.
      while (clock.monotonic() < stock.closedUntil) await clock.sleep(stock.closedUntil - clock.monotonic(), signal);
    } catch (error) {
      change(1);
      throw error;
    }
  };

  return {
    async run(call, signal) {
      signal?.throwIfAborted();
      await turn(signal);
      try {
        return await call();
      } catch (error) {
        const failure = failureOf(error);
        if (failure?.kind === 'Throttled') stock = throttled(change(0), options, failure.after);
        throw error;
      }
    },
    get rate() {
      return refilled(stock, options, clock.monotonic()).rate;
    },
  };
}
