import { settingsOf } from './accept-options.js';
import type { AcceptOptions } from './accept-options.js';
import { answered } from './refuse-upgrade.js';
import type { UpgradedSocket } from './upgraded-socket.js';
import { binaryCodec } from './websocket/channel-codec.js';
import { messageConnection } from './websocket/connection.js';
import { asksForWebSocket, offeredSubprotocols, refuseWebSocket, webSocketHandshake } from './websocket/handshake.js';

/** Messages to a client over WebSocket. What the client sends is dropped. */
export interface MessageSender {
  /** Aborts when the other side is gone. */
  readonly gone: AbortSignal;
  /** Sends a text. */
  send(message: string): void;
  /** Resolves when more may be sent, undefined when that is now; rejects when the other side is gone. */
  ready(): Promise<void> | undefined;
  /** Closes with code 1000 behind all messages so far. */
  close(): Promise<void>;
}

/**
 * Answers an upgrade to WebSocket for messages in one direction, as watches of the Kubernetes API are. Rejects with a coded
 * error after the client was answered and the socket closed.
 */
export function acceptMessages(upgraded: UpgradedSocket, options: AcceptOptions): Promise<MessageSender> {
  return answered(upgraded, () => Promise.resolve().then(() => accepted(upgraded, options)));
}

/** A single subprotocol is repeated, of several none is chosen: no watch defines any. */
function accepted(upgraded: UpgradedSocket, options: AcceptOptions): MessageSender {
  const settings = settingsOf(options);
  const [subprotocol, ...more] = offeredSubprotocols(upgraded);
  if (!asksForWebSocket(upgraded)) refuseWebSocket(upgraded, 400, 'Upgrade request required');
  if (more.length > 0) refuseWebSocket(upgraded, 400, 'there is no choice of subprotocols');
  const connection = messageConnection(webSocketHandshake(upgraded, subprotocol), {
    settings,
    codec: binaryCodec,
    onBytes: () => undefined,
  });
  const { gone, sendText, ready, close } = connection;
  return { gone, send: sendText, ready, close };
}
