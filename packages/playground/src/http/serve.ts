/** A playground on a socket: HTTP/1.1, with TLS unless told otherwise, for kubectl and every other client. */
import type { IncomingMessage, RequestListener, ServerOptions } from 'node:http';
import { createServer } from 'node:http';
import type { ServerOptions as TlsServerOptions } from 'node:https';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import type { Playground } from '../playground.js';
import type { User } from '../store/user.js';
import { adminUser } from '../store/user.js';
import type { PlaygroundAuthority } from './authority.js';
import { createPlaygroundAuthority } from './authority.js';
import { exchanged, upgraded } from './exchange.js';
import { kubeconfigOf } from './kubeconfig.js';

/** Choices of {@link servePlayground}. */
export interface ServeOptions {
  readonly playground: Pick<Playground, 'server'>;
  /** An address to listen at; `0.0.0.0` or `::` for all. @default 127.0.0.1 */
  readonly host?: string;
  /** @default a free one */
  readonly port?: number;
  /** Whose certificates to serve with and to accept. @default a new authority */
  readonly authority?: PlaygroundAuthority;
  /** Serve without TLS: only bearer tokens say who somebody is then. @default false */
  readonly plain?: boolean;
  /** Users by bearer token, beside the tokens of service accounts. */
  readonly tokens?: ReadonlyMap<string, User>;
  /** Who somebody is that shows nothing. @default nobody, who may only ask for health and version */
  readonly anonymous?: User;
  /** More names and addresses in the serving certificate, beside the usual ones. */
  readonly names?: readonly string[];
}

/** A playground that listens. */
export interface ServedPlayground {
  /** As `https://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  readonly authority: PlaygroundAuthority;
  /** A kubeconfig with a new client certificate. @default the administrator's */
  kubeconfig(user?: User): string;
  /** Ends watches cleanly, closes all connections and stops listening. The playground itself goes on. */
  close(): Promise<void>;
}

/** Where this machine finds a server that listens at all addresses. */
const everywhere: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

const limits: ServerOptions = { maxHeaderSize: 1024 * 1024, keepAliveTimeout: 120_000 };

/** Listens for requests to a playground. */
export async function servePlayground(options: ServeOptions): Promise<ServedPlayground> {
  const { playground, host = '127.0.0.1', port = 0, plain = false } = options;
  const authority = options.authority ?? createPlaygroundAuthority({ clock: playground.server.clock });
  const closing = new AbortController();
  const exchanges = new Set<Promise<void>>();
  const during = (exchange: Promise<void>): void => {
    exchanges.add(exchange);
    void exchange.finally(() => exchanges.delete(exchange));
  };
  const exchangeOptions = { ...options, closing: closing.signal, credentials: authority.client(kubeletClient) };
  const listener: RequestListener = (request, response) => during(exchanged({ request, response }, exchangeOptions));
  const listening = plain ? createServer(limits, listener) : createTlsServer(tlsOptions(options, authority), listener);
  listening.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
    during(upgraded({ request, socket, head }, exchangeOptions)),
  );
  publishAuthority(playground, authority);
  listening.listen(port, host);
  await once(listening, 'listening');
  const address = listening.address() as AddressInfo;
  const seen = everywhere.get(host) ?? host;
  const url = `${plain ? 'http' : 'https'}://${address.family === 'IPv6' ? `[${seen}]` : seen}:${address.port}`;
  return {
    url,
    port: address.port,
    authority,
    kubeconfig: (user = adminUser) => kubeconfigOf({ url, authority, user }),
    async close() {
      closing.abort();
      const closed = once(listening, 'close');
      listening.close();
      await Promise.allSettled(exchanges);
      listening.closeAllConnections();
      await closed;
    },
  };
}

function tlsOptions(options: ServeOptions, authority: PlaygroundAuthority): TlsServerOptions {
  const { host = '127.0.0.1', names = [] } = options;
  const all = ['127.0.0.1', '::1', 'localhost', ...serviceNames, host, ...names];
  const isAddress = (name: string): boolean => /^[\d.]+$|:/.test(name);
  const { serviceNetwork } = options.playground.server.store.settings;
  const serving = authority.serving({
    dnsNames: [...new Set(all.filter((name) => !isAddress(name)))],
    ipAddresses: [...new Set([...all.filter(isAddress), `${serviceNetwork}.0.1`])],
  });
  return {
    ...limits,
    cert: serving.certificatePem,
    key: serving.keyPem,
    ca: authority.certificatePem,
    requestCert: true,
    rejectUnauthorized: false,
  };
}

/** The names under which pods know their API server. */
const serviceNames = ['', '.default', '.default.svc', '.default.svc.cluster.local'].map((end) => `kubernetes${end}`);

/** Who the server is to kubelets. */
const kubeletClient: User = { username: 'kube-apiserver-kubelet-client', groups: ['system:masters'] };

/** Where kubelets find whose client certificates to believe, as upstream publishes it. */
function publishAuthority({ server }: Pick<Playground, 'server'>, { certificatePem }: PlaygroundAuthority): void {
  const place = {
    apiVersion: 'v1',
    resource: 'configmaps',
    namespace: 'kube-system',
    name: 'extension-apiserver-authentication',
  };
  const body = { metadata: { name: place.name }, data: { 'client-ca-file': certificatePem } };
  const made = server.request({ verb: 'create', ...place, body });
  if (made.is === 'object' && made.code === 409) server.request({ verb: 'update', ...place, body });
}
