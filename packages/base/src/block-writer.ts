import { blockSize, giveBlock, takeBlock } from './block-pool.js';
import type { Deferred } from './deferred.js';
import { deferred } from './deferred.js';

/** What stands around the bytes of each block. */
export interface BlockFraming {
  /** Bytes kept free in front of what is gathered, and behind it. */
  readonly before: number;
  readonly behind: number;
  /**
   * Writes the frame around the `size` bytes that begin at `before`.
   * @returns where the frame begins, and where what follows it would
   */
  seal(block: Buffer, size: number): { readonly from: number; readonly to: number };
}

/** Takes bytes, and calls back when it does not need them any more. */
export type WriteBytes = (bytes: Buffer, done: (error?: Error | null) => void) => void;

/** Gathers what is written in pieces, so that it leaves in few writes, one at a time. */
export interface BlockWriter {
  /** Bytes that were gathered and are not written yet. */
  readonly backlog: number;
  /** Of them, those of which nobody has said that they shall leave. */
  readonly waiting: number;
  /** Copies bytes. */
  add(bytes: Uint8Array): void;
  /** Lets all leave that was gathered. */
  flush(): void;
  /** The same, with bytes behind it that get no frame. */
  unframed(bytes: Buffer): void;
  /** Resolves when there is room for more, undefined when that is now; rejects when all is dropped. */
  ready(): Promise<void> | undefined;
  /** Hands everything over, however much is being written: the end follows. */
  release(): void;
  /** Forgets what was gathered: nobody takes it any more. */
  drop(reason: unknown): void;
}

/** Bytes of a write, frame included: records of TLS hold 16 KiB, and a few bytes more are a record of their own. */
const wholeRecords = 4 * 16 * 1024;

/** How much waits before writers do, bytes: one block is written while the other is filled. */
const mark = 2 * wholeRecords;

/** Less than this is worth a copy rather than a whole block for as long as a slow reader takes. */
const fewBytes = 16 * 1024;

const bare: BlockFraming = { before: 0, behind: 0, seal: (_block, size) => ({ from: 0, to: size }) };

interface Sealed {
  readonly bytes: Buffer;
  /** To be given back. */
  readonly block?: Buffer;
}

function sealed(block: Buffer, size: number, framing: BlockFraming): Sealed {
  const { from, to } = framing.seal(block, size);
  const bytes = block.subarray(from, to);
  if (bytes.length >= fewBytes) return { bytes, block };
  const copy = Buffer.from(bytes);
  giveBlock(block);
  return { bytes: copy };
}

/**
 * Makes a {@link BlockWriter} over blocks of memory that are used again. One block is written at a time: Node's TLS puts
 * what is written together into new memory first, and new memory outside of the heap brings the next collection nearer.
 */
export function blockWriter(write: WriteBytes, framing: BlockFraming = bare): BlockWriter {
  const { before, behind } = framing;
  const room = Math.min(blockSize, wholeRecords) - before - behind;
  let block: Buffer | undefined;
  let size = 0;
  let queue: Sealed[] = [];
  let leaving = 0;
  let busy = false;
  let isWanted = false;
  let isDropped = false;
  let space: Deferred<void> | undefined;

  const enqueue = (item: Sealed): void => {
    queue.push(item);
    leaving += item.bytes.length;
  };
  const close = (): void => {
    if (block && size > 0) enqueue(sealed(block, size, framing));
    else if (block) giveBlock(block);
    [block, size, isWanted] = [undefined, 0, false];
  };
  const hand = (item: Sealed): void => {
    busy = true;
    write(item.bytes, (error) => {
      // Of a connection that broke nobody knows who still looks at the bytes.
      if (error || isDropped) return;
      leaving -= item.bytes.length;
      busy = false;
      if (item.block) giveBlock(item.block);
      next();
      if (space && leaving + size < mark) space.resolve();
      if (leaving + size < mark) space = undefined;
    });
  };
  const next = (): void => {
    if (busy) return;
    if (queue.length === 0 && isWanted) close();
    const item = queue.shift();
    if (item) hand(item);
  };
  const flush = (): void => {
    if (size === 0) return;
    // What is gathered while another block is written leaves with what comes meanwhile.
    isWanted = true;
    next();
  };
  return {
    get backlog() {
      return leaving + size;
    },
    get waiting() {
      return isWanted ? 0 : size;
    },
    add(bytes) {
      if (isDropped) return;
      for (let at = 0; at < bytes.length;) {
        block ??= takeBlock();
        const part = at === 0 && bytes.length <= room - size ? bytes : bytes.subarray(at, at + room - size);
        block.set(part, before + size);
        size += part.length;
        at += part.length;
        if (size < room) continue;
        close();
        next();
      }
    },
    flush,
    unframed(bytes) {
      close();
      enqueue({ bytes });
      next();
    },
    ready() {
      if (leaving + size < mark) return undefined;
      space ??= deferred();
      return space.promise;
    },
    release() {
      close();
      for (const item of queue.splice(0)) hand(item);
    },
    drop(reason) {
      isDropped = true;
      if (block) giveBlock(block);
      [block, size, queue, leaving] = [undefined, 0, [], 0];
      space?.promise.catch(() => undefined);
      space?.reject(reason);
      space = undefined;
    },
  };
}
