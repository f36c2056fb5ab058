import type { KeyObject } from 'node:crypto';
import { contextTag, integer, objectIdentifier, sequence, setOfOne } from './der.js';
import { alternativeNames } from './extensions.js';
import type { AlternativeNames } from './extensions.js';
import { oid } from './oids.js';
import { pem } from './pem.js';
import { publicHalf, publicKeyInfo, signed } from './signing.js';
import { encodeSubject } from './subject.js';
import type { CertificateSubject } from './subject.js';

/** What to ask a signer for. Usages are not part of it: Kubernetes takes them from the CertificateSigningRequest object. */
export interface CertificateRequestOptions extends CertificateSubject, AlternativeNames {
  /** The private key whose public half is to be certified. It signs the request and stays with the caller. */
  readonly key: KeyObject;
}

function attributes(names: AlternativeNames): Uint8Array {
  const extensions = alternativeNames(names);
  if (extensions.length === 0) return new Uint8Array();
  return sequence(objectIdentifier(oid.extensionRequest), setOfOne(sequence(...extensions)));
}

/** A PKCS#10 certificate request (RFC 2986) as PEM, for the `request` field of a CertificateSigningRequest once base64-encoded. */
export function createCertificateRequest(options: CertificateRequestOptions): string {
  const body = sequence(
    integer(Uint8Array.of(0)),
    encodeSubject(options),
    publicKeyInfo(publicHalf(options.key)),
    contextTag(0, 'constructed', attributes(options)),
  );
  return pem('CERTIFICATE REQUEST', signed(body, options.key));
}
