import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server as HttpServer } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Transport, TransportRequest } from '@virtual-kubelet/base';
import { fixedCredentials } from '../credentials/credentials.js';
import { undiciTransport } from '../undici-transport.js';
import type { UndiciTransportOptions } from '../undici-transport.js';
import { TransportError } from './transport-error.js';

/** The shortest request. */
export const get: TransportRequest = { method: 'GET', path: '/' };

/** A server with a transport to it. */
export interface Served {
  readonly server: HttpServer;
  readonly port: number;
  readonly transport: Transport;
  /** Connections made so far. */
  connections(): number;
}

/** Servers and transports of one test file; `cleanUp` belongs into `afterEach`. */
export interface LocalServers {
  listening(server: Server): Promise<number>;
  transportTo(port: number, options?: Partial<UndiciTransportOptions>): Transport;
  serving(handler?: RequestListener, options?: Partial<UndiciTransportOptions>): Promise<Served>;
  /** Adds something to end with the test. */
  defer(cleanup: () => unknown): void;
  cleanUp(): Promise<void>;
}

/** Makes {@link LocalServers}: on loopback, at ports the system picks. */
export function localServers(): LocalServers {
  const cleanups: (() => unknown)[] = [];
  const defer = (cleanup: () => unknown): void => void cleanups.push(cleanup);

  const listening = async (server: Server): Promise<number> => {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    defer(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return (server.address() as AddressInfo).port;
  };

  const transportTo = (port: number, options: Partial<UndiciTransportOptions> = {}): Transport => {
    const transport = undiciTransport({
      server: `http://127.0.0.1:${port}`,
      credentials: fixedCredentials({}),
      authorities: { current: () => Promise.resolve(undefined), distrusted: () => Promise.resolve(false) },
      ...options,
    });
    defer(() => transport.close());
    return transport;
  };

  return {
    listening,
    transportTo,
    defer,
    async serving(handler, options) {
      const server = createServer(handler);
      let connections = 0;
      server.on('connection', () => (connections += 1));
      const port = await listening(server);
      return { server, port, transport: transportTo(port, options), connections: () => connections };
    },
    async cleanUp() {
      for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
    },
  };
}

/** The error a call breaks with; anything else fails the test. */
export async function failure(promise: Promise<unknown>): Promise<TransportError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof TransportError) return thrown;
  throw new Error('expected a TransportError', { cause: thrown });
}

/** Text of bytes. */
export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
