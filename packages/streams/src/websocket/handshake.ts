import { createHash } from 'node:crypto';
import { streamError } from '../errors.js';
import { protocolList } from '../protocols.js';
import { refuseUpgrade } from '../refuse-upgrade.js';
import type { UpgradedSocket } from '../upgraded-socket.js';
import type { WebSocketEnd } from './web-socket.js';

/** Whether a request asks for a WebSocket, as kubernetes/kubernetes:staging/src/k8s.io/streaming/pkg/httpstream/wsstream decides. */
export function asksForWebSocket({ request: { headers } }: UpgradedSocket): boolean {
  const connection = headers.connection?.toLowerCase() ?? '';
  return headers.upgrade?.toLowerCase() === 'websocket' && connection.includes('upgrade');
}

/** Subprotocols the client offers, in its order. */
export function offeredSubprotocols({ request }: UpgradedSocket): string[] {
  return protocolList(request.headers['sec-websocket-protocol']);
}

/** The version of RFC 6455. */
const version = '13';

/** Refuses an upgrade to WebSocket and throws. */
export function refuseWebSocket(upgraded: UpgradedSocket, status: number, why: string): never {
  const headers = [['Sec-WebSocket-Version', version]] as const;
  refuseUpgrade(upgraded, { status, body: why, headers });
  throw streamError('VK_STREAMS_UPGRADE_REFUSED', { status, why });
}

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** What proves to a client that its request was read (RFC 6455, section 4.2.2). */
export function acceptKey(key: string): string {
  return createHash('sha1')
    .update(key + guid)
    .digest('base64');
}

function keyOf(upgraded: UpgradedSocket): string {
  const { method, headers } = upgraded.request;
  const { 'sec-websocket-key': key = '', 'sec-websocket-version': spoken } = headers;
  if (method !== 'GET') refuseWebSocket(upgraded, 400, 'a WebSocket is asked for with GET');
  if (headers.upgrade?.toLowerCase() !== 'websocket')
    refuseWebSocket(upgraded, 400, 'the header Upgrade names no WebSocket');
  if (spoken !== version) refuseWebSocket(upgraded, 400, 'the header Sec-WebSocket-Version is not 13');
  if (!/^[+/0-9A-Za-z]{22}==$/.test(key))
    refuseWebSocket(upgraded, 400, 'the header Sec-WebSocket-Key is missing or none');
  return key;
}

/**
 * Switches to WebSocket, or refuses with 400 and throws when the request breaks RFC 6455. No extension is agreed on.
 * @param subprotocol to answer; none when the client offered none
 */
export function webSocketHandshake(upgraded: UpgradedSocket, subprotocol: string | undefined): WebSocketEnd {
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(keyOf(upgraded))}`,
    ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
  ];
  const { socket, head } = upgraded;
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return { role: 'server', socket, head };
}
