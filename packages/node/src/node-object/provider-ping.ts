/** Asks a provider, again and again, whether it is there. */
import type { Clock, Random } from '@virtual-kubelet/base';
import { jittered, messageOf } from '@virtual-kubelet/base';
import type { CallContext, NodeProvider } from '@virtual-kubelet/provider';
import type { ProviderCalls } from '../pods/provider-calls.js';
import type { PingResult, Reachability, ReachabilityLimits } from './reachability.js';
import { afterPing, unknownReachability } from './reachability.js';

/** What {@link createProviderPing} needs. */
export interface ProviderPingOptions {
  readonly node: string;
  readonly provider: Pick<NodeProvider, 'ping'>;
  /** Ends a call after the ping's timeout. */
  readonly calls: ProviderCalls;
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds from the end of one ping to the next; a quarter of it while the last ping spoke against the verdict. */
  readonly interval: number;
  readonly limits: ReachabilityLimits;
  /** The verdict is another one. That a provider answers from the beginning is no news. */
  readonly onChange: (state: Reachability) => void;
}

/** A provider's reachability, kept current. */
export interface ProviderPing {
  readonly state: Reachability;
  /** Pings once; never rejects but with the signal's reason. */
  once(signal: AbortSignal): Promise<void>;
  /** Pings until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Longest part of a provider's message that is shown on the Node. */
const longestMessage = 512;

/** Makes a {@link ProviderPing}; nothing happens yet. */
export function createProviderPing(options: ProviderPingOptions): ProviderPing {
  const { node, provider, calls, clock, random, interval, limits } = options;
  let state = unknownReachability;
  let isRunning = false;

  /** A ping that ignores its deadline goes on behind our back; there is never a second one beside it. */
  const guarded = async (context: CallContext): Promise<void> => {
    isRunning = true;
    try {
      await provider.ping(context);
    } finally {
      isRunning = false;
    }
  };

  const ping = async (signal: AbortSignal): Promise<PingResult> => {
    if (isRunning) return { ok: false, message: 'the previous ping has not returned' };
    try {
      await calls({ name: 'ping', key: `${node}/ping`, signal }, guarded);
      return { ok: true };
    } catch (error) {
      signal.throwIfAborted();
      return { ok: false, message: messageOf(error).slice(0, longestMessage) };
    }
  };

  const once = async (signal: AbortSignal): Promise<void> => {
    const at = clock.monotonic();
    const result = await ping(signal);
    const before = state.verdict === 'unknown' ? 'reachable' : state.verdict;
    state = afterPing(state, { result, at }, limits);
    if (state.verdict !== before) options.onChange(state);
  };

  return {
    get state() {
      return state;
    },
    once,
    async run(signal) {
      await clock.sleep(random.next() * interval, signal);
      for (;;) {
        await once(signal);
        // A doubt is settled soon, one way or the other: users wait for the answer, and it is a few pings.
        await clock.sleep(jittered(random, state.doubt ? interval / 4 : interval, 0.04), signal);
      }
    },
  };
}
