import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorsOf, messageOf } from '@virtual-kubelet/base';
import { errors } from '../errors.js';

const fail = errorsOf(errors);

/** What the listener answers from. */
export interface HealthSource {
  /** Why the program is not ready; empty when it is. */
  notReady(): readonly string[];
  /** Why the program should be restarted; empty when it is well, also while what it depends on is away. */
  notLive(): readonly string[];
  /** Prometheus text. */
  metrics(): string;
}

/** A listener for probes and Prometheus. */
export interface HealthServer {
  readonly address: string;
  close(): Promise<void>;
}

function answer(source: HealthSource, path: string): { status: number; type: string; body: string } {
  const plain = (problems: readonly string[]): { status: number; type: string; body: string } => ({
    status: problems.length === 0 ? 200 : 503,
    type: 'text/plain; charset=utf-8',
    body: problems.length === 0 ? 'ok' : `${problems.join('\n')}\n`,
  });
  switch (path) {
    case '/healthz':
    case '/livez':
      return plain(source.notLive());
    case '/readyz':
      return plain(source.notReady());
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: source.metrics() };
    default:
      return {
        status: 404,
        type: 'text/plain; charset=utf-8',
        body: 'not found: try /healthz, /livez, /readyz or /metrics\n',
      };
  }
}

/**
 * Serves `/healthz`, `/livez`, `/readyz` and `/metrics` over plain HTTP. Nothing secret is in them, but keep the address on
 * loopback unless a probe needs it.
 * @throws CodedError `VK_METRICS_LISTEN`
 */
export async function startHealthServer(address: string, source: HealthSource): Promise<HealthServer> {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[|\]$/g, '') || '0.0.0.0';
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 8_192 },
    (request, response) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end();
      const { status, type, body } = answer(source, (request.url ?? '/').split('?')[0] ?? '/');
      response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? undefined : body);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(fail('VK_METRICS_LISTEN', { address, problem: messageOf(error) }, error)));
    server.listen(Number(address.slice(at + 1)), host, resolve);
  });
  // Such as too many open files: the connection is lost, the process is not.
  server.on('error', () => undefined);
  const { port } = server.address() as AddressInfo;
  return {
    address: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
