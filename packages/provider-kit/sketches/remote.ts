/**
 * Sketch, compiled and never run: a provider in another process, reached over a channel of JSON messages and byte streams.
 *
 * Fits: every value of the contract is plain data; functions occur only in the call context, which becomes a time limit, a
 * key and a cancel message. Two things need a hand on the way: hidden values show as `[redacted]` in JSON by design, so the
 * codec writes them in the open, once, on a channel that must be private; and failures travel as their kind and message and
 * are made new on this side. Awkward: monotonic deadlines mean nothing elsewhere, so what is left of them is sent.
 */
import type { Clock } from '@virtual-kubelet/base';
import { messageOf, Sensitive } from '@virtual-kubelet/base';
import type {
  CallContext,
  FailureKind,
  ListedPod,
  PodListing,
  PodObservation,
  PodRef,
  PodSink,
  Provider,
  UpdateOutcome,
} from '@virtual-kubelet/provider';
import { ProviderFailure } from '@virtual-kubelet/provider';

/** An answer, or how the call failed on the other side. */
export type Reply =
  | { readonly ok: unknown }
  | { readonly failed: { readonly message: string; readonly failure?: FailureKind } };

/** One report of a notifying provider. */
export type Report =
  | { readonly observed: PodObservation }
  | { readonly missing: PodRef }
  | { readonly synced: true }
  | { readonly interrupted: string };

/** The way to the other process. */
export interface Channel {
  /** Sends a message and waits for its answer; an abort is sent as well. */
  call(message: string, signal: AbortSignal): Promise<string>;
  /** Reports until the signal aborts. */
  reports(signal: AbortSignal): AsyncIterable<string>;
}

const hiddenKey = '$hidden';

/** JSON with hidden values in the open: for a private channel, never for a log. */
export function encode(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key: string, shown: unknown) {
    const own = this[key];
    return own instanceof Sensitive ? { [hiddenKey]: String(own.reveal()) } : shown;
  });
}

/** The value again, its hidden parts hidden. */
export function decode(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, hiddenKey)) return value;
    const { [hiddenKey]: hidden } = value as Record<string, unknown>;
    return typeof hidden === 'string' ? new Sensitive(hidden) : value;
  });
}

/** What is left of a call context in another process. */
export interface RemoteContext {
  readonly timeLimit: number | null;
  readonly idempotencyKey: string;
}

/** The provider of one node in another process; the methods it has were told when the channel was opened. */
export function remoteProvider(parts: { channel: Channel; clock: Clock; node: string; notifies: boolean }): Provider {
  const { channel, clock, node, notifies } = parts;
  const call = async <T>(method: keyof Provider, parameters: readonly unknown[], context: CallContext): Promise<T> => {
    const { deadline, idempotencyKey, signal } = context;
    const timeLimit = Number.isFinite(deadline) ? deadline - clock.monotonic() : null;
    const remote: RemoteContext = { timeLimit, idempotencyKey };
    const reply = decode(await channel.call(encode({ node, method, parameters, context: remote }), signal)) as Reply;
    if ('ok' in reply) return reply.ok as T;
    const { message, failure } = reply.failed;
    throw failure ? new ProviderFailure(failure, message) : new Error(message);
  };

  const follow = async (sink: PodSink, signal: AbortSignal): Promise<void> => {
    try {
      for await (const text of channel.reports(signal)) {
        const report = decode(text) as Report;
        if ('observed' in report) sink.observed(report.observed);
        else if ('missing' in report) sink.missing(report.missing);
        else if ('synced' in report) sink.synced();
        else sink.interrupted(report.interrupted);
      }
      sink.interrupted('the provider process ended');
    } catch (error) {
      sink.interrupted(messageOf(error));
    }
  };

  const provider: Provider = {
    createPod: (request, context) => call<void>('createPod', [request], context),
    updatePod: (update, context) => call<readonly UpdateOutcome[]>('updatePod', [update], context),
    deletePod: (ref, deletion, context) => call<void>('deletePod', [ref, deletion], context),
    // JSON has no undefined: absence travels as null.
    getPod: async (ref, context) => (await call<ListedPod | null>('getPod', [ref], context)) ?? undefined,
    getPodStatus: async (ref, context) =>
      (await call<PodObservation | null>('getPodStatus', [ref], context)) ?? undefined,
    getPods: (context) => call<PodListing>('getPods', [], context),
    ping: (context) => call<void>('ping', [], context),
  };
  return notifies ? { ...provider, notifyPods: (sink, { signal }) => void follow(sink, signal) } : provider;
}
