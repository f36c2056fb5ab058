import { Buffer } from 'node:buffer';
import { join, isAbsolute } from 'node:path';
import type { NamedEntry } from './kubeconfig-file.js';

/** A path in an entry: relative ones start at the folder of the file that holds the entry. */
export function pathIn(entry: NamedEntry, path: string): string {
  return isAbsolute(path) ? path : join(entry.folder, path);
}

/** Go's decoder passes over line ends and nothing else. */
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The PEM text of a base64 field such as `certificate-authority-data`. */
export function inlinePem(entry: NamedEntry, field: string): string | undefined {
  const encoded = entry.contents.text(field)?.replace(/[\r\n]/g, '');
  if (encoded === undefined) return undefined;
  if (!base64.test(encoded) || encoded.length % 4 !== 0) throw entry.contents.invalid(field, 'is not base64');
  const pem = Buffer.from(encoded, 'base64').toString('latin1');
  if (!pem.includes('-----BEGIN ')) throw entry.contents.invalid(field, 'does not hold PEM text once decoded');
  return pem;
}
