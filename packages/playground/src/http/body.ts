/** Reads the body of a request, up to a limit. */
import type { IncomingMessage } from 'node:http';

/** How much more than the limit is read and dropped, so that a client that is still sending comes to read the answer. */
const patience = 8;

/** The whole body, or that it was too large. What is too large is not kept. */
export function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array | 'too large'> {
  const { headers } = request;
  const isEmpty = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
  return isEmpty ? Promise.resolve(nothing) : collected(request, limit);
}

const nothing = new Uint8Array();

/** By events: to iterate a stream costs several times as much. */
function collected(request: IncomingMessage, limit: number): Promise<Uint8Array | 'too large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const end = (): void => resolve(size > limit ? 'too large' : Buffer.concat(chunks));
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else if (size > limit * patience) {
        request.pause();
        end();
      }
    });
    request.once('end', end);
    request.once('error', reject);
    request.once('close', () => reject(new Error('the connection ended within the body of a request')));
  });
}
