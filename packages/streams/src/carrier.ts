import type { BlockFraming } from '@virtual-kubelet/base';
import type { Duplex } from 'node:stream';
import type { Link } from './link.js';

/** What carries the bytes of a SPDY connection: a socket, or the messages of a WebSocket. */
export interface Carrier {
  readonly socket: Duplex;
  /** What stands around each block of output; nothing when absent. */
  readonly framing?: BlockFraming;
  /** Hands on what arrives from now on, and what has arrived already. */
  listen(link: Link, to: CarrierListener): void;
  /** Says behind all output that nothing follows; nothing when absent. */
  goodbye?(link: Link): void;
}

/** Who takes what arrives. */
export interface CarrierListener {
  bytes(chunk: Buffer): void;
  /** The other side says that nothing follows. */
  end(): void;
}

/**
 * A socket that carries nothing but the connection.
 * @param head bytes that were read from it already
 */
export function socketCarrier(socket: Duplex, head: Buffer): Carrier {
  return {
    socket,
    listen(_link, { bytes, end }) {
      if (head.length > 0) bytes(head);
      socket.on('data', bytes);
      socket.once('end', end);
    },
  };
}
