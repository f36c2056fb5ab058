/**
 * Work of a client with streams, for a process of its own. `read`: bytes come, as of a log; `echo`: bytes go and come back, as
 * through a forwarded port; `talk`: a few bytes go and come back, as of who types.
 */
export interface StreamJob {
  readonly do: 'echo' | 'read' | 'talk';
  /** `pipe`: plain TLS without any protocol. */
  readonly over: 'http' | 'pipe' | 'spdy' | 'websocket';
  readonly port: number;
  /** PEM, for what asks who its clients are. */
  readonly identity?: { readonly cert: string; readonly key: string };
  /** Path of the container or pod below the route, such as `default/web/c`. */
  readonly path: string;
  readonly sessions: number;
  /** Bytes of each session; of `talk`: messages. */
  readonly amount: number;
  /** Milliseconds between two messages of a session, whenever the echo came. */
  readonly pause?: number;
  /** Process whose processor time is read. */
  readonly pid: number;
}

/** What a job tells when it is done. */
export interface StreamResult {
  /** Milliseconds from the first byte to the last. */
  readonly took: number;
  /** Seconds of processor time of the process that served. */
  readonly cpu: number;
  /** Megabytes (2^20) of all sessions, one way. */
  readonly megabytes: number;
  /** Of `talk`: milliseconds of each message and its echo. */
  readonly trips: readonly number[];
}
