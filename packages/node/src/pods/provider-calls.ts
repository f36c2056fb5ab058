import type { Clock, Logger, Tracer } from '@virtual-kubelet/base';
import { untilAborted } from '@virtual-kubelet/base';
import type { CallContext } from '@virtual-kubelet/provider';
import type { Claim } from '../lease/claim.js';

/** Makes the context of calls into a provider. */
export interface ProviderCallsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tracer: Tracer;
  readonly claim: Claim;
  /** Milliseconds a call may take. */
  readonly timeout: number;
}

/** One call. */
export interface ProviderCall {
  /** The method, for spans and logs. */
  readonly name: string;
  /** Stable over repeats of the same intention. */
  readonly key: string;
  /** `namespace/name`, for logs. */
  readonly pod?: string;
  readonly signal: AbortSignal;
}

/** Runs a call into the provider; the only place provider methods are called from. */
export type ProviderCalls = <T>(call: ProviderCall, run: (context: CallContext) => Promise<T>) => Promise<T>;

/**
 * Calls start only under a claim, end at a deadline even if the provider ignores the signal, and turn synchronous throws
 * into rejections.
 */
export function providerCalls(options: ProviderCallsOptions): ProviderCalls {
  const { clock, logger, tracer, claim, timeout } = options;
  return async (call, run) => {
    if (!claim.held()) await claim.waitHeld(call.signal);
    const deadline = clock.deadline(timeout, call.signal);
    const span = tracer.span(`provider.${call.name}`, call.pod === undefined ? {} : { pod: call.pod });
    const context: CallContext = {
      signal: deadline.signal,
      deadline: clock.monotonic() + timeout,
      logger: call.pod === undefined ? logger : logger.with({ pod: call.pod }),
      span,
      idempotencyKey: call.key,
    };
    try {
      return await untilAborted((async () => run(context))(), deadline.signal);
    } catch (error) {
      span.fail(error);
      throw error;
    } finally {
      deadline.release();
      span.end();
    }
  };
}
