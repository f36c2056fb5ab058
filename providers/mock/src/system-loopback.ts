import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { PodConnection } from '@virtual-kubelet/provider';
import { failures } from '@virtual-kubelet/provider';
import type { ConnectLocally } from './port-forward.js';

function opened(port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, signal });
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** Ends when the socket does, for whatever reason: a writer must not wait for room that never comes. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error): void => {
      socket.off('drain', done).off('close', lost);
      if (error) reject(error);
      else resolve();
    };
    const lost = (): void => done(new Error('connection lost'));
    socket.once('drain', done).once('close', lost);
  });
}

/** Connects to 127.0.0.1, and nowhere else. */
export const connectLoopback: ConnectLocally = async (port, signal): Promise<PodConnection> => {
  let socket: Socket;
  try {
    socket = await opened(port, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw failures.retryable(`nothing listens at local port ${port}`, undefined, error);
  }
  // Errors reach the reader; a writer learns of them by the state of the socket.
  socket.on('error', () => undefined);
  return {
    readable: socket,
    writable: {
      async write(chunk) {
        if (socket.destroyed) throw new Error('connection lost');
        if (!socket.write(chunk)) await drained(socket);
      },
    },
    closeWrite: () =>
      new Promise((resolve) => {
        if (socket.destroyed) resolve();
        else socket.end(resolve);
      }),
  };
};
