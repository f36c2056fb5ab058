import type { IncomingMessage } from 'node:http';
import type { Logger } from '@virtual-kubelet/base';
import { checkAccess } from './access/check-access.js';
import type { Credentials, KubeletUser } from './access/ports.js';
import type { KubeletApiOptions } from './kubelet-api-options.js';
import { silentMetrics } from './kubelet-api-metrics.js';
import type { KubeletApiLimits } from './limits.js';
import type { Reply } from './reply.js';
import { text } from './reply.js';
import type { RouteMatch } from './routes.js';
import { matchRoute, requiredAccess, urlOf } from './routes.js';
import { sparingWarnings } from './sparing-warnings.js';
import { streamSlots } from './stream-slots.js';

/** A request whose sender is known and allowed, and whose route takes its method. */
export interface Admitted extends RouteMatch {
  readonly user: KubeletUser;
  readonly url: URL;
}

/** What every request has to pass. */
export interface Gate {
  /** Streams that are open. */
  readonly streams: number;
  /** Gives the request its route and sender, or the answer that turns it away. */
  admit(request: IncomingMessage): Promise<Admitted | { readonly refusal: Reply }>;
  /** Runs something that lasts, if there is room for another of this user. */
  inSlot<T>(user: KubeletUser, run: () => Promise<T>): Promise<T | Reply>;
}

const busy = text(429, 'too many streams: try again later', { 'retry-after': '60' });
const notFound = text(404, '404 page not found');

/** Makes the gate of one node's API. Strangers learn nothing: access is decided before a path is looked at. */
export function createGate(
  options: KubeletApiOptions,
  around: {
    readonly limits: KubeletApiLimits;
    readonly logger: Logger;
    readonly closing: AbortSignal;
    /** What the request shows of its sender; `now` is wall time. */
    readonly credentialsOf: (request: IncomingMessage, now: number) => Credentials;
  },
): Gate {
  const { clock, observer = silentMetrics } = options;
  const { limits, logger, closing, credentialsOf } = around;
  const control = { ...options.access, logger: sparingWarnings(logger, clock) };
  const slots = streamSlots(limits);
  return {
    get streams() {
      return slots.taken;
    },
    async admit(request) {
      const { method = '' } = request;
      const url = urlOf(request.url);
      const match = url && matchRoute(url.pathname);
      const deadline = clock.deadline(limits.reviewTimeout, closing);
      try {
        const asked = {
          credentials: credentialsOf(request, clock.wall()),
          access: requiredAccess(method, match?.route),
        };
        const decision = await checkAccess(control, asked, deadline.signal);
        if ('refusal' in decision) return decision;
        if (!match) return { refusal: notFound };
        const { methods } = match.route;
        if (!methods.includes(method))
          return { refusal: text(405, '405: Method Not Allowed', { allow: methods.join(', ') }) };
        return { ...match, url, user: decision.user };
      } finally {
        deadline.release();
      }
    },
    async inSlot(user, run) {
      const free = slots.take(user.name);
      if (!free) return busy;
      observer.stream(1);
      try {
        return await run();
      } finally {
        observer.stream(-1);
        free();
      }
    },
  };
}
