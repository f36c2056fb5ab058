import type { Dispatcher } from 'undici';
import type { TransportRequest } from '@virtual-kubelet/base';
import type { Identity } from './identities.js';

/** Turns requests into what undici sends. */
export interface OutgoingRequests {
  plain(request: TransportRequest, identity: Identity): Dispatcher.DispatchOptions;
  /** A request to switch to the protocol that its `upgrade` header names. */
  upgrade(request: TransportRequest, identity: Identity): Dispatcher.DispatchOptions;
}

type Headers = Record<string, string | string[]>;

function headersFor(request: TransportRequest, { authentication }: Identity, userAgent: string): Headers {
  const headers: Headers = {
    'user-agent': userAgent,
    ...request.headers,
    ...authentication.headers,
  };
  if (authentication.authorization !== undefined) headers['authorization'] = authentication.authorization.reveal();
  return headers;
}

/** Makes {@link OutgoingRequests} for a server whose URL may hold a path that comes before all others. */
export function outgoingRequests(server: string, userAgent: string): OutgoingRequests {
  const { origin, pathname } = new URL(server);
  const prefix = pathname.replace(/\/+$/, '');
  const base = (request: TransportRequest) => ({
    origin,
    path: `${prefix}${request.path}`,
    method: request.method,
    body: request.body ?? null,
  });
  return {
    plain: (request, identity) => ({
      headers: headersFor(request, identity, userAgent),
      // Without this, a DELETE with a body would cost the connection.
      reset: false,
      ...base(request),
    }),
    upgrade(request, identity) {
      // undici writes both of these itself.
      const { upgrade, connection: _, ...headers } = headersFor(request, identity, userAgent);
      return { ...base(request), headers, upgrade: String(upgrade ?? 'websocket') };
    },
  };
}
