import { X509Certificate } from 'node:crypto';
import { certificateError } from './errors.js';
import type { CertificateSubject } from './subject.js';

/** Whom the first certificate of a PEM text is about. Throws `VK_CERTIFICATE_UNREADABLE` for anything else. */
export function certificateSubject(certificatePem: string): Required<CertificateSubject> {
  let text: string;
  try {
    text = new X509Certificate(certificatePem).subject;
  } catch (error) {
    throw certificateError('VK_CERTIFICATE_UNREADABLE', { what: 'a certificate' }, error);
  }
  const valuesOf = (attribute: string): string[] =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${attribute}=`))
      .map((line) => line.slice(attribute.length + 1));
  return { commonName: valuesOf('CN')[0] ?? '', organizations: valuesOf('O') };
}
