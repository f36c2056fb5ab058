import type { ServerResponse } from 'node:http';
import { blockWriter, untilAborted } from '@virtual-kubelet/base';
import type { BlockFraming, Clock } from '@virtual-kubelet/base';
import type { Reply } from './reply.js';

/** Sends a whole answer; nothing happens when one has begun. */
export function respond(response: ServerResponse, reply: Reply): void {
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(reply.status >= 400 && !reply.body.endsWith('\n') ? `${reply.body}\n` : reply.body);
  response.writeHead(reply.status, {
    'content-type': reply.contentType,
    'content-length': body.length,
    'x-content-type-options': 'nosniff',
    ...reply.headers,
  });
  response.end(body);
}

/** Takes the next item, or fails with the signal, also where the source does not heed it. */
function heeding<T>(source: AsyncIterator<T>, gone: AbortSignal): { next(): Promise<IteratorResult<T>>; end(): void } {
  let give = (_reason: unknown): void => undefined;
  const stop = (): void => give(gone.reason);
  // One listener for all items: a log has millions of them.
  gone.addEventListener('abort', stop);
  return {
    next: () =>
      new Promise((resolve, reject) => {
        give = reject;
        if (gone.aborted) return stop();
        source.next().then(resolve, reject);
      }),
    end() {
      gone.removeEventListener('abort', stop);
      // Not awaited: a source in the middle of a step ends after it, if ever.
      source.return?.().catch(() => undefined);
    },
  };
}

/** The end of an answer in chunks. */
const lastChunk = '0\r\n\r\n';

/** Digits of a chunk's size: as many as any block needs. */
const digits = 5;

/** Makes a chunk of a block (RFC 9112, section 7.1): Node would write its frame apart and copy all of it once more. */
const chunk: BlockFraming = {
  before: digits + 2,
  behind: 2,
  seal(block, size) {
    block.write(`${size.toString(16).padStart(digits, '0')}\r\n`, 0, 'latin1');
    block.write('\r\n', digits + 2 + size, 'latin1');
    return { from: 0, to: digits + 2 + size + 2 };
  },
};

/** The most that is copied before the client's pace is heeded, bytes. */
const slice = 64 * 1024;

/**
 * Writes to a client in blocks, at its pace; what is left over is written at the end of the turn. A write for each line
 * would cost ten times as much.
 */
function logWriter(response: ServerResponse, clock: Clock, gone: AbortSignal) {
  const isChunked = response.chunkedEncoding;
  response.chunkedEncoding = false;
  const blocks = blockWriter((bytes, done) => void response.write(bytes, done), isChunked ? chunk : undefined);
  let isScheduled = false;
  const flush = (): void => (response.destroyed ? blocks.drop(gone.reason) : blocks.flush());
  const later = async (): Promise<void> => {
    isScheduled = true;
    await clock.turn();
    isScheduled = false;
    flush();
  };
  return {
    /** Resolves when more may be written, undefined when that is now. */
    write(bytes: Uint8Array): Promise<void> | undefined {
      for (let at = 0; at < bytes.length; at += slice) {
        blocks.add(bytes.length <= slice ? bytes : bytes.subarray(at, at + slice));
        if (!isScheduled && blocks.waiting > 0) void later();
        const ready = blocks.ready();
        if (ready) return this.rest(ready, bytes.subarray(at + slice));
      }
      return undefined;
    },
    async rest(ready: Promise<void>, bytes: Uint8Array): Promise<void> {
      await untilAborted(ready, gone);
      await this.write(bytes);
    },
    end(): void {
      if (!response.destroyed) blocks.release();
      response.end(isChunked ? lastChunk : undefined);
    },
  };
}

/**
 * Sends a log as it comes, at the pace of the client. Its head goes out at once, so that a follower of a silent container
 * sees that it is connected. A failure on the way cuts the connection: the client must not take the log for whole.
 */
export async function respondWithLog(
  response: ServerResponse,
  body: AsyncIterable<Uint8Array>,
  { gone, clock }: { readonly gone: AbortSignal; readonly clock: Clock },
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
  response.flushHeaders();
  const source = heeding(body[Symbol.asyncIterator](), gone);
  const writer = logWriter(response, clock, gone);
  try {
    for (let item = await source.next(); item.done !== true; item = await source.next()) {
      const wait = writer.write(item.value);
      if (wait) await wait;
    }
    writer.end();
  } catch (error) {
    response.destroy();
    if (!gone.aborted) throw error;
  } finally {
    source.end();
  }
}
