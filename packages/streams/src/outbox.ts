import { streamError } from './errors.js';
import type { ByteSink } from './remote-command.js';

/**
 * Largest piece that is sent at once, in bytes: other streams of the session get their turn between two pieces. With its
 * frame it fills one write.
 */
const pieceSize = 64 * 1024 - 64;

/** How one stream puts bytes on the wire. */
export interface OutboxWire {
  /** Resolves when a piece may be sent, undefined when that is now; rejects when nobody takes it any more. */
  ready(): Promise<void> | undefined;
  /** Sends one piece. */
  send(piece: Uint8Array): void;
  /** Says that nothing follows. */
  end(): void;
}

/** The sending half of a stream: keeps the order of writes, however impatient their callers. */
export interface Outbox extends ByteSink {
  /** Ends the stream behind all writes so far. Safe to call twice. */
  close(): Promise<void>;
  /** Resolves when all writes so far were sent or have failed. */
  flushed(): Promise<void>;
  /** Refuses all further writes with this reason. */
  break(reason: Error): void;
}

/** Makes an {@link Outbox}. */
export function outbox(wire: OutboxWire): Outbox {
  let tail: Promise<void> | undefined;
  let refusal: Error | undefined;
  let broken = false;
  let closing: Promise<void> | undefined;

  const sendAll = async (chunk: Uint8Array): Promise<void> => {
    for (let at = 0; at < chunk.length; at += pieceSize) {
      for (let wait = wire.ready(); wait; wait = wire.ready()) await wait;
      if (broken) throw refusal;
      wire.send(chunk.subarray(at, at + pieceSize));
    }
  };
  const inTurn = (job: () => Promise<void>): Promise<void> => {
    const turn = tail ? tail.then(job, job) : job();
    tail = turn;
    const leave = (): void => {
      if (tail === turn) tail = undefined;
    };
    turn.then(leave, leave);
    return turn;
  };
  const finish = (): Promise<void> => {
    if (!broken) wire.end();
    return Promise.resolve();
  };

  return {
    write: (chunk) => (refusal ? Promise.reject(refusal) : inTurn(() => sendAll(chunk))),
    close() {
      refusal ??= streamError('VK_STREAMS_CLOSED');
      closing ??= inTurn(finish);
      return closing;
    },
    flushed: () => (tail ?? Promise.resolve()).catch(() => undefined),
    break(reason) {
      broken = true;
      refusal = reason;
    },
  };
}
