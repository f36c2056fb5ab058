import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import type { CertificateAndKey } from './certificate/serving-certificate.js';

/** Forward secrecy and authenticated encryption only, as browsers and Go offer them. */
const suites = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** The part of TLS that changes with certificate and authorities. */
export function secureContext(
  certificate: CertificateAndKey | undefined,
  clientCa: string | undefined,
): SecureContextOptions {
  return {
    minVersion: 'TLSv1.2',
    ciphers: suites,
    // A resumed session would keep an identity that the authorities of today may not vouch for.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    ...(certificate ? { cert: certificate.certificatePem, key: certificate.keyPem } : {}),
    ...(clientCa === undefined ? {} : { ca: clientCa }),
  };
}
