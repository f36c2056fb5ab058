import { objectIdentifier, sequence, setOfOne, utf8String } from './der.js';
import { oid } from './oids.js';

/** Whom a certificate is about. Kubernetes reads the common name as the user and the organizations as its groups. */
export interface CertificateSubject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

function attribute(type: string, value: string): Uint8Array {
  return setOfOne(sequence(objectIdentifier(type), utf8String(value)));
}

/** The subject as a Name of RFC 5280: organizations first, then the common name, one attribute a set. */
export function encodeSubject(subject: CertificateSubject): Uint8Array {
  const organizations = subject.organizations ?? [];
  return sequence(
    ...organizations.map((value) => attribute(oid.organization, value)),
    attribute(oid.commonName, subject.commonName),
  );
}
