import type { SessionSettings } from '../accept-options.js';
import type { ByteQueue } from '../byte-queue.js';
import { streamError } from '../errors.js';
import { codecOf } from '../websocket/channel-codec.js';
import { channelOutbox } from '../websocket/channel-outbox.js';
import { messageConnection } from '../websocket/connection.js';
import { readStatus } from './remote-command-client.js';
import type { ClientConnection, PortForwardClient } from './port-forward-client.js';
import type { WebSocketUpgrade } from './upgrade.js';

/** Drops the port number with which each channel begins. */
function behindPortNumber(queue: ByteQueue): (bytes: Buffer) => void {
  let left = 2;
  return (bytes) => {
    const skipped = Math.min(left, bytes.length);
    left -= skipped;
    queue.push(bytes.subarray(skipped));
  };
}

/** Makes the client's view of a WebSocket with two channels for each port. */
export function portForwardOverChannels(
  { protocol, webSocket }: WebSocketUpgrade,
  ports: readonly number[],
  settings: SessionSettings,
): PortForwardClient {
  const connection = messageConnection(webSocket, {
    settings,
    codec: codecOf(protocol),
    onBytes: (channel, bytes) => receivers[channel]?.(bytes),
  });
  const queues = ports.flatMap(() => [connection.flow.open(), connection.flow.open()]);
  const receivers = queues.map(behindPortNumber);
  connection.gone.addEventListener('abort', () => queues.forEach((queue) => queue.end()));
  const connections = ports.map((_port, index): ClientConnection => {
    const channel = index * 2;
    const [readable, errors] = queues.slice(channel, channel + 2) as [ByteQueue, ByteQueue];
    const writable = channelOutbox({ connection, channel });
    return {
      readable,
      writable,
      closeWrite: () => writable.close(),
      error: readStatus(errors),
      reset: () => readable.discard(),
    };
  });
  return {
    protocol,
    gone: connection.gone,
    connect(port) {
      const found = connections[ports.indexOf(port)];
      return found ? Promise.resolve(found) : Promise.reject(streamError('VK_STREAMS_CLOSED'));
    },
    close: () => connection.close(),
    destroy: () => connection.lost(streamError('VK_STREAMS_CLOSED')),
  };
}
