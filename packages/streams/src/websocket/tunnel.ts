import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { tuneForStreams } from '../tcp.js';
import { answerPings, bytesOf } from './connection.js';

const normal = 1000;

interface Written {
  readonly chunk: Buffer;
}

/**
 * One byte stream inside the binary messages of a WebSocket; where one message ends and the next begins means nothing
 * (KEP 4006, kubernetes/kubernetes:staging/src/k8s.io/client-go/tools/portforward/tunneling_connection.go).
 */
export function tunnelOf(ws: WebSocket, socket: Duplex): Duplex {
  const send = (bytes: Buffer, done: (error?: Error | null) => void): void =>
    ws.send(bytes, { binary: true }, (error) => done(error ?? null));
  const tunnel = new Duplex({
    writableHighWaterMark: 64 * 1024,
    read: () => ws.resume(),
    write: (chunk: Buffer, _encoding, done) => send(chunk, done),
    writev: (chunks, done) => send(Buffer.concat(chunks.map(({ chunk }: Written) => chunk)), done),
    final(done) {
      ws.close(normal);
      done();
    },
    destroy(error, done) {
      ws.terminate();
      done(error);
    },
  });
  tuneForStreams(socket);
  answerPings(ws, socket, () => undefined);
  ws.on('message', (data) => {
    if (!tunnel.push(bytesOf(data))) ws.pause();
  });
  ws.on('error', (error) => tunnel.destroy(error));
  ws.on('close', () => {
    tunnel.push(null);
    tunnel.destroy();
  });
  return tunnel;
}
