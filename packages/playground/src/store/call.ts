/** What handling one request has at hand. */
import type { AccessAttributes } from './access-attributes.js';
import type { ResourceRequest } from './request.js';
import type { State } from './state.js';

/** What the outside gives to one request: all that is not in the request or the state. */
export interface ApplyContext {
  /** Wall time in milliseconds since 1970. */
  readonly now: number;
  /** A fresh UUID. */
  uuid(): string;
  /** A number in [0, 1), for generated names and ports. */
  random(): number;
}

/** What the server was set up with. */
export interface StoreSettings {
  /** Signs and checks tokens of service accounts. */
  readonly tokens: TokenIssuer;
  /** Whether a user may do what a request or a review asks. @default everybody may do everything */
  readonly authorize: Authorize;
  /** PEM of the authority that `kube-root-ca.crt` carries. */
  readonly rootCertificate: string;
  /** Reads YAML, and throws where it cannot. @default absent: bodies in YAML are answered with 415 */
  readonly readYaml?: (text: string) => unknown;
  /** Service addresses are taken from this /16, as `10.96`. */
  readonly serviceNetwork: string;
  /** New nodes get the taint `node.kubernetes.io/not-ready`: only with something that removes it again. */
  readonly taintsNewNodes: boolean;
}

/** Makes and reads tokens of service accounts. */
export interface TokenIssuer {
  sign(claims: TokenClaims): string;
  /** The claims of a token of this issuer; undefined for all others. Does not look at times. */
  verify(token: string): TokenClaims | undefined;
}

/** What a token of a service account says; times are seconds since 1970. */
export interface TokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly jti: string;
  readonly 'kubernetes.io': TokenBinding;
}

/** To whom and what a token is bound. */
export interface TokenBinding {
  readonly namespace: string;
  readonly serviceaccount: { readonly name: string; readonly uid: string };
  readonly pod?: { readonly name: string; readonly uid: string };
  readonly node?: { readonly name: string; readonly uid: string };
  readonly secret?: { readonly name: string; readonly uid: string };
}

/** Decides about access. */
export type Authorize = (attributes: AccessAttributes) => { readonly allowed: boolean; readonly reason?: string };

/** One request being handled. */
export interface Call {
  readonly request: ResourceRequest;
  readonly state: State;
  readonly context: ApplyContext;
  readonly settings: StoreSettings;
}
