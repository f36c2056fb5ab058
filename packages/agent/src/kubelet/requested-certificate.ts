import type { KeyObject } from 'node:crypto';
import type { Clock, Logger, Random } from '@virtual-kubelet/base';
import { backoffDelay, lifetime, messageOf } from '@virtual-kubelet/base';
import { certificateValidity, generateKey, privateKeyPem } from '@virtual-kubelet/certificates';
import type { ApiClient } from '@virtual-kubelet/client';
import { isNotFound, resources } from '@virtual-kubelet/client';
import type { CertificateAndKey, ServingCertificate } from '@virtual-kubelet/kubelet-api';
import { certificateSlot, waitUntil } from '@virtual-kubelet/kubelet-api';
import type { ServingIdentity } from './signing-request.js';
import { requestState, servingRequest } from './signing-request.js';

/** Keeps the certificate over restarts: without it each start needs another approval. */
export interface CertificateStore {
  load(): Promise<CertificateAndKey | undefined>;
  save(value: CertificateAndKey): Promise<void>;
}

/** What a {@link requestedCertificate} needs. */
export interface RequestedCertificateOptions {
  readonly identity: ServingIdentity;
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** @default kept nowhere */
  readonly store?: CertificateStore;
  /** Told the name of a request that waits for somebody's approval. */
  readonly waiting: (request: string) => void;
  /** @default a new EC key */
  readonly makeKey?: () => KeyObject;
}

/** Waits between looks at a request, milliseconds. */
const looks = { first: 1_000, most: 15_000 };
/** Waits after a refusal, milliseconds: whoever refused will not change their mind at once. */
const refusals = { first: 60_000, most: 3_600_000 };
/** A request nobody answers is collected by the cluster within a day; asked again after this, milliseconds. */
const patience = 12 * 3_600_000;

/** When to renew: at 70 to 90 percent of the life, so that nodes made together do not ask together. */
export function renewalTime(
  validity: { readonly notBefore: number; readonly notAfter: number },
  random: Random,
): number {
  const life = validity.notAfter - validity.notBefore;
  return validity.notBefore + life * (0.7 + 0.2 * random.next());
}

/**
 * A serving certificate that the cluster signs once somebody approves it, and its renewal. Until the first one is there,
 * `current` is undefined.
 */
export function requestedCertificate(options: RequestedCertificateOptions): ServingCertificate {
  const { identity, client, clock, random, logger, store, makeKey = generateKey } = options;
  const slot = certificateSlot();
  const life = lifetime();
  const { signal } = life;

  /** Looks until it is signed; undefined when it is gone, refused or too old. */
  const outcome = async (name: string): Promise<string | undefined> => {
    const until = clock.monotonic() + patience;
    let told = false;
    for (let look = 1; clock.monotonic() < until; look += 1) {
      const found = requestState(await client.get(resources.certificateSigningRequests, { name }, { signal }));
      if (found.state === 'issued') return found.certificatePem;
      if (found.state === 'refused') throw new Error(`the request ${name} was refused: ${found.message}`);
      if (found.state === 'waiting' && !told) options.waiting(name);
      told = true;
      await clock.sleep(backoffDelay(looks, look, random), signal);
    }
    return undefined;
  };

  const ask = async (): Promise<CertificateAndKey | undefined> => {
    const key = makeKey();
    const made = await client.create(resources.certificateSigningRequests, servingRequest(identity, key), { signal });
    try {
      const certificatePem = await outcome(made.metadata?.name ?? '');
      return certificatePem === undefined ? undefined : { certificatePem, keyPem: privateKeyPem(key) };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };

  const stored = async (): Promise<CertificateAndKey | undefined> => {
    try {
      const found = await store?.load();
      return found && certificateValidity(found.certificatePem).notAfter > clock.wall() ? found : undefined;
    } catch (error) {
      logger.warn('the serving certificate that was kept cannot be used', { error: messageOf(error) });
      return undefined;
    }
  };

  const keep = async (value: CertificateAndKey): Promise<void> => {
    slot.set(value);
    await store?.save(value).catch((error: unknown) => {
      logger.warn('the serving certificate could not be kept: the next start needs another approval', {
        error: messageOf(error),
      });
    });
  };

  const obtain = async (): Promise<CertificateAndKey> => {
    for (let failures = 1; ; failures += 1) {
      try {
        const value = await ask();
        if (value) return value;
      } catch (error) {
        signal.throwIfAborted();
        logger.warn('there is no serving certificate yet, asking again', { error: messageOf(error) });
        await clock.sleep(backoffDelay(refusals, failures, random), signal);
      }
    }
  };

  const run = async (): Promise<void> => {
    const kept = await stored();
    if (kept) slot.set(kept);
    for (let value = kept; ; value = await obtain()) {
      if (!value) continue;
      if (value !== kept) await keep(value);
      const due = renewalTime(certificateValidity(value.certificatePem), random);
      await waitUntil(clock, due, signal);
    }
  };
  run().catch((error: unknown) => {
    if (!signal.aborted) logger.error('serving certificates are not renewed any more', { error: messageOf(error) });
  });

  return {
    get current() {
      return slot.current;
    },
    subscribe: (changed) => slot.subscribe(changed),
    async close() {
      life.abort(new DOMException('the certificate is not needed any more', 'AbortError'));
    },
  };
}
