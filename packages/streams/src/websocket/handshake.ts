import type { IncomingMessage } from 'node:http';
import { WebSocketServer } from 'ws';
import type { ServerOptions, WebSocket } from 'ws';
import { streamError } from '../errors.js';
import type { StreamLimits } from '../limits.js';
import { protocolList } from '../protocols.js';
import { refuseUpgrade } from '../refuse-upgrade.js';
import type { UpgradedSocket } from '../upgraded-socket.js';

/** Options that both roles set: bounded messages, no compression, answers to pings by ourselves. */
export function socketOptions(limits: StreamLimits): { perMessageDeflate: false; maxPayload: number; autoPong: false } {
  return { perMessageDeflate: false, maxPayload: limits.message, autoPong: false };
}

/** Whether a request asks for a WebSocket, as kubernetes/kubernetes:staging/src/k8s.io/streaming/pkg/httpstream/wsstream decides. */
export function asksForWebSocket({ request: { headers } }: UpgradedSocket): boolean {
  const connection = headers.connection?.toLowerCase() ?? '';
  return headers.upgrade?.toLowerCase() === 'websocket' && connection.includes('upgrade');
}

/** Subprotocols the client offers, in its order. */
export function offeredSubprotocols({ request }: UpgradedSocket): string[] {
  return protocolList(request.headers['sec-websocket-protocol']);
}

/** Refuses an upgrade to WebSocket and throws. */
export function refuseWebSocket(upgraded: UpgradedSocket, status: number, why: string): never {
  refuseUpgrade(upgraded, { status, body: why });
  throw streamError('VK_STREAMS_UPGRADE_REFUSED', { status, why });
}

/** How to upgrade. */
export interface WebSocketHandshake {
  readonly limits: StreamLimits;
  /** The subprotocol to answer; none when the client offered none. */
  readonly subprotocol: string | undefined;
}

/**
 * The request without its subprotocols. The library insists on names of RFC 6455, which `SPDY/3.1+portforward.k8s.io`
 * is not; so the choice, and saying it, are ours.
 */
function withoutSubprotocols(request: IncomingMessage): IncomingMessage {
  const { 'sec-websocket-protocol': _, ...headers } = request.headers;
  return Object.create(request, { headers: { value: headers } }) as IncomingMessage;
}

/** Switches to WebSocket, or refuses with 400 and throws when the request breaks RFC 6455. */
export function webSocketHandshake(upgraded: UpgradedSocket, { limits, subprotocol }: WebSocketHandshake): WebSocket {
  const options: ServerOptions = { noServer: true, clientTracking: false, ...socketOptions(limits) };
  const server = new WebSocketServer(options);
  let broken = 'the connection was closed';
  let socket: WebSocket | undefined;
  server.on('wsClientError', (error) => (broken = error.message));
  server.on('headers', (headers) => {
    if (subprotocol) headers.push(`Sec-WebSocket-Protocol: ${subprotocol}`);
  });
  const request = withoutSubprotocols(upgraded.request);
  server.handleUpgrade(request, upgraded.socket, upgraded.head, (accepted) => (socket = accepted));
  return socket ?? refuseWebSocket(upgraded, 400, broken);
}
