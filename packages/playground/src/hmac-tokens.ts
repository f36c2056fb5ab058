/** Tokens signed with a key that only this process knows: JWTs with HMAC and SHA-256. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TokenClaims, TokenIssuer } from './store/call.js';

const header = base64url(JSON.stringify({ alg: 'HS256', typ: 'JWT' }));

/** An issuer with a key; the same key makes and reads the same tokens. */
export function hmacTokens(key: string): TokenIssuer {
  const signature = (text: string): string => createHmac('sha256', key).update(text).digest('base64url');
  return {
    sign(claims) {
      const body = `${header}.${base64url(JSON.stringify(claims))}`;
      return `${body}.${signature(body)}`;
    },
    verify(token) {
      const [head = '', payload = '', given = ''] = token.split('.');
      const expected = Buffer.from(signature(`${head}.${payload}`));
      const found = Buffer.from(given);
      if (head !== header || found.length !== expected.length || !timingSafeEqual(found, expected)) return undefined;
      return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as TokenClaims;
    },
  };
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
