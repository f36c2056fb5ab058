import { createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { bitString, contextTag, integer, objectIdentifier, sequence, time } from './der.js';
import { oid } from './oids.js';
import { encodeSubject } from './subject.js';
import type { CertificateSubject } from './subject.js';

/** How long a certificate holds, both ends included. Milliseconds since the epoch, cut to whole seconds. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Everything that goes into a certificate, before it is signed. */
export interface CertificateContents extends Validity {
  readonly serialNumber: Uint8Array;
  readonly subject: CertificateSubject;
  readonly issuer: CertificateSubject;
  /** The certified key. */
  readonly publicKey: KeyObject;
  readonly extensions: readonly Uint8Array[];
}

const signatureAlgorithm = sequence(objectIdentifier(oid.ecdsaWithSha256));

/** The public half of a private key, as it stands in certificates and requests. */
export function publicKeyInfo(key: KeyObject): Uint8Array {
  return key.export({ type: 'spki', format: 'der' });
}

/** Signs a body with ECDSA and SHA-256 and joins body, algorithm and signature, as certificates and requests do. */
export function signed(body: Uint8Array, privateKey: KeyObject): Uint8Array {
  return sequence(body, signatureAlgorithm, bitString(sign('sha256', body, privateKey)));
}

/** A version 3 certificate of RFC 5280, signed by the issuer's key. */
export function signCertificate(contents: CertificateContents, issuerKey: KeyObject): Uint8Array {
  const version3 = contextTag(0, 'constructed', integer(Uint8Array.of(2)));
  const body = sequence(
    version3,
    integer(contents.serialNumber),
    signatureAlgorithm,
    encodeSubject(contents.issuer),
    sequence(time(contents.notBefore), time(contents.notAfter)),
    encodeSubject(contents.subject),
    publicKeyInfo(contents.publicKey),
    contextTag(3, 'constructed', sequence(...contents.extensions)),
  );
  return signed(body, issuerKey);
}

/** The public key of a private one. */
export function publicHalf(privateKey: KeyObject): KeyObject {
  return createPublicKey(privateKey);
}
