import type { Clock } from '@virtual-kubelet/base';
import { messageOf, untilAborted } from '@virtual-kubelet/base';
import type { CallContext, ContainerRef, LogOptions, LogProvider } from '@virtual-kubelet/provider';
import { failureOf } from '@virtual-kubelet/provider';
import type { Refusal } from './log-query.js';

/** A log asked of a provider. */
export interface LogCall {
  readonly provider: LogProvider;
  readonly container: ContainerRef;
  readonly options: LogOptions;
  /** Its signal aborts when the client is gone. */
  readonly context: CallContext;
  readonly clock: Clock;
}

/** The log, to be sent with status 200 and flushed at each chunk, or the answer when there is none. */
export type LogAnswer = { readonly body: AsyncIterable<Uint8Array> } | { readonly refusal: Refusal };

/** How long the response head waits for the first bytes, milliseconds: an error found by then is told as one. */
const patience = { follow: 1_000, whole: 20_000 };

type First = { readonly next: IteratorResult<Uint8Array> } | { readonly error: unknown };

/** Errors of the asker are 400, the only status whose text API servers hand on unchanged; others are 500. */
export function refusalOf(error: unknown): Refusal {
  const kind = failureOf(error)?.kind;
  const asker = kind === 'NotFound' || kind === 'Invalid' || kind === 'Unsupported';
  return { status: asker ? 400 : 500, message: messageOf(error) };
}

async function* bodyOf(
  first: Promise<First>,
  rest: AsyncIterator<Uint8Array>,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  try {
    const start = await first;
    if ('error' in start) throw start.error;
    let left = limitBytes;
    for (let item = start.next; item.done !== true; item = await rest.next()) {
      const chunk = item.value.length > left ? item.value.subarray(0, left) : item.value;
      left -= chunk.length;
      if (chunk.length > 0) yield chunk;
      if (left === 0) return;
    }
  } finally {
    await rest.return?.();
  }
}

/** The outcome, or undefined after a time. */
async function within(outcome: Promise<First>, clock: Clock, ms: number): Promise<First | undefined> {
  const limit = clock.deadline(ms);
  try {
    return await untilAborted(outcome, limit.signal);
  } catch {
    return undefined;
  } finally {
    limit.release();
  }
}

/**
 * Asks a provider for a log. Waits a moment for the first bytes, so that failures get a status of their own, but not
 * longer: a silent container still gives its headers. A failure later on is thrown by the body; cut the connection then,
 * so that the client does not take the log for whole. `limitBytes` holds even when the provider forgets it.
 */
export async function openContainerLogs(call: LogCall): Promise<LogAnswer> {
  const { provider, container, options, context, clock } = call;
  const rest = provider.getContainerLogs(container, options, context)[Symbol.asyncIterator]();
  const first = rest.next().then(
    (next): First => ({ next }),
    (error: unknown): First => ({ error }),
  );
  const seen = await within(first, clock, options.follow ? patience.follow : patience.whole);
  if (seen && 'error' in seen) return { refusal: refusalOf(seen.error) };
  return { body: bodyOf(first, rest, options.limitBytes ?? Infinity) };
}
