import type { Clock } from '@virtual-kubelet/base';
import { messageOf, lifetime } from '@virtual-kubelet/base';
import type { Logger } from '@virtual-kubelet/base';
import type { AlternativeNames } from '@virtual-kubelet/certificates';
import { createSelfSignedCertificate } from '@virtual-kubelet/certificates';
import type { ServingCertificate } from './serving-certificate.js';
import { certificateSlot } from './serving-certificate.js';
import { waitUntil } from './wait-until.js';

/** What a {@link selfSignedCertificate} says. */
export interface SelfSignedCertificateOptions extends AlternativeNames {
  readonly node: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const day = 86_400_000;
/** As a kubelet's, milliseconds. */
const validity = 365 * day;
/** It is made anew long before its end, so that it never ends in use. */
const renewal = 300 * day;
/** Clocks of other machines may be behind. */
const slack = 3_600_000;

/** A certificate nobody vouches for, as a kubelet makes when it is given none; API servers do not check it by default. */
export function selfSignedCertificate(options: SelfSignedCertificateOptions): ServingCertificate {
  const { node, clock, logger, dnsNames, ipAddresses } = options;
  const life = lifetime();
  const make = (): ReturnType<typeof createSelfSignedCertificate> =>
    createSelfSignedCertificate({
      commonName: `${node}@${Math.floor(clock.wall() / 1_000)}`,
      notBefore: clock.wall() - slack,
      notAfter: clock.wall() + validity,
      ...(dnsNames ? { dnsNames } : {}),
      ...(ipAddresses ? { ipAddresses } : {}),
    });
  const slot = certificateSlot(make());
  const renew = async (): Promise<void> => {
    for (;;) {
      await waitUntil(clock, clock.wall() + renewal, life.signal);
      slot.set(make());
    }
  };
  renew().catch((error: unknown) => {
    if (!life.signal.aborted) logger.error('the serving certificate is not renewed', { error: messageOf(error) });
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
