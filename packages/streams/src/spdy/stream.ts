import { lifetime } from '@virtual-kubelet/base';
import type { ByteQueue } from '../byte-queue.js';
import { streamError } from '../errors.js';
import type { Link } from '../link.js';
import { outbox } from '../outbox.js';
import type { Outbox } from '../outbox.js';
import { dataHead, resetStatus, rstStream } from './frame.js';
import type { Headers } from './header-block.js';

/** One stream of a SPDY connection: bytes both ways, each way ended by itself. */
export interface SpdyStream {
  readonly id: number;
  readonly headers: Headers;
  readonly readable: ByteQueue;
  readonly writable: Outbox;
  /** Aborts when the other side has reset the stream, or the connection is gone. */
  readonly gone: AbortSignal;
  /** Ends both directions at once. What was written before still arrives. */
  reset(): void;
}

/** A stream as its connection sees it. */
export interface LiveStream extends SpdyStream {
  receive(payload: Buffer, fin: boolean): void;
  /** The other side has reset the stream, or its connection is gone. */
  abandoned(reason: Error): void;
}

/** What a stream is made of. */
export interface StreamParts {
  readonly id: number;
  readonly headers: Headers;
  readonly readable: ByteQueue;
  readonly link: Link;
  /** Called once, when both directions have ended. */
  over(): void;
}

/** Makes a stream in the state "open both ways". */
export function liveStream({ id, headers, readable, link, over }: StreamParts): LiveStream {
  const life = lifetime();
  let open = true;
  let mayReceive = true;
  let maySend = true;
  const close = (): void => {
    if (open) over();
    open = false;
  };
  const writable = outbox({
    ready: () => link.ready(),
    send: (piece) => link.send(dataHead(id, piece.length, false), piece),
    end: () => {
      maySend = false;
      link.send(dataHead(id, 0, true));
      if (!mayReceive) close();
    },
  });
  return {
    id,
    headers,
    readable,
    writable,
    gone: life.signal,
    receive(payload, fin) {
      // Data behind the end, or for a stream that this side has reset, may have been under way: it is dropped.
      if (!open || !mayReceive) return;
      readable.push(payload);
      if (!fin) return;
      mayReceive = false;
      readable.end();
      if (!maySend) close();
    },
    reset() {
      if (!open) return;
      link.send(rstStream(id, resetStatus.cancel));
      close();
      writable.break(streamError('VK_STREAMS_CLOSED'));
      readable.discard();
    },
    abandoned(reason) {
      close();
      writable.break(reason);
      life.abort(reason);
      readable.end();
    },
  };
}
