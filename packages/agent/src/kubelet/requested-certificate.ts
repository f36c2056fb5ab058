import type { Random } from '@virtual-kubelet/base';
import { backoffDelay, lifetime, messageOf } from '@virtual-kubelet/base';
import { certificateValidity } from '@virtual-kubelet/certificates';
import type { CertificateAndKey, ServingCertificate } from '@virtual-kubelet/kubelet-api';
import { certificateSlot, waitUntil } from '@virtual-kubelet/kubelet-api';
import type { AskOptions } from './ask-for-certificate.js';
import { askForCertificate } from './ask-for-certificate.js';

/** What a {@link requestedCertificate} needs. Its `client` is read anew for each request. */
export type RequestedCertificateOptions = Omit<AskOptions, 'patience'>;

/** Waits after a refusal, milliseconds: whoever refused will not change their mind at once. */
const refusals = { first: 60_000, most: 3_600_000 };

/** When to renew: at 70 to 90 percent of the life, so that nodes made together do not ask together. */
export function renewalTime(
  validity: { readonly notBefore: number; readonly notAfter: number },
  random: Random,
): number {
  const life = validity.notAfter - validity.notBefore;
  return validity.notBefore + life * (0.7 + 0.2 * random.next());
}

/**
 * A certificate that the cluster signs once it is approved, and its renewal. Until the first one is there, `current` is
 * undefined.
 */
export function requestedCertificate(options: RequestedCertificateOptions): ServingCertificate {
  const { identity, clock, random, logger, store } = options;
  const what = `${identity.usage} certificate`;
  const slot = certificateSlot();
  const life = lifetime();
  const { signal } = life;

  const ask = async (): Promise<CertificateAndKey | undefined> => {
    const outcome = await askForCertificate(options, signal);
    if (outcome.state === 'refused') throw new Error(`the request ${outcome.request} was refused: ${outcome.message}`);
    return outcome.state === 'issued' ? outcome.value : undefined;
  };

  const stored = async (): Promise<CertificateAndKey | undefined> => {
    try {
      const found = await store?.load();
      return found && certificateValidity(found.certificatePem).notAfter > clock.wall() ? found : undefined;
    } catch (error) {
      logger.warn(`the ${what} that was kept cannot be used`, { error: messageOf(error) });
      return undefined;
    }
  };

  const keep = async (value: CertificateAndKey): Promise<void> => {
    slot.set(value);
    await store?.save(value).catch((error: unknown) => {
      logger.warn(`the ${what} could not be kept: the next start needs another approval`, {
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
        logger.warn(`there is no ${what} yet, asking again`, { error: messageOf(error) });
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
    if (!signal.aborted) logger.error(`the ${what} is not renewed any more`, { error: messageOf(error) });
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
