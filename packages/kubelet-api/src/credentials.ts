import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { Sensitive } from '@virtual-kubelet/base';
import type { Credentials } from './access/ports.js';

/** What the TLS layer found out about the client of a connection. */
interface VerifiedClient {
  readonly certificate: NonNullable<Credentials['certificate']>;
  /** Wall time at which the certificate ends. */
  readonly notAfter: number;
  /** The authorities that vouched for it. */
  readonly authorities: string | undefined;
}

/** Clients by their certificates, for as long as these hold. */
export interface VerifiedClients {
  /** To be called for each new connection. */
  connected(socket: TLSSocket): void;
  /** What the request shows of its sender. @param now wall time, milliseconds */
  credentialsOf(request: IncomingMessage, now: number): Credentials;
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

/** Only a certificate that the TLS layer has verified against the client authorities counts. */
function clientOf(socket: TLSSocket, authorities: string | undefined): VerifiedClient | undefined {
  if (authorities === undefined || !socket.authorized) return undefined;
  const { subject, valid_to: end } = socket.getPeerCertificate();
  // Of several common names the last one counts, as in Go.
  const commonName = textsOf(subject?.CN).at(-1);
  if (commonName === undefined || commonName === '') return undefined;
  return {
    certificate: { commonName, organizations: textsOf(subject.O) },
    notAfter: Date.parse(end),
    authorities,
  };
}

/**
 * Remembers whom the handshake of each connection has verified. A connection may outlive its certificate or the authorities
 * that vouched for it: then it has no certificate any more.
 *
 * @param authorities those of now, PEM; undefined: certificates of clients count for nothing
 */
export function verifiedClients(authorities: () => string | undefined): VerifiedClients {
  const clients = new WeakMap<object, VerifiedClient>();
  const certificateOf = (request: IncomingMessage, now: number): Credentials['certificate'] => {
    const client = clients.get(request.socket);
    return client && client.notAfter > now && client.authorities === authorities() ? client.certificate : undefined;
  };
  return {
    connected(socket) {
      const client = clientOf(socket, authorities());
      if (client) clients.set(socket, client);
    },
    credentialsOf(request, now) {
      const certificate = certificateOf(request, now);
      const token = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
      return {
        ...(certificate ? { certificate } : {}),
        ...(token === undefined ? {} : { token: new Sensitive(token) }),
      };
    },
  };
}
