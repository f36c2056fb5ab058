import { isIPv4, isIPv6 } from 'node:net';
import { certificateError } from './errors.js';

function v4Bytes(address: string): number[] {
  return address.split('.').map(Number);
}

function groupBytes(group: string): number[] {
  if (group.includes('.')) return v4Bytes(group);
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 0xff];
}

function v6Bytes(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const side = (text: string): number[] => (text === '' ? [] : text.split(':').flatMap(groupBytes));
  const before = side(head);
  const after = tail === undefined ? [] : side(tail);
  return [...before, ...new Uint8Array(16 - before.length - after.length), ...after];
}

/** The 4 or 16 bytes of an IP address. Throws `VK_CERTIFICATE_ADDRESS_INVALID` for anything else. */
export function ipAddressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(v4Bytes(address));
  if (isIPv6(address) && !address.includes('%')) return Uint8Array.from(v6Bytes(address));
  throw certificateError('VK_CERTIFICATE_ADDRESS_INVALID', { address });
}

/** The text of an address of 4 or 16 bytes; IPv6 without zero compression. */
export function ipAddressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups: string[] = [];
  for (let at = 0; at < bytes.length; at += 2)
    groups.push((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  return groups.join(':');
}
