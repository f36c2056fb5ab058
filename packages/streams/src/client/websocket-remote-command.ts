import type { SessionSettings } from '../accept-options.js';
import type { ByteQueue } from '../byte-queue.js';
import { streamError } from '../errors.js';
import { protocol as names } from '../protocols.js';
import type { RemoteCommandOutcome, RemoteCommandStreams } from '../remote-command.js';
import { outcomeOf } from '../status.js';
import { codecOf } from '../websocket/channel-codec.js';
import { channelOutbox } from '../websocket/channel-outbox.js';
import { channel, closeSignal } from '../websocket/channels.js';
import { messageConnection } from '../websocket/connection.js';
import { closeCode } from '../websocket/frame.js';
import { readStatus, resizeDocument } from './remote-command-client.js';
import type { RemoteCommandClient } from './remote-command-client.js';
import type { WebSocketUpgrade } from './upgrade.js';

/** Makes the client's view of a WebSocket with channels. */
export function remoteCommandOverWebSocket(
  { protocol, webSocket }: WebSocketUpgrade,
  wanted: RemoteCommandStreams,
  settings: SessionSettings,
): RemoteCommandClient {
  let code: number | undefined;
  const connection = messageConnection(webSocket, {
    settings,
    codec: codecOf(protocol),
    onBytes: (number, bytes) => queues.get(number)?.push(bytes),
    onGoodbye: (said) => (code = said),
  });
  const error = connection.flow.open();
  const queues = new Map<number, ByteQueue>([[channel.error, error]]);
  if (wanted.stdout) queues.set(channel.stdout, connection.flow.open());
  if (wanted.stderr && !wanted.tty) queues.set(channel.stderr, connection.flow.open());
  connection.gone.addEventListener('abort', () => queues.forEach((queue) => queue.end()));
  const outcomeFrom = async (): Promise<RemoteCommandOutcome> => {
    const text = await readStatus(error);
    if (text === '' && code !== closeCode.normal) connection.gone.throwIfAborted();
    return outcomeOf(protocol, text);
  };
  const output = (number: number, onEnd?: () => void) =>
    channelOutbox({ connection, channel: number, ...(onEnd && { onEnd }) });
  const endOfInput = (): void => {
    if (protocol === names.v5) connection.send(closeSignal, Buffer.of(channel.stdin));
  };
  const outcome = outcomeFrom();
  outcome.catch(() => undefined);
  const resizes = output(channel.resize);
  const stdout = queues.get(channel.stdout);
  const stderr = queues.get(channel.stderr);
  return {
    protocol,
    outcome,
    gone: connection.gone,
    ...(wanted.stdin && { stdin: output(channel.stdin, endOfInput) }),
    ...(stdout && { stdout }),
    ...(stderr && { stderr }),
    resize: (size) => (wanted.tty ? resizes.write(resizeDocument(size)) : Promise.resolve()),
    close: () => connection.close(),
    destroy: () => connection.lost(streamError('VK_STREAMS_CLOSED')),
  };
}
