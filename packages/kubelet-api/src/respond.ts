import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
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

/** Bytes sent at once, at least as long as there are more: a write for each line would cost ten times as much. */
const blockSize = 64 * 1_024;

/** Writes to a client in blocks, at its pace; what is left over is written at the end of the turn. */
function blockWriter(response: ServerResponse, clock: Clock, gone: AbortSignal) {
  let held: Uint8Array[] = [];
  let size = 0;
  let isScheduled = false;
  const flush = (): void => {
    if (size === 0 || response.destroyed) return;
    const block = held.length === 1 && held[0] ? held[0] : Buffer.concat(held, size);
    [held, size] = [[], 0];
    response.write(block);
  };
  const later = async (): Promise<void> => {
    isScheduled = true;
    await clock.turn();
    isScheduled = false;
    flush();
  };
  return {
    flush,
    /** Undefined when more may be written at once. */
    write(chunk: Uint8Array): Promise<unknown> | undefined {
      held.push(chunk);
      size += chunk.length;
      if (size >= blockSize) flush();
      else if (!isScheduled) void later();
      return response.writableNeedDrain ? once(response, 'drain', { signal: gone }) : undefined;
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
      const full = writer.write(item.value);
      if (full) await full;
    }
    writer.flush();
    response.end();
  } catch (error) {
    response.destroy();
    if (!gone.aborted) throw error;
  } finally {
    source.end();
  }
}
