import type { Server } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { lifetime, untilAborted } from '@virtual-kubelet/base';
import { kubeletApiError } from './errors.js';
import { verifiedClients } from './credentials.js';
import { createGate } from './gate.js';
import type { KubeletApiOptions } from './kubelet-api-options.js';
import { silentMetrics } from './kubelet-api-metrics.js';
import type { KubeletApiLimits } from './limits.js';
import { defaultLimits } from './limits.js';
import { requestsInTurn } from './requests-in-turn.js';
import { routeName } from './routes.js';
import { serveRequests } from './serve-request.js';
import { serveUpgrades } from './serve-upgrade.js';
import { sparingWarnings } from './sparing-warnings.js';
import { secureContext } from './tls-options.js';

/** The HTTPS server of one node. */
export interface KubeletApi {
  /** Binds the port and serves. Gives the port, which matters when any free one was asked for. @throws CodedError `VK_KUBELET_API_LISTEN` */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  /** Connections that are open, and streams among them. */
  readonly connections: number;
  readonly streams: number;
  /** Ends all streams and lets go of the port. */
  close(): Promise<void>;
}

/** Idle connections live as long as a kubelet's, milliseconds. */
const keepAliveTimeout = 90_000;
/** A peer that vanished without a word is noticed by probes of TCP, milliseconds until the first. */
const probeDelay = 30_000;
/** Streams have this long to end with a word when the server ends, milliseconds. */
const farewell = 1_000;
/** How often connections are looked at that are slow with their requests, milliseconds at most. */
const slowLook = 5_000;

function httpsServer(options: KubeletApiOptions, limits: KubeletApiLimits): Server {
  const { certificate, clientAuthorities } = options;
  const server = createServer({
    ...secureContext(certificate.current, clientAuthorities?.pem),
    requestCert: clientAuthorities !== undefined,
    // Requests without a certificate may show a token; who shows neither is turned away with an answer.
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    maxHeaderSize: limits.headBytes,
    headersTimeout: limits.headTimeout,
    handshakeTimeout: limits.headTimeout,
    // Until the request is there, body included; answers may take as long as they like.
    requestTimeout: limits.headTimeout,
    connectionsCheckingInterval: Math.min(slowLook, limits.headTimeout),
    keepAliveTimeout,
    keepAlive: true,
    keepAliveInitialDelay: probeDelay,
  });
  server.maxConnections = limits.connections;
  server.timeout = limits.idleTimeout;
  server.on('clientError', (_error, socket) => void socket.destroy());
  return server;
}

async function bind(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error): void => {
      const details = { address: `${host}:${port}`, problem: error.message };
      reject(kubeletApiError('VK_KUBELET_API_LISTEN', details, error));
    };
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/** Makes the kubelet API of one node; nothing is opened before `listen`. */
export function createKubeletApi(options: KubeletApiOptions): KubeletApi {
  const { certificate, clientAuthorities, clock, observer = silentMetrics } = options;
  const logger = options.logger.with({ node: options.node });
  const limits = { ...defaultLimits, ...options.limits };
  const life = lifetime();
  const verified = verifiedClients(() => clientAuthorities?.pem);
  const around = { limits, logger, closing: life.signal };
  const gate = createGate(options, { ...around, credentialsOf: verified.credentialsOf });
  const serving = { options, gate, ...around };
  const server = httpsServer(options, limits);
  server.on('secureConnection', verified.connected);
  const warnings = sparingWarnings(logger, clock);
  server.on('drop', () => warnings.warn('connections are refused', { open: limits.connections }));
  const inTurn = requestsInTurn();
  const request = serveRequests(serving);
  const upgrade = serveUpgrades(serving);
  server.on('request', (incoming, response) => {
    if (!inTurn(incoming.socket, response)) return;
    response.once('close', () => {
      if (response.headersSent) observer.answered(routeName(incoming.url), response.statusCode, 'HTTP');
    });
    void request(incoming, response);
  });
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    socket.once('close', () => (connections -= 1));
  });
  const sockets = new Set<Duplex>();
  const streams = new Set<Promise<void>>();
  server.on('upgrade', (incoming, socket, head) => {
    if (!inTurn(socket)) return;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const stream = upgrade({ request: incoming, socket, head }).finally(() => streams.delete(stream));
    streams.add(stream);
  });

  /** New connections meet the new certificate and authorities; idle ones, whose identity may be outdated, are closed. */
  const renew = (): void => {
    server.setSecureContext(secureContext(certificate.current, clientAuthorities?.pem));
    server.closeIdleConnections();
  };
  const unsubscribe = [certificate.subscribe(renew), clientAuthorities?.subscribe(renew)];

  /** Gives streams a moment to tell their clients. */
  const goodbyes = async (): Promise<void> => {
    const moment = clock.deadline(farewell);
    await untilAborted(Promise.allSettled(streams), moment.signal).catch(() => undefined);
    moment.release();
  };

  return {
    async listen(address) {
      const port = await bind(server, address);
      // Such as too many open files: the connection is lost, the process is not.
      server.on('error', (error) => warnings.warn('a connection could not be taken', { error: error.message }));
      return port;
    },
    get connections() {
      return connections;
    },
    get streams() {
      return gate.streams;
    },
    async close() {
      for (const stop of unsubscribe) stop?.();
      life.abort(new DOMException('the kubelet API was closed', 'AbortError'));
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await goodbyes();
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      await closed;
      await certificate.close();
    },
  };
}
