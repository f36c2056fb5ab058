import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { socketCarrier } from '../carrier.js';
import type { Carrier } from '../carrier.js';
import { streamError } from '../errors.js';
import { acceptKey } from '../websocket/handshake.js';
import type { WebSocketEnd } from '../websocket/web-socket.js';

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
  readonly carrier: Carrier;
}

/** A connection that speaks WebSocket from now on. */
export interface WebSocketUpgrade {
  /** The subprotocol; empty when there is none. */
  readonly protocol: string;
  readonly webSocket: WebSocketEnd;
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

interface Upgraded {
  readonly headers: IncomingHttpHeaders;
  readonly socket: Duplex;
  readonly head: Buffer;
}

function send(target: UpgradeTarget, method: string, own: OutgoingHttpHeaders): ClientRequest {
  const url = new URL(target.url);
  const headers = { ...target.headers, Connection: 'Upgrade', ...own };
  const options = { method, headers, agent: false, ...(target.signal && { signal: target.signal }) };
  return url.protocol === 'https:' ? httpsRequest(url, { ...options, ...target.tls }) : httpRequest(url, options);
}

function upgrade(target: UpgradeTarget, method: string, headers: OutgoingHttpHeaders): Promise<Upgraded> {
  return new Promise((resolve, reject) => {
    const request = send(target, method, headers);
    request.once('error', (cause) => reject(unreachable(cause)));
    request.once('response', (response) => {
      refusal(response).then(reject, reject);
    });
    request.once('upgrade', ({ headers: answer }, socket, head) => resolve({ headers: answer, socket, head }));
    request.end();
  });
}

/** Asks for SPDY/3.1. Rejects with a coded error when the server does not switch. */
export async function upgradeToSpdy(target: UpgradeTarget, protocols: readonly string[]): Promise<SpdyUpgrade> {
  const { headers, socket, head } = await upgrade(target, 'POST', {
    Upgrade: 'SPDY/3.1',
    'X-Stream-Protocol-Version': [...protocols],
    'Content-Length': '0',
  });
  const version = headers['x-stream-protocol-version'];
  return { protocol: String(version ?? ''), carrier: socketCarrier(socket, head) };
}

/** Whether the server has read the request, and has not agreed on what was not asked for (RFC 6455, section 4.1). */
function isAnswer(headers: IncomingHttpHeaders, key: string): boolean {
  const extensions = headers['sec-websocket-extensions'];
  const isWebSocket = headers.upgrade?.toLowerCase() === 'websocket';
  return isWebSocket && extensions === undefined && headers['sec-websocket-accept'] === acceptKey(key);
}

/**
 * Asks for a WebSocket. Rejects with a coded error when the server does not switch.
 * @param protocols subprotocols in the order of preference; may be empty
 */
export async function upgradeToWebSocket(
  target: UpgradeTarget,
  protocols: readonly string[],
): Promise<WebSocketUpgrade> {
  const key = randomBytes(16).toString('base64');
  const { headers, socket, head } = await upgrade(target, 'GET', {
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key,
    ...(protocols.length > 0 ? { 'Sec-WebSocket-Protocol': protocols.join(', ') } : {}),
  });
  if (!isAnswer(headers, key)) {
    socket.on('error', () => undefined).destroy();
    throw unreachable(new Error('its answer to the request for a WebSocket is none'));
  }
  return { protocol: headers['sec-websocket-protocol'] ?? '', webSocket: { role: 'client', socket, head } };
}
