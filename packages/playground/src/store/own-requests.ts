/** Requests that the server makes to itself. They go through the same rules as all others. */
import type { ApplyContext } from './call.js';
import type { Json } from './json.js';
import type { Verb } from './request.js';
import { knownResource } from './served.js';
import type { Outcome, Store } from './store.js';
import { adminUser } from './user.js';

/** A request without the parts of HTTP. */
export interface OwnRequest {
  readonly verb: Verb;
  readonly apiVersion: string;
  /** Plural. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly patchType?: 'merge' | 'strategic';
}

/** Makes a request as the administrator. */
export function ownRequest(store: Store, request: OwnRequest, context: ApplyContext): Outcome {
  const { apiVersion, resource, query, ...rest } = request;
  const value = {
    ...rest,
    resource: knownResource(apiVersion, resource),
    query: new URLSearchParams(query),
    user: adminUser,
  };
  return store.apply({ about: 'resource', request: value }, context);
}
