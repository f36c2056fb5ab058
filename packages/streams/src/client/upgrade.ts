import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { WebSocket } from 'ws';
import { streamError } from '../errors.js';
import type { StreamLimits } from '../limits.js';
import { socketOptions } from '../websocket/handshake.js';

/** Where and as whom to ask for an upgrade. */
export interface UpgradeTarget {
  /** An `http:` or `https:` address with its query. */
  readonly url: string;
  /** Further headers, such as `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Trust and client certificate for `https:`. */
  readonly tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;
  /** Gives up the attempt. A session that is open already goes on. */
  readonly signal?: AbortSignal;
}

/** A connection that speaks SPDY from now on. */
export interface SpdyUpgrade {
  readonly protocol: string;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** A connection that speaks WebSocket from now on. */
export interface WebSocketUpgrade {
  readonly protocol: string;
  readonly ws: WebSocket;
  readonly socket: Duplex;
}

/** Longest part of a refusal that is kept, in bytes. */
const refusalLimit = 4096;

async function refusal(response: IncomingMessage): Promise<Error> {
  let body = '';
  for await (const chunk of response) {
    body += String(chunk);
    if (body.length > refusalLimit) break;
  }
  const status = response.statusCode ?? 0;
  return streamError('VK_STREAMS_NOT_UPGRADED', { status, body: body.slice(0, refusalLimit).trim() });
}

/** Nobody got through to the target. */
export function unreachable(cause: Error): Error {
  return streamError('VK_STREAMS_PEER_GONE', { why: cause.message }, cause);
}

function send(target: UpgradeTarget, protocols: readonly string[]): ClientRequest {
  const url = new URL(target.url);
  const headers = {
    ...target.headers,
    Connection: 'Upgrade',
    Upgrade: 'SPDY/3.1',
    'X-Stream-Protocol-Version': [...protocols],
    'Content-Length': '0',
  };
  const options = { method: 'POST', headers, agent: false, ...(target.signal && { signal: target.signal }) };
  return url.protocol === 'https:' ? httpsRequest(url, { ...options, ...target.tls }) : httpRequest(url, options);
}

/** Asks for SPDY/3.1. Rejects with a coded error when the server does not switch. */
export function upgradeToSpdy(target: UpgradeTarget, protocols: readonly string[]): Promise<SpdyUpgrade> {
  return new Promise((resolve, reject) => {
    const request = send(target, protocols);
    request.once('error', (cause) => reject(unreachable(cause)));
    request.once('response', (response) => {
      refusal(response).then(reject, reject);
    });
    request.once('upgrade', (response, socket, head) => {
      const version = response.headers['x-stream-protocol-version'];
      resolve({ protocol: String(version ?? ''), socket, head });
    });
    request.end();
  });
}

/** How to ask for a WebSocket. */
export interface WebSocketRequest {
  /** Subprotocols in the order of preference; may be empty. */
  readonly protocols: readonly string[];
  readonly limits: StreamLimits;
}

/** Takes the subprotocol out of the answer: the library knows of none, as it would refuse that of a tunnel. */
function takeSubprotocol(response: IncomingMessage): string {
  const { headers } = response;
  const agreed = headers['sec-websocket-protocol'] ?? '';
  delete headers['sec-websocket-protocol'];
  return agreed;
}

function dial(target: UpgradeTarget, { protocols, limits }: WebSocketRequest): WebSocket {
  const offer = protocols.length > 0 ? { 'Sec-WebSocket-Protocol': protocols.join(', ') } : {};
  return new WebSocket(target.url.replace(/^http/, 'ws'), {
    ...target.tls,
    headers: { ...target.headers, ...offer },
    ...socketOptions(limits),
  });
}

/** Lets the signal end an attempt; the result ends that. */
function abortable(ws: WebSocket, signal: AbortSignal | undefined): () => void {
  const giveUp = (): void => ws.terminate();
  signal?.addEventListener('abort', giveUp, { once: true });
  if (signal?.aborted) giveUp();
  return () => signal?.removeEventListener('abort', giveUp);
}

/**
 * Asks for a WebSocket. Rejects with a coded error when the server does not switch. `opened` runs before the first
 * message can come, so that none is missed.
 */
export function upgradeToWebSocket<T>(
  target: UpgradeTarget,
  request: WebSocketRequest,
  opened: (upgrade: WebSocketUpgrade) => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const ws = dial(target, request);
    let upgrade: Omit<WebSocketUpgrade, 'ws'> | undefined;
    ws.on('error', (cause) => reject(unreachable(cause)));
    const settled = abortable(ws, target.signal);
    ws.once('unexpected-response', (sent, response) => {
      refusal(response).then(reject, reject);
      response.once('close', () => sent.destroy());
    });
    ws.once('upgrade', (response) => {
      upgrade = { protocol: takeSubprotocol(response), socket: response.socket };
    });
    ws.once('open', () => {
      settled();
      if (upgrade) resolve(opened({ ...upgrade, ws }));
    });
  });
}
