/** Reads the body of a request, up to a limit. */
import type { IncomingMessage } from 'node:http';

/** How much more than the limit is read and dropped, so that a client that is still sending comes to read the answer. */
const patience = 8;

/** The whole body, or that it was too large. What is too large is not kept. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array | 'too large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else if (size > limit * patience) break;
  }
  return size > limit ? 'too large' : Buffer.concat(chunks);
}
