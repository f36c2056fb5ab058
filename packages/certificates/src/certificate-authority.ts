import type { KeyObject } from 'node:crypto';
import { alternativeNames, authorityUsage, keyIdentifiers, leafUsage } from './extensions.js';
import type { AlternativeNames, CertificateUsage } from './extensions.js';
import { privateKeyPem } from './keys.js';
import { pem } from './pem.js';
import { publicHalf, signCertificate } from './signing.js';
import type { Validity } from './signing.js';
import { generateKey, randomSerialNumbers } from './system-keys.js';
import type { SerialNumbers } from './system-keys.js';
import type { CertificateSubject } from './subject.js';

/** A certificate and the key that belongs to it, both PEM. The key is secret. */
export interface IssuedCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** How to make a certificate authority. */
export interface CertificateAuthorityOptions extends CertificateSubject, Validity {
  /** @default a new one */
  readonly key?: KeyObject;
  /** The root that was made of this key and subject before. @default a new one */
  readonly certificatePem?: string;
  /** @default random ones */
  readonly serialNumbers?: SerialNumbers;
}

/** What a certificate certifies, apart from its key. */
export interface LeafOptions extends CertificateSubject, AlternativeNames, Validity {
  readonly usages: readonly CertificateUsage[];
}

/** What to issue. */
export interface IssueOptions extends LeafOptions {
  /** The certified private key. @default a new one */
  readonly key?: KeyObject;
}

/** A certificate authority that lives in memory. */
export interface CertificateAuthority extends IssuedCertificate {
  /** A leaf certificate with its key. */
  issue(options: IssueOptions): IssuedCertificate;
  /** A leaf certificate, PEM, for somebody else's public key. */
  certify(publicKey: KeyObject, options: LeafOptions): string;
}

/** Makes a certificate authority with a self-signed root, for tests and for clusters that live in one process. */
export function createCertificateAuthority(options: CertificateAuthorityOptions): CertificateAuthority {
  const key = options.key ?? generateKey();
  const own = publicHalf(key);
  const serialNumbers = options.serialNumbers ?? randomSerialNumbers;
  const sign = (
    publicKey: KeyObject,
    contents: CertificateSubject & Validity,
    extensions: readonly Uint8Array[],
  ): string => {
    const { notBefore, notAfter } = contents;
    const all = [...extensions, ...keyIdentifiers(publicKey, own)];
    const body = {
      notBefore,
      notAfter,
      serialNumber: serialNumbers(),
      subject: contents,
      issuer: options,
      publicKey,
      extensions: all,
    };
    return pem('CERTIFICATE', signCertificate(body, key));
  };
  const certify = (publicKey: KeyObject, leaf: LeafOptions): string =>
    sign(publicKey, leaf, [...leafUsage(leaf.usages), ...alternativeNames(leaf)]);
  return {
    certificatePem: options.certificatePem ?? sign(own, options, authorityUsage()),
    keyPem: privateKeyPem(key),
    certify,
    issue: (leaf) => {
      const leafKey = leaf.key ?? generateKey();
      return { certificatePem: certify(publicHalf(leafKey), leaf), keyPem: privateKeyPem(leafKey) };
    },
  };
}
