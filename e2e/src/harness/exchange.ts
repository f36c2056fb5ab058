import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends bytes to a port of this machine over a connection of its own, closes that direction, and gives what comes back. */
export async function exchange(port: number, bytes: Uint8Array): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  const chunks: Buffer[] = [];
  socket.end(bytes);
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
