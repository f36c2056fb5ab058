/** An API server whose tokens for pods live for seconds: TokenRequest itself grants ten minutes at least. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ControlPlane } from './harness/index.js';

/** A running one. */
export interface ShortTokens {
  readonly url: string;
  /** Tokens given out so far. */
  issued(): number;
  close(): Promise<void>;
}

interface TokenAnswer {
  readonly spec: object;
  readonly status: object;
}

/**
 * Seconds for which the API server takes a token that has ended, for clocks that differ (go-jose's DefaultLeeway). It
 * also remembers for ten seconds that a token was good.
 */
const leeway = 60;

const tokenPath = /^\/api\/v1\/namespaces\/([^/]+)\/serviceaccounts\/([^/]+)\/token$/;

/**
 * Passes everything on to the API server, with the credentials it came with, and puts tokens of another life into answers.
 * @param options.host address of this machine to listen on
 */
export async function serveShortTokens(
  plane: ControlPlane,
  options: { readonly host: string; readonly seconds: number },
): Promise<ShortTokens> {
  const { host, seconds } = options;
  let issued = 0;

  const shortened = async (answer: string, namespace: string, name: string): Promise<string> => {
    const granted = JSON.parse(answer) as TokenAnswer;
    const token = await plane.serviceAccountToken(namespace, name, seconds - leeway);
    const expirationTimestamp = new Date(Date.now() + seconds * 1_000).toISOString().replace(/\.\d+/, '');
    issued += 1;
    const spec = { ...granted.spec, expirationSeconds: seconds };
    return JSON.stringify({ ...granted, spec, status: { token, expirationTimestamp } });
  };

  const pass = async (asked: IncomingMessage, reply: ServerResponse): Promise<void> => {
    const { 'accept-encoding': _, ...headers } = asked.headers;
    const sent = request(new URL(asked.url ?? '/', plane.baseUrl), {
      ca: plane.caPem,
      method: asked.method,
      headers,
    });
    reply.once('close', () => sent.destroy());
    asked.pipe(sent);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const [, namespace, name] = tokenPath.exec(asked.url ?? '') ?? [];
    if (namespace === undefined || name === undefined || answer.statusCode !== 201) {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
      return;
    }
    const body = await shortened(await text(answer), namespace, name);
    reply.writeHead(201, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
  };

  const { certificatePem, keyPem } = plane.servingCertificate({ commonName: 'short-tokens', ipAddresses: [host] });
  const server = createServer({ cert: certificatePem, key: keyPem }, (asked, reply) => {
    pass(asked, reply).catch(() => reply.destroy());
  });
  await once(server.listen(0, host), 'listening');
  return {
    url: `https://${host}:${(server.address() as AddressInfo).port}`,
    issued: () => issued,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
