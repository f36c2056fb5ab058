import { X509Certificate } from 'node:crypto';
import { certificateError } from './errors.js';
import type { Validity } from './signing.js';

/** From when until when the first certificate of a PEM text holds, for example to renew it in time. */
export function certificateValidity(certificatePem: string): Validity {
  try {
    const { validFrom, validTo } = new X509Certificate(certificatePem);
    return { notBefore: Date.parse(validFrom), notAfter: Date.parse(validTo) };
  } catch (error) {
    throw certificateError('VK_CERTIFICATE_UNREADABLE', { what: 'a certificate' }, error);
  }
}
