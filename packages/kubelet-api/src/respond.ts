import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
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
    for await (const chunk of body) {
      if (gone.aborted) return;
      if (!response.write(chunk)) await once(response, 'drain', { signal: gone });
    }
    response.end();
  } catch (error) {
    response.destroy();
    if (!gone.aborted) throw error;
  }
}
