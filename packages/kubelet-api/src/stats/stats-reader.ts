import type { Clock } from '@virtual-kubelet/base';
import { untilAborted } from '@virtual-kubelet/base';
import type { CallContext, StatsProvider } from '@virtual-kubelet/provider';
import { usageMeter } from './usage-meter.js';
import type { NodeUsage } from './usage.js';

/** What a {@link StatsReader} is made of. */
export interface StatsReaderOptions {
  readonly provider: StatsProvider;
  readonly clock: Clock;
  /** Makes the context of a call. */
  readonly contextOf: (signal: AbortSignal, deadline: number) => CallContext;
  /** A reading this young is given again, milliseconds. @default 1000 */
  readonly maxAge?: number;
  /** Limit of one provider call, milliseconds. @default 10000, the usual limit of a scraper */
  readonly timeout?: number;
}

/** Reads the use of one node, however many ask at once. */
export interface StatsReader {
  /** The use now, at most `maxAge` old. Rejects with the provider's error, or with the signal's reason. */
  read(signal: AbortSignal): Promise<NodeUsage>;
}

/** A call under way. It ends early when nobody waits for it any more. */
interface Flight {
  readonly result: Promise<NodeUsage>;
  readonly stop: AbortController;
  waiting: number;
}

/** Makes the reader of one node. Failures are not kept: the next to ask asks the provider again. */
export function statsReader(options: StatsReaderOptions): StatsReader {
  const { provider, clock, contextOf, maxAge = 1_000, timeout = 10_000 } = options;
  const meter = usageMeter();
  let last: { readonly at: number; readonly usage: NodeUsage } | undefined;
  let flight: Flight | undefined;

  const call = async (stop: AbortController): Promise<NodeUsage> => {
    const limit = clock.deadline(timeout, stop.signal);
    try {
      const context = contextOf(limit.signal, clock.monotonic() + timeout);
      const stats = await untilAborted(provider.getStats(context), limit.signal);
      const usage = meter.take(stats, clock.wall());
      last = { at: clock.monotonic(), usage };
      return usage;
    } finally {
      limit.release();
    }
  };

  const start = (): Flight => {
    const stop = new AbortController();
    const started: Flight = { stop, waiting: 0, result: call(stop) };
    const over = (): void => {
      if (flight === started) flight = undefined;
    };
    started.result.then(over, over);
    flight = started;
    return started;
  };

  const join = async (current: Flight, signal: AbortSignal): Promise<NodeUsage> => {
    current.waiting += 1;
    try {
      return await untilAborted(current.result, signal);
    } finally {
      current.waiting -= 1;
      if (current.waiting === 0) {
        if (flight === current) flight = undefined;
        current.stop.abort(new DOMException('nobody waits for the statistics', 'AbortError'));
      }
    }
  };

  return {
    async read(signal) {
      signal.throwIfAborted();
      if (last && clock.monotonic() - last.at < maxAge) return last.usage;
      return await join(flight ?? start(), signal);
    },
  };
}
