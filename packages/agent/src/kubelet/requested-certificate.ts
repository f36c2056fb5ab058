import type { Random } from '@virtual-kubelet/base';
import { backoffDelay, lifetime, messageOf } from '@virtual-kubelet/base';
import { certificateValidity } from '@virtual-kubelet/certificates';
import type { ApiClient } from '@virtual-kubelet/client';
import type { CertificateAndKey, ServingCertificate } from '@virtual-kubelet/kubelet-api';
import { certificateSlot, waitUntil } from '@virtual-kubelet/kubelet-api';
import type { ConditionSource } from '@virtual-kubelet/node';
import type { AskOptions, RequestOutcome } from './ask-for-certificate.js';
import { askForCertificate } from './ask-for-certificate.js';
import type { CertificateProgress } from './certificate-condition.js';
import { certificateCondition } from './certificate-condition.js';

/** What a {@link requestedCertificate} needs. */
export interface RequestedCertificateOptions extends Omit<AskOptions, 'patience' | 'asker' | 'waiting'> {
  /** Told the name of a request that waits for somebody's approval, and what is in use until then. */
  readonly waiting: (request: string, current: CertificateAndKey | undefined) => void;
  /**
   * Who asks when the certificate has ended, where it is itself the credential of `client`. What was asked for by itself
   * until then is given up.
   * @default client
   */
  readonly afterEnd?: ApiClient;
}

/** A certificate that the cluster signs. */
export interface RequestedCertificate extends ServingCertificate {
  /** What a Node says of it, when its kubelet API is served with it. */
  readonly conditions: ConditionSource;
}

/** Waits, milliseconds: whoever refused will not change their mind at once; a server that does not answer may be back soon. */
const waits = { refused: { first: 60_000, most: 3_600_000 }, failed: { first: 5_000, most: 60_000 } };

/** When to renew: at 70 to 90 percent of the life, so that nodes made together do not ask together. */
export function renewalTime(
  validity: { readonly notBefore: number; readonly notAfter: number },
  random: Random,
): number {
  const life = validity.notAfter - validity.notBefore;
  return validity.notBefore + life * (0.7 + 0.2 * random.next());
}

type Outcome = RequestOutcome | { readonly state: 'failed'; readonly message: string };
type Unsuccessful = Outcome & { readonly state: 'refused' | 'failed' };
type Asker = Pick<AskOptions, 'client' | 'asker' | 'patience'>;

/** What was said to a request, where that was no. */
function refusalOf(outcome: Outcome): string | undefined {
  return outcome.state === 'refused' ? `the request ${outcome.request} was refused: ${outcome.message}` : undefined;
}

/**
 * A certificate that the cluster signs once it is approved, and its renewal. Until the first one is there, `current` is
 * undefined; the one in use stays until the next is there, whatever becomes of the requests for it.
 */
export function requestedCertificate(options: RequestedCertificateOptions): RequestedCertificate {
  const { identity, clock, random, logger, store, afterEnd } = options;
  const what = `${identity.usage} certificate`;
  const slot = certificateSlot();
  const life = lifetime();
  const { signal } = life;
  const listeners = new Set<() => void>();
  let progress: CertificateProgress = {};

  const tell = (news: CertificateProgress): void => {
    progress = { ...(progress.validity ? { validity: progress.validity } : {}), ...news };
    for (const listener of listeners) listener();
  };

  const use = (value: CertificateAndKey): void => {
    tell({ validity: certificateValidity(value.certificatePem) });
    slot.set(value);
  };

  /** Milliseconds for which the certificate can ask for its own successor; undefined where others ask anyway. */
  const ownTime = (): number | undefined => afterEnd && Math.max(0, (progress.validity?.notAfter ?? 0) - clock.wall());

  const whoAsks = (): Asker => {
    const left = ownTime();
    if (!left) return { client: afterEnd ?? options.client };
    return { client: options.client, asker: 'itself', patience: left };
  };

  const ask = async (asker: Asker): Promise<Outcome> => {
    const waiting = (request: string): void => {
      tell({ waiting: request });
      options.waiting(request, slot.current);
    };
    try {
      return await askForCertificate({ ...options, ...asker, waiting }, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { state: 'failed', message: messageOf(error) };
    }
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
    use(value);
    await store?.save(value).catch((error: unknown) => {
      logger.warn(`the ${what} could not be kept: the next start needs another approval`, {
        error: messageOf(error),
      });
    });
  };

  const pause = (outcome: Unsuccessful, failures: number): number => {
    const error = refusalOf(outcome) ?? outcome.message;
    logger.warn(`there is no ${slot.current ? `new ${what}` : what} yet, asking again`, { error });
    return backoffDelay(waits[outcome.state], failures, random);
  };

  const obtain = async (): Promise<CertificateAndKey> => {
    let [failures, before] = [0, whoAsks()];
    for (;;) {
      const asker = whoAsks();
      failures = asker.asker === before.asker ? failures + 1 : 1;
      before = asker;
      const outcome = await ask(asker);
      if (outcome.state === 'issued') return outcome.value;
      const refusal = refusalOf(outcome);
      if (outcome.state !== 'failed') tell(refusal === undefined ? {} : { refusal });
      if (outcome.state !== 'refused' && outcome.state !== 'failed') continue;
      // Whoever asks after the end does so at once.
      const most = asker.asker === undefined ? Infinity : (ownTime() ?? Infinity);
      await clock.sleep(Math.min(pause(outcome, failures), most), signal);
    }
  };

  const run = async (): Promise<void> => {
    const kept = await stored();
    if (kept) use(kept);
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
    conditions: {
      current: () => [certificateCondition(progress, clock.wall())],
      subscribe(changed) {
        listeners.add(changed);
        return () => void listeners.delete(changed);
      },
    },
    async close() {
      life.abort(new DOMException('the certificate is not needed any more', 'AbortError'));
    },
  };
}
