import { deferred, untilAborted } from '@virtual-kubelet/base';
import type { SessionSettings } from '../accept-options.js';
import { socketCarrier } from '../carrier.js';
import { streamError } from '../errors.js';
import { protocol } from '../protocols.js';
import type { RemoteCommandSession, RemoteCommandStreams } from '../remote-command.js';
import { remoteCommandSession } from '../remote-command-session.js';
import { resizeChannel } from '../resize.js';
import type { UpgradedSocket } from '../upgraded-socket.js';
import { spdyConnection } from './connection.js';
import type { SpdyConnection } from './connection.js';
import { spdyHandshake } from './handshake.js';
import type { SpdyStream } from './stream.js';

/** Versions for exec and attach over SPDY. */
const known = [protocol.v4, protocol.v3, protocol.v2, protocol.v1];

const streamTypes = ['error', 'stdin', 'stdout', 'stderr', 'resize'] as const;
type StreamType = (typeof streamTypes)[number];
type Streams = ReadonlyMap<StreamType, SpdyStream>;

function isStreamType(text: string | undefined): text is StreamType {
  return streamTypes.some((type) => type === text);
}

function announced(streams: RemoteCommandStreams, version: string): StreamType[] {
  const resizes = streams.tty && (version === protocol.v4 || version === protocol.v3);
  const wanted = { error: true, stdin: streams.stdin, stdout: streams.stdout, stderr: streams.stderr, resize: resizes };
  return streamTypes.filter((type) => wanted[type]);
}

interface Arrival {
  readonly connection: SpdyConnection;
  readonly streams: Streams;
  /** Resolves when all announced streams are open. */
  readonly complete: Promise<void>;
  missing(): StreamType[];
}

function arrivals(upgraded: UpgradedSocket, expected: readonly StreamType[], settings: SessionSettings): Arrival {
  const streams = new Map<StreamType, SpdyStream>();
  const complete = deferred();
  const missing = (): StreamType[] => expected.filter((type) => !streams.has(type));
  const connection = spdyConnection(socketCarrier(upgraded.socket, upgraded.head), {
    settings,
    role: 'server',
    accepts: (headers) => {
      const type = headers.get('streamtype');
      return isStreamType(type) && !streams.has(type);
    },
    onStream: (stream) => {
      const type = stream.headers.get('streamtype') as StreamType;
      streams.set(type, stream);
      // A stream that was not announced is read to its end, or it would stop the others.
      if (!expected.includes(type)) stream.readable.discard();
      if (missing().length === 0) complete.resolve();
    },
  });
  connection.begin();
  return { connection, streams, complete: complete.promise, missing };
}

async function awaitStreams(arrival: Arrival, settings: SessionSettings): Promise<void> {
  const { clock, creationTimeout } = settings;
  const deadline = clock.deadline(creationTimeout, arrival.connection.gone);
  try {
    await untilAborted(arrival.complete, deadline.signal);
  } catch (error) {
    if (arrival.connection.gone.aborted) throw error;
    const missing = arrival.missing().join();
    const reason = streamError('VK_STREAMS_CREATION_TIMEOUT', { ms: creationTimeout, missing }, error);
    arrival.connection.lost(reason);
    throw reason;
  } finally {
    deadline.release();
  }
}

async function pump(stream: SpdyStream, into: { push(bytes: Uint8Array): void; end(): void }): Promise<void> {
  for await (const bytes of stream.readable) into.push(bytes);
  into.end();
}

async function finish({ connection, streams }: Arrival): Promise<void> {
  const open = streamTypes.flatMap((type) => streams.get(type) ?? []);
  await Promise.all(open.map((stream) => stream.writable.close())).catch(() => undefined);
  await connection.finish();
}

/** Serves exec or attach over SPDY/3.1. */
export async function serveRemoteCommandOverSpdy(
  upgraded: UpgradedSocket,
  wanted: RemoteCommandStreams,
  settings: SessionSettings,
): Promise<RemoteCommandSession> {
  const version = spdyHandshake(upgraded, known);
  const expected = announced(wanted, version);
  const arrival = arrivals(upgraded, expected, settings);
  await awaitStreams(arrival, settings);
  const { streams, connection } = arrival;
  const ofType = (type: StreamType): SpdyStream | undefined =>
    expected.includes(type) ? streams.get(type) : undefined;
  const sizes = resizeChannel(settings.limits.resizeDocument);
  const resize = ofType('resize');
  if (resize) pump(resize, sizes).catch(() => undefined);
  return remoteCommandSession({
    protocol: version,
    gone: connection.gone,
    stdin: ofType('stdin')?.readable,
    stdout: ofType('stdout')?.writable,
    stderr: ofType('stderr')?.writable,
    error: (streams.get('error') as SpdyStream).writable,
    resize: wanted.tty ? sizes.sizes : undefined,
    finish: () => finish(arrival),
  });
}
