import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '@virtual-kubelet/base';
import type { UpgradeTarget } from './upgrade.js';

/** How a relay behaves. Times are in milliseconds. */
export interface RelayOptions {
  readonly clock: Clock;
  /** A relayed stream without a byte in either direction for so long is closed. Default 4 hours, as a kubelet. */
  readonly idleTimeout?: number;
  /** How long the target may take to answer. Default 30 seconds. */
  readonly answerTimeout?: number;
  /** Ends the relay, however far it is. */
  readonly signal?: AbortSignal;
}

/** How a relay ended. */
export interface RelayOutcome {
  /** What the client was answered; 499 when it left before that. */
  readonly status: number;
  /** Why there was no answer of the target to pass on. It names addresses, so it is for logs and not for the client. */
  readonly error?: Error;
}

/** An answer of the relay itself. */
export interface OwnAnswer {
  readonly status: number;
  readonly body: string;
}

/** As servers note it: the client did not wait for an answer. */
export const clientLeft = 499;

/** Milliseconds. */
export const defaultAnswerTimeout = 30_000;

/**
 * Headers that belong to one connection (RFC 9110, section 7.6.1), and those with which the target speaks to the relay about
 * the relay's own identity.
 */
const ownHeaders: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
]);

/** Headers of an answer that are for the client, as a flat list of names and values. */
export function passedHeaders({ headers, rawHeaders }: IncomingMessage): string[] {
  const named = (headers.connection ?? '').toLowerCase().split(/[\s,]+/);
  const passed: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    const lower = name.toLowerCase();
    if (!ownHeaders.has(lower) && !named.includes(lower)) passed.push(name, value);
  }
  return passed;
}

/** Makes the request to a target. Nothing of the client's request is in it but what is given. */
export function requestTo(
  target: UpgradeTarget,
  request: { readonly method: string; readonly headers: OutgoingHttpHeaders },
): ClientRequest {
  const url = new URL(target.url);
  const headers = { ...target.headers, ...request.headers };
  const options = { method: request.method, headers, agent: false as const };
  return url.protocol === 'https:' ? httpsRequest(url, { ...options, ...target.tls }) : httpRequest(url, options);
}

/** An answer that is neither a success nor a refusal, such as a redirection: nothing for a client of another server. */
export class UnfitAnswer extends Error {
  override readonly name = 'UnfitAnswer';

  constructor(answer: IncomingMessage) {
    super(`it answers with status ${answer.statusCode}`);
    answer.destroy();
  }
}

/** What is wrong and not where, such as ECONNREFUSED or CERT_HAS_EXPIRED. */
function briefly(cause: unknown): string {
  if (cause instanceof UnfitAnswer) return cause.message;
  const { code, name } = cause as { code?: unknown; name?: unknown };
  if (name === 'TimeoutError') return 'it does not answer in time';
  return typeof code === 'string' ? code : 'the request was not possible';
}

/** What the client is told when the target gave no answer for it. */
export function ownAnswer(cause: unknown, signal: AbortSignal | undefined): OwnAnswer {
  if (signal?.aborted === true) return { status: 503, body: 'this server is stopping' };
  return { status: 502, body: `the server that runs this pod cannot be used: ${briefly(cause)}` };
}
