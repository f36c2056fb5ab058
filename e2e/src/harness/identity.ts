import { createHash } from 'node:crypto';

/**
 * Who talks to the API server: `admin` (may do anything), a user with groups by client certificate, or the bearer of a token.
 */
export type Identity =
  | 'admin'
  | { readonly user: string; readonly groups?: readonly string[] }
  | { readonly token: string };

/** A short name for files, the same for the same identity. */
export function identityName(identity: Identity): string {
  if (identity === 'admin') return 'admin';
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 16);
}
