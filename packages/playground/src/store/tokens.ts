/** Tokens of service accounts: who they speak for, and whether that is still true. */
import type { TokenClaims, TokenIssuer } from './call.js';
import { storageKey } from './object.js';
import type { State } from './state.js';
import type { User } from './user.js';

/** The issuer and the audience that the server stands for. */
export const tokenIssuerName = 'https://kubernetes.default.svc.cluster.local';

/** A token and what is known when it is shown. */
export interface TokenCheck {
  readonly tokens: TokenIssuer;
  readonly state: State;
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Whom a token speaks for, with the audiences it is meant for; undefined where it is not, or no longer, good. */
export function tokenUser(
  check: TokenCheck,
): { readonly user: User; readonly audiences: readonly string[] } | undefined {
  const claims = check.tokens.verify(check.token);
  const seconds = check.now / 1000;
  if (claims === undefined || seconds >= claims.exp || seconds < claims.nbf) return undefined;
  if (!isStillBound(claims, check.state)) return undefined;
  return { user: userOf(claims), audiences: claims.aud };
}

/** A token ends with its service account and with the object it is bound to. */
function isStillBound(claims: TokenClaims, state: State): boolean {
  const { namespace, serviceaccount, pod, node, secret } = claims['kubernetes.io'];
  const has = (storage: string, key: string, uid: string): boolean =>
    state.collection(storage).get(key)?.metadata.uid === uid;
  if (!has('serviceaccounts', storageKey(namespace, serviceaccount.name), serviceaccount.uid)) return false;
  if (pod !== undefined) return has('pods', storageKey(namespace, pod.name), pod.uid);
  if (secret !== undefined) return has('secrets', storageKey(namespace, secret.name), secret.uid);
  return node === undefined || has('nodes', node.name, node.uid);
}

function userOf(claims: TokenClaims): User {
  const { namespace, serviceaccount, pod, node } = claims['kubernetes.io'];
  const prefix = 'authentication.kubernetes.io';
  return {
    username: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
    uid: serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: {
      [`${prefix}/credential-id`]: [`JTI=${claims.jti}`],
      ...(node === undefined ? {} : { [`${prefix}/node-name`]: [node.name], ...uidOf(`${prefix}/node-uid`, node.uid) }),
      ...(pod === undefined ? {} : { [`${prefix}/pod-name`]: [pod.name], ...uidOf(`${prefix}/pod-uid`, pod.uid) }),
    },
  };
}

function uidOf(key: string, uid: string): Readonly<Record<string, readonly string[]>> {
  return uid === '' ? {} : { [key]: [uid] };
}

/** A user as reviews show it. */
export function userInfo(user: User): Readonly<Record<string, unknown>> {
  const { username, uid, groups = [], extra } = user;
  return {
    username,
    ...(uid === undefined ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(extra === undefined ? {} : { extra }),
  };
}
