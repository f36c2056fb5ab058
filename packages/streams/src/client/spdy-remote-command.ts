import type { SessionSettings } from '../accept-options.js';
import { streamError } from '../errors.js';
import { protocol as names } from '../protocols.js';
import type { RemoteCommandOutcome, RemoteCommandStreams } from '../remote-command.js';
import { spdyConnection } from '../spdy/connection.js';
import type { SpdyConnection } from '../spdy/connection.js';
import type { SpdyStream } from '../spdy/stream.js';
import { outcomeOf } from '../status.js';
import { readStatus, resizeDocument } from './remote-command-client.js';
import type { RemoteCommandClient } from './remote-command-client.js';
import type { SpdyUpgrade } from './upgrade.js';

function typesOf(streams: RemoteCommandStreams, version: string): string[] {
  const resizes = streams.tty && (version === names.v4 || version === names.v3);
  const wanted: [string, boolean][] = [
    ['error', true],
    ['stdin', streams.stdin],
    ['stdout', streams.stdout],
    ['stderr', streams.stderr && !streams.tty],
    ['resize', resizes],
  ];
  return wanted.filter(([, is]) => is).map(([type]) => type);
}

async function outcomeFrom(error: SpdyStream, version: string): Promise<RemoteCommandOutcome> {
  const text = await readStatus(error.readable);
  if (text === '') error.gone.throwIfAborted();
  return outcomeOf(version, text);
}

async function openStreams(connection: SpdyConnection, types: readonly string[]): Promise<Map<string, SpdyStream>> {
  const streams = new Map<string, SpdyStream>();
  for (const type of types) streams.set(type, await connection.open(new Map([['streamtype', type]])));
  return streams;
}

/** A server that switches and then says nothing is left after a while. */
async function openInTime(connection: SpdyConnection, types: readonly string[], settings: SessionSettings) {
  const { clock, creationTimeout: ms } = settings;
  const deadline = clock.deadline(ms, connection.gone);
  const late = (): void => connection.lost(streamError('VK_STREAMS_CREATION_TIMEOUT', { ms, missing: types.join() }));
  deadline.signal.addEventListener('abort', late, { once: true });
  try {
    return await openStreams(connection, types);
  } finally {
    deadline.signal.removeEventListener('abort', late);
    deadline.release();
  }
}

/** Opens the streams one after the other, as kubectl does, and makes the client's view of them. */
export async function remoteCommandOverSpdy(
  { protocol, carrier }: SpdyUpgrade,
  wanted: RemoteCommandStreams,
  settings: SessionSettings,
): Promise<RemoteCommandClient> {
  const connection = spdyConnection(carrier, {
    settings,
    role: 'client',
    accepts: () => false,
    onStream: () => undefined,
  });
  connection.begin();
  const streams = await openInTime(connection, typesOf(wanted, protocol), settings);
  const outcome = outcomeFrom(streams.get('error') as SpdyStream, protocol);
  outcome.catch(() => undefined);
  const stdin = streams.get('stdin')?.writable;
  const stdout = streams.get('stdout')?.readable;
  const stderr = streams.get('stderr')?.readable;
  return {
    protocol,
    outcome,
    gone: connection.gone,
    ...(stdin && { stdin }),
    ...(stdout && { stdout }),
    ...(stderr && { stderr }),
    resize: (size) => streams.get('resize')?.writable.write(resizeDocument(size)) ?? Promise.resolve(),
    close: () => connection.close(),
    destroy: () => connection.lost(streamError('VK_STREAMS_CLOSED')),
  };
}
