/** A server and the way to talk to it, in one call. */
import type { InProcessTransport, InProcessTransportOptions } from './in-process-transport.js';
import { inProcessTransport } from './in-process-transport.js';
import type { PlaygroundServer, PlaygroundServerOptions } from './server.js';
import { createPlaygroundServer } from './server.js';

/** A Kubernetes API server in this process. */
export interface Playground {
  readonly server: PlaygroundServer;
  /** A new connection to the server. */
  transport(options?: InProcessTransportOptions): InProcessTransport;
  /** Ends the server and all its watches. */
  close(): void;
}

/** Starts a playground. */
export function createPlayground(options: PlaygroundServerOptions): Playground {
  const server = createPlaygroundServer(options);
  return {
    server,
    transport: (transportOptions) => inProcessTransport(server, transportOptions),
    close: () => server.close(),
  };
}
