import { lifetime } from '@virtual-kubelet/base';
import type { ByteQueue } from './byte-queue.js';
import type { Outbox } from './outbox.js';
import type { ForwardedConnection } from './port-forward.js';

/** What a dialect provides for one forwarded connection. */
export interface ForwardedParts {
  readonly port: number;
  readonly readable: ByteQueue;
  readonly data: Outbox;
  readonly error: Outbox;
  /** Ends the connection at once, both ways. */
  abort(): void;
}

/** A connection as its dialect sees it. */
export interface LiveConnection extends ForwardedConnection {
  /** The client has dropped the connection, or is gone. */
  abandoned(reason: unknown): void;
}

/** Makes the connection that all dialects share. */
export function forwardedConnection({ port, readable, data, error, abort }: ForwardedParts): LiveConnection {
  const life = lifetime();
  const finish = (): Promise<void> => error.close().catch(() => undefined);
  const tell = async (message: string): Promise<void> => {
    await error.write(Buffer.from(message)).catch(() => undefined);
    await finish();
    abort();
  };
  return {
    port,
    readable,
    writable: { write: (chunk) => data.write(chunk) },
    gone: life.signal,
    // The error stream ends together with the data: older clients wait for both before they let go of their socket.
    closeWrite: () => data.close().then(finish, finish),
    fail: tell,
    abandoned(reason) {
      life.abort(reason);
      readable.end();
      finish().catch(() => undefined);
    },
  };
}
