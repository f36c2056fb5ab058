import type { Sensitive } from '@virtual-kubelet/base';

/** Whoever sent a request, as Kubernetes knows users. */
export interface KubeletUser {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What a request shows of its sender. */
export interface Credentials {
  /** Subject of a client certificate that the TLS layer has verified against the client authority. */
  readonly certificate?: { readonly commonName: string; readonly organizations: readonly string[] };
  readonly token?: Sensitive;
}

/** Tells who sent a request. */
export interface Authenticator {
  /** Undefined for credentials that are missing or not known. Rejects when it cannot be found out: nobody is let in then. */
  authenticate(credentials: Credentials, signal: AbortSignal): Promise<KubeletUser | undefined>;
}

/** May the user do this with the node's API? Always about the Node object's subresources. */
export interface AccessQuestion {
  readonly user: KubeletUser;
  readonly verb: string;
  readonly subresource: string;
}

/** Tells who may do what. */
export interface Authorizer {
  /** Rejects when it cannot be found out: nothing is allowed then. */
  authorize(question: AccessQuestion, signal: AbortSignal): Promise<boolean>;
}
