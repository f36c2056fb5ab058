import { createHash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { booleanTrue, contextTag, namedBits, objectIdentifier, octetString, sequence } from './der.js';
import { certificateError } from './errors.js';
import { ipAddressBytes } from './ip-address.js';
import { oid } from './oids.js';

/** What a certificate may be used for: by the side that listens, by the side that dials. */
export type CertificateUsage = 'server' | 'client';

/** The names and addresses that a server answers to. */
export interface AlternativeNames {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

function extension(id: string, value: Uint8Array, critical = false): Uint8Array {
  return sequence(objectIdentifier(id), ...(critical ? [booleanTrue] : []), octetString(value));
}

const dnsName = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i;

function dnsNameElement(name: string): Uint8Array {
  if (name.length > 253 || !dnsName.test(name)) throw certificateError('VK_CERTIFICATE_NAME_INVALID', { name });
  return contextTag(2, 'primitive', new TextEncoder().encode(name));
}

/** subjectAltName, or nothing when there are no names: an empty one is invalid. */
export function alternativeNames(names: AlternativeNames): readonly Uint8Array[] {
  const parts = [
    ...(names.dnsNames ?? []).map(dnsNameElement),
    ...(names.ipAddresses ?? []).map((address) => contextTag(7, 'primitive', ipAddressBytes(address))),
  ];
  return parts.length === 0 ? [] : [extension(oid.subjectAlternativeName, sequence(...parts))];
}

/** keyUsage and basicConstraints of a leaf, and extKeyUsage. */
export function leafUsage(usages: readonly CertificateUsage[]): readonly Uint8Array[] {
  const purposes = { server: oid.serverAuthentication, client: oid.clientAuthentication };
  const extended = sequence(...usages.map((usage) => objectIdentifier(purposes[usage])));
  const digitalSignature = 0;
  return [
    extension(oid.keyUsage, namedBits([digitalSignature]), true),
    ...(usages.length === 0 ? [] : [extension(oid.extendedKeyUsage, extended)]),
    extension(oid.basicConstraints, sequence(), true),
  ];
}

/** keyUsage and basicConstraints of a certificate authority. */
export function authorityUsage(): readonly Uint8Array[] {
  const [digitalSignature, keyCertSign, crlSign] = [0, 5, 6];
  return [
    extension(oid.keyUsage, namedBits([digitalSignature, keyCertSign, crlSign]), true),
    extension(oid.basicConstraints, sequence(booleanTrue), true),
  ];
}

/** SHA-1 over the public key's bits: method 1 of RFC 5280 section 4.2.1.2. A P-256 point is the last 65 bytes of its SPKI. */
function keyIdentifier(publicKey: KeyObject): Uint8Array {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha1').update(spki.subarray(-65)).digest();
}

/** subjectKeyIdentifier of the certified key, and authorityKeyIdentifier of the signing one. */
export function keyIdentifiers(subject: KeyObject, issuer: KeyObject): readonly Uint8Array[] {
  return [
    extension(oid.subjectKeyIdentifier, octetString(keyIdentifier(subject))),
    extension(oid.authorityKeyIdentifier, sequence(contextTag(0, 'primitive', keyIdentifier(issuer)))),
  ];
}
