import type { User } from './user.js';

/** What a review asks about. */
export interface AccessAttributes {
  readonly user: User;
  readonly verb: string;
  /** Present for requests to resources. */
  readonly resource?: {
    readonly group: string;
    readonly version: string;
    readonly resource: string;
    readonly subresource: string;
    readonly namespace: string;
    readonly name: string;
  };
  /** Present for all other requests. */
  readonly path?: string;
}
