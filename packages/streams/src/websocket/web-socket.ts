import type { Duplex } from 'node:stream';
import { streamError } from '../errors.js';
import type { Link } from '../link.js';
import { closeCode, closeFrame, frameOf, opcode } from './frame.js';
import type { Role } from './frame.js';
import { frameReader } from './frame-reader.js';
import { Violation } from './violation.js';

/** A connection that speaks WebSocket from now on. */
export interface WebSocketEnd {
  readonly role: Role;
  readonly socket: Duplex;
  /** Bytes that were read from it already. */
  readonly head: Buffer;
}

/** Who takes what arrives. What it throws as {@link Violation} ends the connection. */
export interface WebSocketListener {
  /** A piece of a message, as it came; the next message begins behind the `last`. */
  piece(bytes: Buffer, about: { readonly isText: boolean; readonly last: boolean }): void;
  /** A ping or its answer came. */
  sign(what: 'ping' | 'answer'): void;
  /** The other side says goodbye; more does not come. */
  goodbye(code: number | undefined): void;
}

/** Waiting output above which pings are not answered any more, in bytes: only the flooded do not read answers. */
const answerBacklog = 1024 * 1024;

/** How long the answer to a goodbye may take to leave, in milliseconds: whoever serves the session waits so long to hear of it. */
const partingTime = 1_000;

const noBytes = Buffer.alloc(0);

/** A ping, or with `pong` its answer, which alone is something that nobody answers. */
export function signOf(role: Role, code: 'ping' | 'pong', bytes: Buffer = noBytes): Buffer {
  return frameOf({ code: opcode[code], role }, bytes);
}

/** Says goodbye with the code of a normal end: with any other, kubectl reports an error whatever the status said. */
export function sendGoodbye(link: Link, role: Role): void {
  link.sendUnframed(closeFrame(role, closeCode.normal));
}

function breakOff(link: Link, { socket, role }: WebSocketEnd, cause: Error): void {
  const code = cause instanceof Violation ? cause.code : closeCode.protocolError;
  if (!link.gone.aborted) socket.write(closeFrame(role, code));
  link.lost(streamError('VK_STREAMS_PROTOCOL', { why: cause.message }, cause));
}

/** Reads a WebSocket: answers pings while the other side reads the answers, and ends the connection when it is none. */
export function listenTo(
  end: WebSocketEnd,
  link: Link,
  { limit, listener }: { readonly limit: number; readonly listener: WebSocketListener },
): void {
  const { socket, role, head } = end;
  const reader = frameReader(role, limit);
  const receive = (chunk: Buffer): void => {
    try {
      for (const arrival of reader.read(chunk)) {
        if (link.gone.aborted) return;
        switch (arrival.type) {
          case 'piece':
            listener.piece(arrival.bytes, arrival);
            break;
          case 'ping':
            listener.sign('ping');
            if (link.backlog <= answerBacklog) link.sendUnframed(signOf(role, 'pong', arrival.bytes));
            break;
          case 'pong':
            listener.sign('answer');
            break;
          case 'close':
            listener.goodbye(arrival.code);
        }
      }
    } catch (error) {
      breakOff(link, end, error as Error);
    }
  };
  if (head.length > 0) receive(head);
  socket.on('data', receive);
  socket.once('end', () => link.lost(streamError('VK_STREAMS_PEER_GONE', { why: 'it ended the connection' })));
}

/** Answers the other side's goodbye, unless it is an answer itself, and ends the connection when that is said. */
export async function partFrom(link: Link, role: Role, saidAlready: boolean): Promise<void> {
  if (!saidAlready) sendGoodbye(link, role);
  link.linger(partingTime).catch(() => undefined);
  await link.end();
  link.lost(streamError('VK_STREAMS_PEER_GONE', { why: 'it closed the WebSocket' }));
}
