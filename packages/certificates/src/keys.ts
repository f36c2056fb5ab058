import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { certificateError } from './errors.js';

/** A private key as PKCS#8 PEM, the form that Go, OpenSSL and Node all read. */
export function privateKeyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Reads a private key from PEM (PKCS#8, SEC1 or PKCS#1). Throws `VK_CERTIFICATE_UNREADABLE` otherwise. */
export function readPrivateKey(pemText: string): KeyObject {
  try {
    return createPrivateKey(pemText);
  } catch (error) {
    throw certificateError('VK_CERTIFICATE_UNREADABLE', { what: 'a private key' }, error);
  }
}
