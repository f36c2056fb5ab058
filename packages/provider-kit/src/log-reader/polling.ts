import type { Clock } from '@virtual-kubelet/base';
import { failureOf, isNotFound } from '@virtual-kubelet/provider';

/** How often a platform that cannot stream is asked. Milliseconds. */
export interface PollPace {
  /** Pause after something new. @default 250 */
  readonly least?: number;
  /** Pause after a long silence. @default 5000 */
  readonly most?: number;
}

/** Failures in a row that a followed log survives. */
const patience = 5;

/** Waits between polls: shortly while there is news, twice as long after each poll without. */
export interface Poller {
  /** Asks, and asks again after a failure that passes. Undefined when the log is gone. */
  poll<T>(ask: () => Promise<T>): Promise<T | undefined>;
  /** Something came: the next pause is a short one. */
  news(): void;
  /** Waits for the next poll: shortly after news, longer and longer without. */
  pause(): Promise<void>;
}

/** How long to wait before another try; undefined: the failure stays. */
function retryAfter(error: unknown, otherwise: number): number | undefined {
  const failure = failureOf(error);
  if (failure?.kind !== 'Throttled' && failure?.kind !== 'Retryable') return undefined;
  return failure.after ?? otherwise;
}

/** Makes a poller for one reader of a log. */
export function poller(clock: Clock, pace: PollPace, signal: AbortSignal): Poller {
  const { least = 250, most = 5_000 } = pace;
  let wait = least;
  let isNews = true;
  return {
    async poll(ask) {
      for (let failures = 1; ; failures += 1) {
        try {
          return await ask();
        } catch (error) {
          if (isNotFound(error)) return undefined;
          const after = retryAfter(error, most);
          if (after === undefined || failures >= patience) throw error;
          await clock.sleep(after, signal);
        }
      }
    },
    news() {
      isNews = true;
    },
    async pause() {
      wait = isNews ? least : Math.min(wait * 2, most);
      isNews = false;
      await clock.sleep(wait, signal);
    },
  };
}
