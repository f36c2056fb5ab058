import type { Deadline } from '@virtual-kubelet/base';
import type { SessionSettings } from '../accept-options.js';
import { socketCarrier } from '../carrier.js';
import type { Carrier } from '../carrier.js';
import { forwardedConnection } from '../forwarded-connection.js';
import { itemQueue } from '../item-queue.js';
import type { ItemQueue } from '../item-queue.js';
import { portNumber } from '../port-forward.js';
import type { ForwardedConnection, PortForwardSession } from '../port-forward.js';
import { protocol } from '../protocols.js';
import type { UpgradedSocket } from '../upgraded-socket.js';
import { spdyConnection } from './connection.js';
import { spdyHandshake } from './handshake.js';
import type { Headers } from './header-block.js';
import type { SpdyStream } from './stream.js';

/** Protocols for port-forwarding over SPDY. */
export const spdyPortForwardProtocols: readonly string[] = [protocol.portForward];

interface Pair {
  readonly deadline: Deadline;
  readonly streams: Map<string, SpdyStream>;
}

interface Pairing {
  readonly settings: SessionSettings;
  readonly gone: AbortSignal;
  readonly pairs: Map<string, Pair>;
  readonly connections: ItemQueue<ForwardedConnection>;
}

function portOf(headers: Headers): number | undefined {
  return portNumber(headers.get('port') ?? '');
}

function acceptable(headers: Headers): boolean {
  const type = headers.get('streamtype');
  return portOf(headers) !== undefined && (type === 'error' || type === 'data');
}

/** Very old clients send no request id; their two streams follow each other, the error stream first. */
function requestId({ id, headers }: SpdyStream): string {
  const given = headers.get('requestid');
  if (given) return given;
  return String(headers.get('streamtype') === 'error' ? id : id - 2);
}

async function complain(pair: Pair, why: string): Promise<void> {
  const error = pair.streams.get('error');
  await error?.writable.write(Buffer.from(why));
  await error?.writable.close();
}

function openPair(pairing: Pairing, id: string): Pair {
  const { settings, gone, pairs } = pairing;
  const deadline = settings.clock.deadline(settings.creationTimeout, gone);
  const pair: Pair = { deadline, streams: new Map() };
  pairs.set(id, pair);
  deadline.signal.addEventListener('abort', () => {
    pairs.delete(id);
    if (gone.aborted) return;
    complain(pair, `request ${id}: timed out waiting for its other stream`).catch(() => undefined);
    pair.streams.get('data')?.reset();
  });
  return pair;
}

/** A client that takes its stream back does not mean to send the other one: nothing waits for it. */
function forgetWithStream({ pairs }: Pairing, id: string, stream: SpdyStream): void {
  const pair = pairs.get(id);
  stream.gone.addEventListener('abort', () => {
    pair?.deadline.release();
    if (pairs.get(id) === pair) pairs.delete(id);
  });
}

function connect(pair: Pair): ForwardedConnection {
  const data = pair.streams.get('data') as SpdyStream;
  const error = pair.streams.get('error') as SpdyStream;
  // Nothing is expected on it: the client ends its half at once.
  error.readable.discard();
  const connection = forwardedConnection({
    port: portOf(data.headers) as number,
    readable: data.readable,
    data: data.writable,
    error: error.writable,
    abort: () => data.reset(),
  });
  data.gone.addEventListener('abort', () => connection.abandoned(data.gone.reason));
  return connection;
}

function onStream(pairing: Pairing, stream: SpdyStream): void {
  const id = requestId(stream);
  const type = stream.headers.get('streamtype') as string;
  const pair = pairing.pairs.get(id) ?? openPair(pairing, id);
  if (pair.streams.has(type)) return stream.reset();
  pair.streams.set(type, stream);
  if (pair.streams.size < 2) return forgetWithStream(pairing, id, stream);
  pair.deadline.release();
  pairing.pairs.delete(id);
  pairing.connections.push(connect(pair));
}

/** Serves port-forwarding on a connection that speaks SPDY already. */
export function servePortForwardStreams(
  carrier: Carrier,
  settings: SessionSettings,
  agreed: string,
): PortForwardSession {
  const connection = spdyConnection(carrier, {
    settings,
    role: 'server',
    accepts: acceptable,
    onStream: (stream) => onStream(pairing, stream),
  });
  const { gone } = connection;
  const connections = itemQueue<ForwardedConnection>(settings.limits.streams);
  const pairing: Pairing = { settings, gone, pairs: new Map(), connections };
  gone.addEventListener('abort', () => connections.end());
  connection.begin();
  return { protocol: agreed, connections, gone, close: () => connection.close() };
}

/** Serves port-forwarding over SPDY/3.1. */
export function servePortForwardOverSpdy(upgraded: UpgradedSocket, settings: SessionSettings): PortForwardSession {
  const agreed = spdyHandshake(upgraded, spdyPortForwardProtocols);
  return servePortForwardStreams(socketCarrier(upgraded.socket, upgraded.head), settings, agreed);
}
