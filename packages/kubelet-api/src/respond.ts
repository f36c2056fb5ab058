import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { blockSize, takeBlock, writeBlock } from '@virtual-kubelet/base';
import type { Clock } from '@virtual-kubelet/base';
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

/** Room before a chunk for its size in five digits, and behind it. */
const before = 7;
const behind = 2;
const room = blockSize - before - behind;

/** The end of an answer in chunks. */
const lastChunk = '0\r\n\r\n';

/** Makes a chunk (RFC 9112, section 7.1) around what lies in the block. */
function frame(block: Buffer, size: number): void {
  block.write(`${size.toString(16).padStart(before - 2, '0')}\r\n`, 0, 'latin1');
  block.write('\r\n', before + size, 'latin1');
}

/**
 * Writes to a client in blocks, at its pace; what is left over is written at the end of the turn. A write for each line
 * would cost ten times as much. Node would write the frame of a chunk apart and copy all of it once more, so it is made here.
 */
function blockWriter(response: ServerResponse, clock: Clock, gone: AbortSignal) {
  const isChunked = response.chunkedEncoding;
  const [head, tail] = isChunked ? [before, behind] : [0, 0];
  response.chunkedEncoding = false;
  let block: Buffer | undefined;
  let size = 0;
  let isScheduled = false;
  const flush = (): void => {
    if (!block || size === 0 || response.destroyed) return;
    const [full, length] = [block, size];
    [block, size] = [undefined, 0];
    if (isChunked) frame(full, length);
    writeBlock(full, head + length + tail, (bytes, done) => response.write(bytes, done));
  };
  const later = async (): Promise<void> => {
    isScheduled = true;
    await clock.turn();
    isScheduled = false;
    flush();
  };
  const fill = (bytes: Uint8Array): void => {
    block ??= takeBlock();
    block.set(bytes, head + size);
    size += bytes.length;
    if (size === room) flush();
    else if (!isScheduled) void later();
  };
  return {
    /** Resolves when more may be written. */
    async write(chunk: Uint8Array): Promise<void> {
      for (let at = 0; at < chunk.length;) {
        const end = at + room - size;
        fill(chunk.subarray(at, end));
        at = end;
        if (response.writableNeedDrain) await once(response, 'drain', { signal: gone });
      }
    },
    end(): void {
      flush();
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
  const writer = blockWriter(response, clock, gone);
  try {
    for (let item = await source.next(); item.done !== true; item = await source.next()) {
      await writer.write(item.value);
    }
    writer.end();
  } catch (error) {
    response.destroy();
    if (!gone.aborted) throw error;
  } finally {
    source.end();
  }
}
