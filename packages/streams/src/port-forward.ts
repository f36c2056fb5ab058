import type { ByteSink } from './remote-command.js';

/** One connection that the client wants to a port of the pod. */
export interface ForwardedConnection {
  readonly port: number;
  /** Ends when the client half-closes. */
  readonly readable: AsyncIterable<Uint8Array>;
  readonly writable: ByteSink;
  /** No more bytes to the client; the other direction goes on. */
  closeWrite(): Promise<void>;
  /** Ends this connection and tells the client why, on the connection's error channel; other connections go on. */
  fail(message: string): Promise<void>;
  /** Aborts when this connection or the whole session is gone. */
  readonly gone: AbortSignal;
}

/** A port-forward session as its server sees it: any number of connections, one after the other or at once. */
export interface PortForwardSession {
  readonly protocol: string;
  /** Ends when the client goes. */
  readonly connections: AsyncIterable<ForwardedConnection>;
  readonly gone: AbortSignal;
  /** Closes the session and all its connections. */
  close(): Promise<void>;
}

/** The port that a text of a request names; undefined when it names none. */
export function portNumber(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}
