import { createHash, randomBytes } from 'node:crypto';
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

const mebi = 1_048_576;

/** Sums of what went to an echo and of what came back. */
export interface EchoedVolume {
  readonly sent: string;
  readonly received: string;
  /** Bytes that came back. */
  readonly bytes: number;
}

/** Sends so many MiB to an echo behind a port of this machine, both ways at once, and holds none of it. */
export async function echoVolume(port: number, mebibytes: number): Promise<EchoedVolume> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  const sums = { sent: createHash('sha256'), received: createHash('sha256') };
  const block = randomBytes(mebi);
  const send = async (): Promise<void> => {
    for (let count = 0; count < mebibytes; count += 1) {
      const chunk = Buffer.from(block);
      // No block is like another: one that comes twice or out of turn shows.
      chunk.writeUInt32BE(count);
      sums.sent.update(chunk);
      if (!socket.write(chunk)) await once(socket, 'drain');
    }
    socket.end();
  };
  let bytes = 0;
  const receive = async (): Promise<void> => {
    for await (const chunk of socket) {
      bytes += (chunk as Buffer).length;
      sums.received.update(chunk as Buffer);
    }
  };
  await Promise.all([send(), receive()]);
  return { sent: sums.sent.digest('hex'), received: sums.received.digest('hex'), bytes };
}
