import { CodedError, untilAborted } from '@virtual-kubelet/base';
import type { Clock, Logger, Random, Transport, TransportRequest } from '@virtual-kubelet/base';
import { apiErrorOf, ApiError } from './api-error.js';
import type { CallOptions } from './api.js';
import type { CallKind, ClientMetrics, Verb } from './client-metrics.js';
import { silentMetrics } from './client-metrics.js';
import { clientError } from './errors.js';
import type { AttemptFailure } from './retry.js';
import { retryDelay } from './retry.js';
import { TransportError } from './transport/transport-error.js';

/** What calls are made with. */
export interface CallerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** @default none */
  readonly logger?: Logger;
  /** @default none */
  readonly metrics?: ClientMetrics;
}

/** One call to the API server. */
export interface Call extends CallKind {
  /** With query. */
  readonly path: string;
  /** @default application/json */
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
  /** Whether it may take effect twice without harm. */
  readonly repeatable: boolean;
  readonly options?: CallOptions | undefined;
}

/** Makes calls: resolves with the body of a success, rejects with {@link ApiError} for any other answer. */
export type Caller = (call: Call) => Promise<Uint8Array>;

/** Milliseconds for one attempt. */
const usualTimeout = 30_000;

const methods: Readonly<Record<Verb, TransportRequest['method']>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
};

/** `GET /api/v1/nodes/vk`, for messages: without the query. */
function describe(call: Call): string {
  return `${methods[call.verb]} ${call.path.split('?', 1)[0] ?? ''}`;
}

function requestOf(call: Call, signal: AbortSignal): TransportRequest {
  const { accept = 'application/json', contentType = 'application/json', body, options } = call;
  const typed = body === undefined ? {} : { 'content-type': contentType };
  return {
    method: methods[call.verb],
    path: call.path,
    headers: { accept, ...typed },
    signal,
    lane: options?.lane ?? 'pods',
    ...(body === undefined ? {} : { body }),
  };
}

/** Failures that another attempt cannot cure, such as credentials that are not there. */
function isFinal(error: unknown): boolean {
  if (error instanceof TransportError) return ['closed', 'size', 'upgrade', 'tls'].includes(error.kind);
  return error instanceof CodedError;
}

/** What happened to an attempt, or undefined when no other should follow. */
function failureOf(error: unknown, timedOut: boolean): AttemptFailure | undefined {
  if (timedOut) return { kind: 'timeout' };
  if (error instanceof ApiError) return { kind: 'answer', status: error.status, retryAfter: error.retryAfter };
  if (isFinal(error)) return undefined;
  if (error instanceof TransportError && !error.maybeSent) return { kind: 'unsent' };
  return { kind: 'dropped' };
}

/** Makes a {@link Caller}: time limits, repetition and errors are the same for all calls. */
export function createCaller(parts: CallerOptions): Caller {
  const { transport, clock, random, logger, metrics = silentMetrics } = parts;

  const attempt = async (call: Call, signal: AbortSignal): Promise<Uint8Array> => {
    // The wait ends with the signal even where a transport is deaf to it.
    const answer = await untilAborted(transport.request(requestOf(call, signal)), signal);
    if (answer.status < 200 || answer.status > 299) throw apiErrorOf(answer, describe(call));
    return answer.body;
  };

  /** Resolves with the body, or with how long to wait before the next attempt. */
  const once = async (call: Call, count: number): Promise<Uint8Array | number> => {
    const { signal, timeout = usualTimeout, retry } = call.options ?? {};
    const limit = clock.deadline(timeout, signal);
    try {
      return await attempt(call, limit.signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const timedOut = limit.signal.aborted;
      const failure = failureOf(error, timedOut);
      const question = { attempt: count, repeatable: call.repeatable, retry };
      const delay = failure && retryDelay({ failure, ...question }, random);
      if (failure && delay !== undefined) return told(call, failure, delay);
      throw timedOut ? clientError('VK_API_TIMEOUT', { call: describe(call), seconds: timeout / 1000 }, error) : error;
    } finally {
      limit.release();
    }
  };

  const told = (call: Call, failure: AttemptFailure, delay: number): number => {
    const because = failure.kind === 'answer' ? String(failure.status) : failure.kind;
    metrics.retried(call, because);
    logger?.debug('trying a call again', { call: describe(call), because, delay: Math.round(delay) });
    return delay;
  };

  return async (call) => {
    const signal = call.options?.signal;
    signal?.throwIfAborted();
    const began = clock.monotonic();
    try {
      for (let count = 1; ; count += 1) {
        const result = await once(call, count);
        if (typeof result !== 'number') return result;
        await clock.sleep(result, signal);
      }
    } finally {
      metrics.called(call, (clock.monotonic() - began) / 1000);
    }
  };
}

/** Reads an answer. The error never quotes the text: it may hold a Secret. */
export function parseAnswer(body: Uint8Array, call: Call): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw clientError('VK_API_MALFORMED', { call: describe(call) });
  }
}
