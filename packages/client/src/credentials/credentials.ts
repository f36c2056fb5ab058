import type { Sensitive } from '@virtual-kubelet/base';

/** A client certificate, chain included, and its key; both PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: Sensitive;
}

/** What is shown to the API server. A value: whatever changes, changes by another object. */
export interface Authentication {
  /** The value of the Authorization header. */
  readonly authorization?: Sensitive;
  readonly certificate?: ClientCertificate;
  /** Further headers, none of them secret. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

/** Where {@link Authentication} comes from, and comes anew when it has run out. */
export interface Credentials {
  /** What to show now: the same object as long as nothing has changed. */
  current(): Promise<Authentication>;
  /**
   * The server answered 401 to `used`. Looks for something newer, at once but not more often than is sensible, and
   * resolves with whether `current()` now gives another object. Never rejects.
   */
  unauthorized(used: Authentication): Promise<boolean>;
  /** Stops what is going on. `current()` rejects from now on where it needs to look anything up. */
  close(): void;
}

/** Credentials that never change. */
export function fixedCredentials(authentication: Authentication): Credentials {
  return {
    current: () => Promise.resolve(authentication),
    unauthorized: () => Promise.resolve(false),
    close: () => undefined,
  };
}
