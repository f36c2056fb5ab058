import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** Where serial numbers come from: up to 20 bytes, read as a positive number (RFC 5280 section 4.1.2.2). */
export type SerialNumbers = () => Uint8Array;

/** A new ECDSA P-256 private key. The public half is derived from it with `createPublicKey`. */
export function generateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/** Random serial numbers of 127 bits, the first never zero. */
export const randomSerialNumbers: SerialNumbers = () => {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
};
