/**
 * Lanes keep kinds of requests from queueing behind each other: each has its own sockets and limits. Heartbeats never
 * wait for pods, and events come last.
 */
export type Lane = 'heartbeat' | 'pods' | 'watch' | 'events';

/** One HTTP request, without a host: a transport has one peer. */
export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path with query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** @default pods */
  readonly lane?: Lane;
  readonly signal?: AbortSignal;
}

/** A whole answer. Answers of any status are answers; only a broken exchange rejects. */
export interface TransportResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** An answer whose body is read as it comes. Leaving the iteration closes the exchange. */
export interface TransportStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** A connection after an HTTP upgrade. */
export interface TransportConnection {
  readonly headers: Readonly<Record<string, string>>;
  readonly readable: AsyncIterable<Uint8Array>;
  /** Resolves when the next chunk may be written. */
  write(chunk: Uint8Array): Promise<void>;
  /** Ends our side. */
  end(): Promise<void>;
  /** Ends both sides at once. */
  destroy(): void;
}

/** The narrow waist between Kubernetes and bytes: sockets, an in-process server, a recorder and a fault injector all fit it. */
export interface Transport {
  request(request: TransportRequest): Promise<TransportResponse>;
  stream(request: TransportRequest): Promise<TransportStream>;
  /** Rejects when the peer answers anything but 101. */
  upgrade(request: TransportRequest): Promise<TransportConnection>;
  /** Ends open exchanges and lets go of sockets. */
  close(): Promise<void>;
}
