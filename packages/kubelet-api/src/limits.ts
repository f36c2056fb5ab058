/** What clients may cost. Times in milliseconds, sizes in bytes. */
export interface KubeletApiLimits {
  /** Open connections of all clients; who comes when there are as many is cut. Default 10,000. */
  readonly connections: number;
  /** Streams (exec, attach, port-forward, followed logs) of all clients together. Default 4,000. */
  readonly streams: number;
  /** Streams of one user. The API server is one user for everybody behind it. Default 3,000. */
  readonly streamsOfUser: number;
  /** Connections that port-forwards of all clients hold to pods. Default 10,000. */
  readonly forwards: number;
  /** A stream without traffic is closed after this. Default 4 h, as a kubelet's. */
  readonly idleTimeout: number;
  /** Clients have this long to open the streams of an exec or attach. Default 30 s, as a kubelet's. */
  readonly creationTimeout: number;
  /** For the TLS handshake, and for the head of a request. Default 20 s. */
  readonly headTimeout: number;
  /** Of all headers of a request. Default 64 KiB. */
  readonly headBytes: number;
  /** Of a request's body; no route reads one. Default 64 KiB. */
  readonly bodyBytes: number;
  /** Output of a command started by `/run`. Default 4 MiB. */
  readonly runOutput: number;
  /** For reviews of tokens and access. Default 10 s. */
  readonly reviewTimeout: number;
}

const kibi = 1_024;

/** Limits that honest clients never meet. */
export const defaultLimits: KubeletApiLimits = {
  connections: 10_000,
  streams: 4_000,
  streamsOfUser: 3_000,
  forwards: 10_000,
  idleTimeout: 4 * 3_600_000,
  creationTimeout: 30_000,
  headTimeout: 20_000,
  headBytes: 64 * kibi,
  bodyBytes: 64 * kibi,
  runOutput: 4 * kibi * kibi,
  reviewTimeout: 10_000,
};
