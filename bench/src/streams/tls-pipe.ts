// The limit of streams: `node dist/streams/tls-pipe.js` prints its port and serves plain TLS with no protocol in it. A client says
// in its first line what it wants: `echo`, or a number of bytes.
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { createSelfSignedCertificate } from '@virtual-kubelet/certificates';

const day = 86_400_000;
const validity = { notBefore: Date.now() - day, notAfter: Date.now() + day };
const { certificatePem: cert, keyPem: key } = createSelfSignedCertificate({ commonName: 'pipe', ...validity });
const block = Buffer.alloc(64 * 1024, 'x');

function send(socket: TLSSocket, amount: number): void {
  let left = amount;
  const pour = (): void => {
    while (left > 0) {
      const part = block.subarray(0, Math.min(block.length, left));
      left -= part.length;
      if (!socket.write(part)) return;
    }
    socket.off('drain', pour).end();
  };
  socket.on('drain', pour);
  pour();
}

const server = createServer({ cert, key }, (socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.once('data', (line: Buffer) => {
    const wish = line.toString().trim();
    if (wish === 'echo') socket.pipe(socket);
    else send(socket, Number(wish));
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
