import type { Deferred } from '@virtual-kubelet/base';
import { deferred } from '@virtual-kubelet/base';
import type { Sink } from '@virtual-kubelet/provider';

/** Nobody reads what is written. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe';

  constructor() {
    super('Broken pipe');
  }
}

/** A one-way connection inside the process, with back-pressure. */
export interface Pipe extends Sink {
  /** For one reader. When it stops, writers fail. */
  readonly source: AsyncIterable<Uint8Array>;
  /** No more bytes: the reader gets what was written, then the end. */
  close(): void;
  /** The reader fails, and so do writers. */
  fail(reason: unknown): void;
}

/**
 * Makes a pipe.
 * @param capacity bytes that may wait before writers do
 */
export function pipe(capacity: number = 64 * 1024): Pipe {
  const chunks: Uint8Array[] = [];
  let waiting = 0;
  let end: { readonly reason?: unknown } | undefined;
  let broken: Error | undefined;
  let more: Deferred<void> | undefined;
  let room: Deferred<void> | undefined;

  const wake = (): void => {
    more?.resolve();
    room?.resolve();
    more = undefined;
    room = undefined;
  };

  const isFull = (): boolean => waiting >= capacity && broken === undefined;

  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    for (;;) {
      const chunk = chunks.shift();
      if (chunk) {
        waiting -= chunk.length;
        if (!isFull()) wake();
        return { done: false, value: chunk };
      }
      if (end && 'reason' in end) throw end.reason;
      if (end || broken) return { done: true, value: undefined };
      more ??= deferred();
      await more.promise;
    }
  };

  /** Not a generator: one that was never started would not learn that its reader left. */
  const reader: AsyncIterator<Uint8Array, undefined> = {
    next,
    async return() {
      broken ??= new BrokenPipe();
      chunks.length = 0;
      wake();
      return { done: true, value: undefined };
    },
  };

  return {
    source: { [Symbol.asyncIterator]: () => reader },
    async write(chunk) {
      if (broken) throw broken;
      if (end) throw new BrokenPipe();
      if (chunk.length === 0) return;
      chunks.push(chunk);
      waiting += chunk.length;
      more?.resolve();
      more = undefined;
      while (isFull()) {
        room ??= deferred();
        await room.promise;
      }
    },
    close() {
      end ??= {};
      wake();
    },
    fail(reason) {
      end = { reason };
      chunks.length = 0;
      waiting = 0;
      broken = new BrokenPipe();
      wake();
    },
  };
}
