/** Who makes a request: by client certificate, by bearer token, or nobody. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { PeerCertificate } from 'node:tls';
import { TLSSocket } from 'node:tls';
import type { PlaygroundServer } from '../server.js';
import { tokenIssuerName, tokenUser } from '../store/tokens.js';
import type { User } from '../store/user.js';
import { authenticated } from './authority.js';

/** What authentication found. */
export type Identity =
  | { readonly is: 'user'; readonly user: User }
  /** Nothing was shown. */
  | { readonly is: 'anonymous' }
  /** Something was shown that is not good. */
  | { readonly is: 'refused' };

/** Where identities come from, beside tokens of service accounts. */
export interface AuthenticationOptions {
  readonly server: PlaygroundServer;
  /** Users by bearer token. */
  readonly tokens: ReadonlyMap<string, User>;
}

/** Finds out who makes a request. A certificate comes before a token, as upstream has it. */
export function identify(request: IncomingMessage, options: AuthenticationOptions): Identity {
  const certified = certificateUser(request);
  if (certified !== undefined) return { is: 'user', user: certified };
  const token = bearerToken(request.headers.authorization ?? '');
  if (token === undefined) return { is: 'anonymous' };
  const user = options.tokens.get(token) ?? accountUser(token, options.server);
  return user === undefined ? { is: 'refused' } : { is: 'user', user };
}

function bearerToken(header: string): string | undefined {
  return /^Bearer\s+(\S+)\s*$/i.exec(header)?.[1];
}

function accountUser(token: string, { store, clock }: PlaygroundServer): User | undefined {
  const { settings, state } = store;
  const found = tokenUser({ tokens: settings.tokens, state, token, now: clock.wall() });
  return found?.audiences.includes(tokenIssuerName) === true ? found.user : undefined;
}

/** Certificates do not change during a connection, and reading one is not cheap. */
const known = new WeakMap<TLSSocket, User | 'none'>();

function certificateUser({ socket }: IncomingMessage): User | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const found = known.get(socket) ?? readCertificate(socket);
  known.set(socket, found);
  return found === 'none' ? undefined : found;
}

function readCertificate(socket: TLSSocket): User | 'none' {
  if (!socket.authorized) return 'none';
  const { subject, raw } = socket.getPeerCertificate() as PeerCertificate | Record<string, undefined>;
  if (subject === undefined || raw === undefined) return 'none';
  const { CN, O } = subject as { CN?: string; O?: string | readonly string[] };
  if (CN === undefined) return 'none';
  const groups = O === undefined ? [] : typeof O === 'string' ? [O] : O;
  const credential = `X509SHA256=${createHash('sha256').update(raw).digest('hex')}`;
  return {
    username: CN,
    groups: [...groups, authenticated],
    extra: { 'authentication.kubernetes.io/credential-id': [credential] },
  };
}
