import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { TransportResponse } from '@virtual-kubelet/base';

/** A body went beyond the limit. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
  /** The limit, bytes. */
  readonly most: number;

  constructor(most: number) {
    super('body too large');
    this.most = most;
  }
}

/** A whole answer; with a socket when the server switched protocols. */
export interface ExchangeResult extends TransportResponse {
  readonly socket?: Dispatcher.UpgradeData['socket'];
}

/** What bounds an exchange. */
export interface ExchangeLimits {
  /** Most bytes of a body. */
  readonly most: number;
  readonly signal: AbortSignal | undefined;
}

/** Headers with the values of repeated ones joined. */
export function flatHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const flat: Record<string, string> = Object.create(null);
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    flat[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  return flat;
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('aborted');
}

function whole(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size);
}

/**
 * Sends a request and collects the answer. Works on undici's lowest layer: it costs less than a stream for each answer,
 * bounds the body, and an aborted call ends at once even when it still waits for a free connection.
 */
export function exchange(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  { most, signal }: ExchangeLimits,
): Promise<ExchangeResult> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    let status = 0;
    let headers: Readonly<Record<string, string>> = {};
    let started: Dispatcher.DispatchController | undefined;

    const stop = (): void => {
      started?.abort(reasonOf(signal));
      reject(signal?.reason);
    };
    const release = (): void => signal?.removeEventListener('abort', stop);
    if (signal?.aborted) return stop();
    signal?.addEventListener('abort', stop, { once: true });

    dispatcher.dispatch(options, {
      onRequestStart(controller) {
        started = controller;
        if (signal?.aborted) controller.abort(reasonOf(signal));
      },
      onRequestUpgrade(...[, statusCode, head, socket]) {
        release();
        resolve({ status: statusCode, headers: flatHeaders(head), body: whole([], 0), socket });
      },
      onResponseStart(_controller, statusCode, head) {
        status = statusCode;
        headers = flatHeaders(head);
      },
      onResponseData(controller, chunk) {
        size += chunk.length;
        if (size > most) controller.abort(new BodyTooLarge(most));
        else chunks.push(chunk);
      },
      onResponseEnd() {
        release();
        resolve({ status, headers, body: whole(chunks, size) });
      },
      onResponseError(_controller, error) {
        release();
        reject(error);
      },
    });
  });
}
