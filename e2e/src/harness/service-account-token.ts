import { createHash, createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto';

/** The `iss` and `aud` of tokens: what the API server is started with. */
export const tokenIssuer: string = 'https://kubernetes.default.svc.cluster.local';

/** Whom a token is for, and for how long. */
export interface TokenOptions {
  readonly namespace: string;
  readonly name: string;
  /** UID of the ServiceAccount object: the API server compares it. */
  readonly uid: string;
  /** Seconds from now. May be as short as wanted, which TokenRequest does not allow (its minimum is ten minutes). */
  readonly seconds: number;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Signs a service account token as the API server itself would (JWT, ES256; kubernetes/kubernetes:pkg/serviceaccount). */
export function mintToken(signingKeyPem: string, options: TokenOptions): string {
  const key = createPrivateKey(signingKeyPem);
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const { namespace, name, uid, seconds } = options;
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: tokenIssuer,
    aud: [tokenIssuer],
    sub: `system:serviceaccount:${namespace}:${name}`,
    iat: now,
    nbf: now,
    exp: now + seconds,
    jti: randomUUID(),
    'kubernetes.io': { namespace, serviceaccount: { name, uid } },
  };
  const header = { alg: 'ES256', kid: createHash('sha256').update(spki).digest('base64url') };
  const body = `${encode(header)}.${encode(claims)}`;
  return `${body}.${sign('sha256', Buffer.from(body), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
