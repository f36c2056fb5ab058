import type { Dispatcher } from 'undici';
import type { TransportConnection } from '@virtual-kubelet/base';

/** A connection after an upgrade. */
export type UpgradedSocket = Dispatcher.UpgradeData['socket'];

/** Turns whatever broke a stream into the error its reader gets. */
export type ErrorMapper = (thrown: unknown) => Error;

/** A stream's bytes as they come. Leaving the iteration, even before its first step, closes the stream. */
export function bytesOf(
  stream: UpgradedSocket | Dispatcher.ResponseData['body'],
  toError: ErrorMapper,
): AsyncIterable<Uint8Array> {
  // Without a listener an error that comes while nobody reads would end the process.
  stream.on('error', () => undefined);
  return {
    [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
      const inner = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
      return {
        next: () =>
          inner.next().catch((thrown: unknown) => {
            throw toError(thrown);
          }),
        return() {
          stream.destroy();
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },
  };
}

/** Resolves when a socket takes more, or rejects when it never will. */
function drained(socket: UpgradedSocket, toError: ErrorMapper): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      socket.off('drain', settle).off('close', settle);
      if (socket.destroyed) reject(toError(socket.errored ?? new Error('closed')));
      else resolve();
    };
    socket.on('drain', settle).on('close', settle);
  });
}

/** A socket after an upgrade, seen as a {@link TransportConnection}. */
export function connectionOf(
  socket: UpgradedSocket,
  headers: Readonly<Record<string, string>>,
  toError: ErrorMapper,
): TransportConnection {
  const refuse = (): Promise<never> => Promise.reject(toError(socket.errored ?? new Error('closed')));
  return {
    headers,
    readable: bytesOf(socket, toError),
    write(chunk) {
      if (socket.destroyed || socket.writableEnded) return refuse();
      return socket.write(chunk) ? Promise.resolve() : drained(socket, toError);
    },
    end() {
      if (socket.destroyed) return refuse();
      return new Promise((resolve, reject) => {
        socket.end((error?: Error | null) => (error ? reject(toError(error)) : resolve()));
      });
    },
    destroy: () => void socket.destroy(),
  };
}
