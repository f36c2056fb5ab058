import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { untilAborted } from '@virtual-kubelet/base';
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

/** Ends with the signal, also where the source does not heed it. */
async function* heeding(body: AsyncIterable<Uint8Array>, gone: AbortSignal): AsyncGenerator<Uint8Array> {
  const source = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const item = await untilAborted(source.next(), gone);
      if (item.done === true) return;
      yield item.value;
    }
  } finally {
    // Not awaited: a source in the middle of a step ends after it, if ever.
    source.return?.().catch(() => undefined);
  }
}

/**
 * Sends a log as it comes, at the pace of the client. Its head goes out at once, so that a follower of a silent container
 * sees that it is connected. A failure on the way cuts the connection: the client must not take the log for whole.
 */
export async function respondWithLog(
  response: ServerResponse,
  body: AsyncIterable<Uint8Array>,
  gone: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
  response.flushHeaders();
  try {
    for await (const chunk of heeding(body, gone)) {
      if (!response.write(chunk)) await once(response, 'drain', { signal: gone });
    }
    response.end();
  } catch (error) {
    response.destroy();
    if (!gone.aborted) throw error;
  }
}
