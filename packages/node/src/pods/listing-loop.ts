import type { Clock, Logger, Random } from '@virtual-kubelet/base';
import { backoffDelay, jittered, messageOf } from '@virtual-kubelet/base';

/** Settings of a {@link ListingLoop}. */
export interface ListingLoopOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Milliseconds between two listings. */
  readonly interval: number;
  readonly list: (signal: AbortSignal) => Promise<void>;
  /** Whether reports may be missing, so that listings are due every few seconds. */
  readonly hurried: () => boolean;
}

/** Lists the provider's workloads at start and for ever after. */
export interface ListingLoop {
  /** Resolves after the first listing that succeeded; goes on until the signal aborts. */
  start(signal: AbortSignal): Promise<void>;
  /** Lists now instead of at the end of the interval. */
  soon(): void;
}

const hurry = 10_000;

/** Makes a loop that never gives up: a node that cannot list must not act on what it does not see. */
export function listingLoop(options: ListingLoopOptions): ListingLoop {
  const { clock, random, logger, list } = options;
  let wake = new AbortController();

  const listUntilDone = async (signal: AbortSignal): Promise<void> => {
    for (let failures = 1; ; failures += 1) {
      try {
        return await list(signal);
      } catch (error) {
        signal.throwIfAborted();
        const delay = backoffDelay({ first: 500, most: 30_000 }, failures, random);
        logger.warn('the provider could not list its workloads, trying again', {
          again: Math.round(delay),
          error: messageOf(error),
        });
        await clock.sleep(delay, signal);
      }
    }
  };

  const pause = async (signal: AbortSignal): Promise<void> => {
    wake = new AbortController();
    const interval = options.hurried() ? hurry : options.interval;
    const either = AbortSignal.any([signal, wake.signal]);
    await clock.sleep(jittered(random, interval, 0.1), either).catch(() => undefined);
    signal.throwIfAborted();
  };

  const goOn = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await pause(signal);
      await listUntilDone(signal);
    }
  };

  return {
    async start(signal) {
      await listUntilDone(signal);
      goOn(signal).catch(() => undefined);
    },
    soon: () => wake.abort(),
  };
}
