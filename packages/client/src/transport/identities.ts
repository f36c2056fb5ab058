import { untilAborted } from '@virtual-kubelet/base';
import type { Authentication, Credentials } from '../credentials/credentials.js';
import type { Authorities } from '../credentials/trust.js';
import { TransportError } from './transport-error.js';

/** Who we are and whom we trust, at the time of one request. */
export interface Identity {
  readonly authentication: Authentication;
  readonly authority: string | undefined;
}

/** Gives identities and finds newer ones. */
export interface Identities {
  current(signal: AbortSignal | undefined): Promise<Identity>;
  /**
   * Runs an exchange, and once more when the server did not know us, or we did not trust it, and looking again gave
   * other credentials or other authorities. A refusal reaches the server before it has acted, so the repeat is safe for
   * every method.
   */
  withRenewal<T extends { readonly status: number }>(call: RenewableCall<T>): Promise<T>;
}

/** An exchange that may run twice. */
interface RenewableCall<T> {
  readonly signal: AbortSignal | undefined;
  readonly send: (identity: Identity) => Promise<T>;
  /** Lets go of an answer that nobody will read. */
  readonly drop: ((answer: T) => void) | undefined;
}

function bounded<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return signal === undefined ? promise : untilAborted(promise, signal);
}

/** Joins credentials and authorities. */
export function identitiesOf(credentials: Credentials, authorities: Authorities): Identities {
  const find = async (): Promise<Identity> => {
    const [authentication, authority] = await Promise.all([credentials.current(), authorities.current()]);
    return { authentication, authority };
  };
  const current = (signal: AbortSignal | undefined): Promise<Identity> => bounded(find(), signal);
  return {
    current,
    async withRenewal({ signal, send, drop }) {
      const used = await current(signal);
      const sent = await send(used).catch(async (thrown: unknown) => {
        const distrust = thrown instanceof TransportError && thrown.kind === 'tls';
        if (distrust && (await bounded(authorities.distrusted(used.authority), signal))) return undefined;
        throw thrown;
      });
      if (sent === undefined) return send(await current(signal));
      if (sent.status !== 401) return sent;
      if (!(await bounded(credentials.unauthorized(used.authentication), signal))) return sent;
      drop?.(sent);
      return send(await current(signal));
    },
  };
}
