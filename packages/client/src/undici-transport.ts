import type { Dispatcher } from 'undici';
import { untilAborted } from '@virtual-kubelet/base';
import type {
  Lane,
  MetricRegistry,
  Sensitive,
  Transport,
  TransportConnection,
  TransportRequest,
  TransportStream,
} from '@virtual-kubelet/base';
import type { Credentials } from './credentials/credentials.js';
import type { Authorities } from './credentials/trust.js';
import { failuresOf } from './transport/classify.js';
import { exchange, flatHeaders } from './transport/exchange.js';
import type { ExchangeResult } from './transport/exchange.js';
import { identitiesOf } from './transport/identities.js';
import type { Identity } from './transport/identities.js';
import { laneKeeper } from './transport/lane-keeper.js';
import type { LaneSizes, TransportTimeouts } from './transport/lanes.js';
import { outgoingRequests } from './transport/outgoing.js';
import { requestCounter } from './transport/request-metrics.js';
import { bytesOf, connectionOf } from './transport/socket-connection.js';

/** How to talk to one server. */
export interface UndiciTransportOptions {
  /** `http` or `https` URL; a path in it is put before every request's path. */
  readonly server: string;
  /** The transport closes them when it is closed. */
  readonly credentials: Credentials;
  readonly authorities: Authorities;
  /** Name that the server certificate must carry. @default the host of `server` */
  readonly serverName?: string;
  /** Trusts any server certificate. @default false */
  readonly insecure?: boolean;
  /** URL of an HTTP proxy that tunnels. */
  readonly proxy?: Sensitive;
  /** @default virtual-kubelet */
  readonly userAgent?: string;
  /** @default connect 10 s, headers 60 s, body 60 s */
  readonly timeouts?: Partial<TransportTimeouts>;
  /** Most connections of a lane. @default heartbeat 2, pods 16, watch without bound, events 1 */
  readonly connections?: Partial<LaneSizes>;
  /** Most bytes of an answer that is not streamed. @default 64 MiB */
  readonly mostBytes?: number;
  readonly metrics?: MetricRegistry;
}

const usualTimeouts: TransportTimeouts = { connect: 10_000, headers: 60_000, body: 60_000 };
const usualSizes: LaneSizes = { heartbeat: 2, pods: 16, watch: Infinity, events: 1 };
const usualBytes = 64 * 1024 * 1024;
/** Of an answer in place of an upgrade, only an explanation is of interest. */
const explanationBytes = 64 * 1024;

interface Answer {
  readonly status: number;
}

/** A call in one of its forms: how to send it, and how to let go of an answer that nobody will read. */
interface Call<T extends Answer> {
  readonly request: TransportRequest;
  readonly lane: Lane;
  readonly send: (dispatcher: Dispatcher, identity: Identity) => Promise<T>;
  readonly drop?: (answer: T) => void;
}

/**
 * A {@link Transport} over sockets: HTTP/1.1 with one request at a time on a connection, and connections of its own for
 * each lane. It follows no redirects, so credentials go to the configured server only.
 */
export function undiciTransport(options: UndiciTransportOptions): Transport {
  const { server, credentials, authorities, mostBytes = usualBytes } = options;
  const lanes = laneKeeper({
    origin: new URL(server).origin,
    serverName: options.serverName,
    insecure: options.insecure ?? false,
    proxy: options.proxy,
    timeouts: { ...usualTimeouts, ...options.timeouts },
    sizes: { ...usualSizes, ...options.connections },
  });
  const outgoing = outgoingRequests(server, options.userAgent ?? 'virtual-kubelet');
  const identities = identitiesOf(credentials, authorities);
  const failures = failuresOf(server);
  const count = requestCounter(options.metrics);
  const upgraded = new Set<TransportConnection>();
  let closed = false;

  /** One attempt: counted, and named when it breaks. */
  const attempt = async <T extends Answer>(call: Call<T>, identity: Identity): Promise<T> => {
    const { request, lane } = call;
    try {
      if (closed) throw failures.closed();
      const answer = await call.send(lanes.dispatcher(lane, identity), identity);
      count(request, lane, answer.status);
      return answer;
    } catch (thrown) {
      const error = failures.of(thrown, request.signal);
      count(request, lane, error.kind);
      throw error;
    }
  };

  const perform = async <T extends Answer>(call: Call<T>): Promise<T> => {
    const { signal } = call.request;
    if (closed) throw failures.closed();
    try {
      const send = (identity: Identity): Promise<T> => attempt(call, identity);
      return await identities.withRenewal({ signal, send, drop: call.drop });
    } catch (thrown) {
      throw signal?.aborted ? failures.aborted(signal) : thrown;
    }
  };

  const follow = (connection: TransportConnection, signal: AbortSignal | undefined): (() => void) => {
    const stop = (): void => connection.destroy();
    upgraded.add(connection);
    signal?.addEventListener('abort', stop, { once: true });
    if (closed || signal?.aborted) stop();
    return () => {
      upgraded.delete(connection);
      signal?.removeEventListener('abort', stop);
    };
  };

  return {
    request: (request) =>
      perform<ExchangeResult>({
        request,
        lane: request.lane ?? 'pods',
        send: (dispatcher, identity) =>
          exchange(dispatcher, outgoing.plain(request, identity), {
            most: mostBytes,
            signal: request.signal,
          }),
      }),

    async stream(request): Promise<TransportStream> {
      const { signal } = request;
      const { statusCode, headers, body } = await perform({
        request,
        lane: request.lane ?? 'watch',
        async send(dispatcher, identity) {
          const plain = outgoing.plain(request, identity);
          const answering = dispatcher.request({ ...plain, signal: signal ?? null, bodyTimeout: 0 });
          const answer = await (signal === undefined ? answering : untilAborted(answering, signal));
          return { ...answer, status: answer.statusCode };
        },
        drop: (unread) => unread.body.on('error', () => undefined).destroy(),
      });
      const toError = (thrown: unknown): Error => failures.of(thrown, signal);
      return { status: statusCode, headers: flatHeaders(headers), body: bytesOf(body, toError) };
    },

    async upgrade(request): Promise<TransportConnection> {
      const { signal } = request;
      const { socket, ...response } = await perform<ExchangeResult>({
        request,
        lane: request.lane ?? 'watch',
        send: (dispatcher, identity) =>
          exchange(dispatcher, outgoing.upgrade(request, identity), {
            most: explanationBytes,
            signal,
          }),
      });
      if (socket === undefined) throw failures.noUpgrade(response);
      const toError = (thrown: unknown): Error => failures.of(thrown, signal);
      const connection = connectionOf(socket, response.headers, toError);
      socket.once('close', follow(connection, signal));
      return connection;
    },

    async close() {
      closed = true;
      credentials.close();
      for (const connection of upgraded) connection.destroy();
      await lanes.close();
    },
  };
}
