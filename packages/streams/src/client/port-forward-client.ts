import type { ByteSink } from '../remote-command.js';

/** One connection to a port of the pod, as its client sees it. */
export interface ClientConnection {
  /** Ends when the pod's side half-closes, or the connection is gone. */
  readonly readable: AsyncIterable<Uint8Array>;
  readonly writable: ByteSink;
  /** No more bytes to the pod, in dialects that can say so; the other direction goes on. */
  closeWrite(): Promise<void>;
  /** What the node says went wrong, when its error channel has ended; empty for nothing. */
  readonly error: Promise<string>;
  /** Drops the connection. */
  reset(): void;
}

/** A port-forward session as its client sees it. */
export interface PortForwardClient {
  readonly protocol: string;
  /** Opens a connection to a port of the pod. */
  connect(port: number): Promise<ClientConnection>;
  /** Aborts when the session has ended, for whatever reason. */
  readonly gone: AbortSignal;
  /** Leaves with a goodbye. */
  close(): Promise<void>;
  /** Vanishes without a word, as a client that is killed. */
  destroy(): void;
}
