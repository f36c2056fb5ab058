import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { streamError } from '../errors.js';
import { refuseUpgrade } from '../refuse-upgrade.js';
import { tuneForStreams } from '../tcp.js';
import type { UpgradedSocket } from '../upgraded-socket.js';
import type { UpgradeTarget } from './upgrade.js';

/** Headers that belong to the protocol of the stream; who asks, and all else, is the relay's own business. */
const passedOn = /^(connection|upgrade|x-stream-protocol-version|sec-websocket-.*|content-length)$/;

interface Backend {
  readonly answer: IncomingMessage;
  /** Absent when the other server does not switch. */
  readonly stream?: { readonly socket: Duplex; readonly head: Buffer };
}

function protocolHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => passedOn.test(name)));
}

function send({ request }: UpgradedSocket, target: UpgradeTarget): ClientRequest {
  const url = new URL(target.url);
  const headers = { ...target.headers, ...protocolHeaders(request.headers) };
  const options = { method: request.method, headers, agent: false, ...(target.signal && { signal: target.signal }) };
  return url.protocol === 'https:' ? httpsRequest(url, { ...options, ...target.tls }) : httpRequest(url, options);
}

function ask(upgraded: UpgradedSocket, target: UpgradeTarget): Promise<Backend> {
  return new Promise((resolve, reject) => {
    const sent = send(upgraded, target);
    upgraded.socket.once('close', () => sent.destroy());
    sent.once('error', (cause) => reject(streamError('VK_STREAMS_PEER_GONE', { why: cause.message }, cause)));
    sent.once('response', (answer) => resolve({ answer }));
    sent.once('upgrade', (answer, socket, head) => resolve({ answer, stream: { socket, head } }));
    sent.end();
  });
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage, extra: readonly string[]): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const framing = extra.length > 0 && /^(connection|keep-alive|transfer-encoding)$/i.test(name);
    if (!framing) lines.push(`${name}: ${rawHeaders[at + 1]}`);
  }
  return `${[...lines, ...extra].join('\r\n')}\r\n\r\n`;
}

async function join(client: UpgradedSocket, { socket, head }: { socket: Duplex; head: Buffer }): Promise<void> {
  tuneForStreams(client.socket);
  tuneForStreams(socket);
  if (head.length > 0) client.socket.write(head);
  if (client.head.length > 0) socket.write(client.head);
  // Neither SPDY nor WebSocket ends a stream by ending its connection: the end of one side ends both.
  const directions = [pipeline(client.socket, socket), pipeline(socket, client.socket)];
  await Promise.race(directions).catch(() => undefined);
  client.socket.destroy();
  socket.destroy();
  await Promise.allSettled(directions);
}

/**
 * Passes an upgrade request on to another kubelet or API server, which then speaks with the client byte for byte: for
 * nodes that front one. The method and the protocol's headers are the client's; address, identity and everything else
 * are those of the target. A refusal is passed back. Resolves when the stream has ended; rejects with a coded error,
 * after the client was answered, when the target cannot be reached.
 */
export async function relayUpgrade(upgraded: UpgradedSocket, target: UpgradeTarget): Promise<void> {
  upgraded.socket.on('error', () => undefined);
  let backend: Backend;
  try {
    backend = await ask(upgraded, target);
  } catch (error) {
    refuseUpgrade(upgraded, { status: 502, body: 'the server that runs this pod cannot be reached' });
    throw error;
  }
  const { answer, stream } = backend;
  if (stream) {
    stream.socket.on('error', () => undefined);
    upgraded.socket.write(headOf(answer, []));
    return join(upgraded, stream);
  }
  upgraded.socket.write(headOf(answer, ['Connection: close']));
  await pipeline(answer, upgraded.socket).catch(() => undefined);
  upgraded.socket.destroy();
}
