import { outbox } from '../outbox.js';
import type { Outbox } from '../outbox.js';
import type { MessageConnection } from './connection.js';

/** Where a channel sends. */
export interface ChannelWire {
  readonly connection: MessageConnection;
  readonly channel: number;
  /** What to send when the channel ends; most dialects have no word for it. */
  onEnd?(): void;
}

/** The sending half of one channel. */
export function channelOutbox({ connection, channel, onEnd }: ChannelWire): Outbox {
  const box = outbox({
    ready: () => connection.ready(),
    send: (piece) => connection.send(channel, piece),
    end: () => onEnd?.(),
  });
  connection.gone.addEventListener('abort', () => box.break(connection.gone.reason as Error));
  return box;
}
