import type { KeyObject } from 'node:crypto';
import type { IssuedCertificate } from './certificate-authority.js';
import { alternativeNames, keyIdentifiers, leafUsage } from './extensions.js';
import type { AlternativeNames } from './extensions.js';
import { privateKeyPem } from './keys.js';
import { pem } from './pem.js';
import { publicHalf, signCertificate } from './signing.js';
import type { Validity } from './signing.js';
import { generateKey, randomSerialNumbers } from './system-keys.js';
import type { SerialNumbers } from './system-keys.js';
import type { CertificateSubject } from './subject.js';

/** What a self-signed serving certificate says. */
export interface SelfSignedOptions extends CertificateSubject, AlternativeNames, Validity {
  /** @default a new one */
  readonly key?: KeyObject;
  /** @default random ones */
  readonly serialNumbers?: SerialNumbers;
}

/** A serving certificate that vouches for itself, as a kubelet makes when it is given none. */
export function createSelfSignedCertificate(options: SelfSignedOptions): IssuedCertificate {
  const key = options.key ?? generateKey();
  const publicKey = publicHalf(key);
  const { notBefore, notAfter } = options;
  const serialNumber = (options.serialNumbers ?? randomSerialNumbers)();
  const extensions = [...leafUsage(['server']), ...alternativeNames(options), ...keyIdentifiers(publicKey, publicKey)];
  const body = {
    notBefore,
    notAfter,
    serialNumber,
    subject: options,
    issuer: options,
    publicKey,
    extensions,
  };
  return {
    certificatePem: pem('CERTIFICATE', signCertificate(body, key)),
    keyPem: privateKeyPem(key),
  };
}
