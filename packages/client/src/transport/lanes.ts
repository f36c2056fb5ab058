import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { Pool, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import type { Lane, Sensitive } from '@virtual-kubelet/base';
import type { Authentication } from '../credentials/credentials.js';

/** What a connection is made with; a change of any of it asks for new connections. */
export interface ConnectionIdentity {
  /** PEM. */
  readonly authority: string | undefined;
  readonly certificate: Authentication['certificate'];
}

/** Time limits, milliseconds. */
export interface TransportTimeouts {
  /** Until a connection stands, TLS included. */
  readonly connect: number;
  /** From the end of the request to the head of the answer. */
  readonly headers: number;
  /** Between two pieces of an answer. Streams have no such limit. */
  readonly body: number;
}

/** Most connections of each lane. */
export type LaneSizes = Readonly<Record<Lane, number>>;

/** How to reach the server, whatever the credentials. */
export interface LaneOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly serverName: string | undefined;
  readonly insecure: boolean;
  readonly proxy: Sensitive | undefined;
  readonly timeouts: TransportTimeouts;
  readonly sizes: LaneSizes;
}

/** The API server drops idle connections after 90 s (kubernetes/apiserver:pkg/server/secure_serving.go); go first. */
const idle = 65_000;
/** First probe of an idle TCP connection, milliseconds, to notice peers that vanished. */
const probe = 30_000;

type TlsOptions = Pick<
  ConnectionOptions,
  'secureContext' | 'rejectUnauthorized' | 'servername' | 'checkServerIdentity'
>;

/** SNI takes no addresses, so a server name that is one is compared with the certificate only. */
function nameOptions(serverName: string | undefined): TlsOptions {
  if (serverName === undefined) return {};
  if (isIP(serverName) === 0) return { servername: serverName };
  return { checkServerIdentity: (_host, certificate) => checkServerIdentity(serverName, certificate) };
}

/** One context for all connections: it parses the authorities once. Throws for certificates OpenSSL does not take. */
function tlsOptions(options: LaneOptions, identity: ConnectionIdentity): TlsOptions {
  const { authority, certificate } = identity;
  const secureContext = createSecureContext({
    ...(authority === undefined ? {} : { ca: authority }),
    ...(certificate === undefined ? {} : { cert: certificate.certificate, key: certificate.key.reveal() }),
  });
  return {
    secureContext,
    rejectUnauthorized: !options.insecure,
    ...nameOptions(options.serverName),
  };
}

function dispatcherFor(options: LaneOptions, tls: TlsOptions, connections: number): Dispatcher {
  const { origin, proxy, timeouts } = options;
  const common = {
    connections: Number.isFinite(connections) ? connections : null,
    pipelining: 1,
    keepAliveTimeout: idle,
    headersTimeout: timeouts.headers,
    bodyTimeout: timeouts.body,
  };
  const connect = { ...tls, timeout: timeouts.connect, keepAliveInitialDelay: probe };
  if (proxy === undefined) return new Pool(origin, { ...common, connect });
  const proxyTls = { timeout: timeouts.connect };
  return new ProxyAgent({ ...common, uri: proxy.reveal(), requestTls: connect, proxyTls });
}

/** The connections made with one identity. */
export interface Lanes {
  readonly identity: ConnectionIdentity;
  dispatcher(lane: Lane): Dispatcher;
  /** Lets what is going on end, and closes idle connections now. */
  retire(): Promise<void>;
  /** Ends everything at once. */
  destroy(): Promise<void>;
}

/** Makes lanes. A lane's pool comes into being with its first request. */
export function createLanes(options: LaneOptions, identity: ConnectionIdentity): Lanes {
  const tls = options.origin.startsWith('https:') ? tlsOptions(options, identity) : {};
  const made = new Map<Lane, Dispatcher>();
  const all = (end: (dispatcher: Dispatcher) => Promise<void>): Promise<void> =>
    Promise.all([...made.values()].map(end)).then(() => undefined);
  return {
    identity,
    dispatcher(lane) {
      const known = made.get(lane);
      if (known !== undefined) return known;
      const dispatcher = dispatcherFor(options, tls, options.sizes[lane]);
      made.set(lane, dispatcher);
      return dispatcher;
    },
    retire: () => all((dispatcher) => dispatcher.close()),
    destroy: () => all((dispatcher) => dispatcher.destroy()),
  };
}
