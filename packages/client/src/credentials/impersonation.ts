import type { Impersonation } from '../cluster-config.js';

/** Bytes that may stand in a header's name, apart from the percent sign that begins an escape. */
const legal = /^[!#$&'*+\-.^_`|~0-9A-Za-z]$/;

/** The server undoes percent escapes in names of extra fields (kubernetes/client-go:transport/round_trippers.go). */
function escapedName(name: string): string {
  return [...Buffer.from(name)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return legal.test(character) ? character : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`;
    })
    .join('');
}

/** Header values travel as bytes; names of people are UTF-8. */
function bytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** The headers that ask the API server to treat a request as somebody else's. */
export function impersonationHeaders(impersonation: Impersonation): Readonly<Record<string, string | string[]>> {
  const { user, uid, groups, extra } = impersonation;
  const headers: Record<string, string | string[]> = { 'impersonate-user': bytes(user) };
  if (uid !== undefined) headers['impersonate-uid'] = bytes(uid);
  if (groups.length > 0) headers['impersonate-group'] = groups.map(bytes);
  for (const [name, values] of extra) headers[`impersonate-extra-${escapedName(name)}`] = values.map(bytes);
  return headers;
}
