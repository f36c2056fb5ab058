import { Buffer } from 'node:buffer';
import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { objectIdentifier } from './der.js';
import { elementAt, readElements } from './der-reader.js';
import type { DerElement } from './der-reader.js';
import { certificateError } from './errors.js';
import { ipAddressText } from './ip-address.js';
import { oid } from './oids.js';
import { pemBytes } from './pem.js';

const sequenceTag = 0x30;

/** What somebody asks to have certified, after the request's own signature was found good. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly publicKey: KeyObject;
}

function inside(element: DerElement): DerElement[] {
  return readElements(element.contents);
}

function isOid(element: DerElement | undefined, dotted: string): boolean {
  return element !== undefined && Buffer.compare(element.bytes, objectIdentifier(dotted)) === 0;
}

function attributeValues(name: DerElement, type: string): string[] {
  const pairs = inside(name)
    .flatMap((set) => inside(set))
    .map(inside);
  return pairs.filter(([id]) => isOid(id, type)).map(([, value]) => new TextDecoder().decode(value?.contents));
}

function alternativeNameElements(attributes: DerElement | undefined): DerElement[] {
  for (const attribute of attributes ? inside(attributes) : []) {
    const [id, values] = inside(attribute);
    if (!isOid(id, oid.extensionRequest) || values === undefined) continue;
    const extensions = inside(elementAt(inside(values), 0, sequenceTag)).map(inside);
    const value = extensions.find(([extension]) => isOid(extension, oid.subjectAlternativeName))?.at(-1);
    if (value) return inside(elementAt(readElements(value.contents), 0, sequenceTag));
  }
  return [];
}

function parse(der: Uint8Array): CertificateRequest {
  const [body, , signature] = inside(elementAt(readElements(der), 0, sequenceTag));
  if (!body || !signature) throw new RangeError('a certificate request has three parts');
  const [, name, spki, attributes] = inside(body);
  if (!name || !spki) throw new RangeError('a certificate request names a subject and a key');
  const publicKey = createPublicKey({ key: Buffer.from(spki.bytes), format: 'der', type: 'spki' });
  if (!verify('sha256', body.bytes, publicKey, signature.contents.subarray(1)))
    throw new RangeError('the signature does not fit');
  const names = alternativeNameElements(attributes);
  return {
    commonName: attributeValues(name, oid.commonName)[0] ?? '',
    organizations: attributeValues(name, oid.organization),
    dnsNames: names.filter(({ tag }) => tag === 0x82).map(({ contents }) => new TextDecoder().decode(contents)),
    ipAddresses: names.filter(({ tag }) => tag === 0x87).map(({ contents }) => ipAddressText(contents)),
    publicKey,
  };
}

/** Reads a PEM certificate request and checks that its sender owns the key. Throws `VK_CERTIFICATE_UNREADABLE` otherwise. */
export function readCertificateRequest(pemText: string): CertificateRequest {
  const der = pemBytes('CERTIFICATE REQUEST', pemText);
  try {
    return parse(der);
  } catch (error) {
    throw certificateError('VK_CERTIFICATE_UNREADABLE', { what: 'a certificate request' }, error);
  }
}
