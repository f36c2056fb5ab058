import { Buffer } from 'node:buffer';
import { certificateError } from './errors.js';

/** PEM text (RFC 7468) of one block. */
export function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** The bytes of the first block with that label. Throws `VK_CERTIFICATE_UNREADABLE` without one. */
export function pemBytes(label: string, text: string): Uint8Array {
  const match = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(text);
  if (!match?.[1]) throw certificateError('VK_CERTIFICATE_UNREADABLE', { what: `a PEM block "${label}"` });
  return Buffer.from(match[1], 'base64');
}
