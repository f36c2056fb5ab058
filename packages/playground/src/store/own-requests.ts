/** Requests that the server makes to itself. They go through the same rules as all others. */
import type { ApplyContext } from './call.js';
import type { Json } from './json.js';
import type { Verb } from './request.js';
import type { ServedResource } from './resource.js';
import type { Outcome, Store } from './store.js';
import { adminUser } from './user.js';

/** A request without the parts of HTTP. */
export interface OwnRequest {
  readonly verb: Verb;
  readonly apiVersion: string;
  /** Plural, or the kind where only that is known. */
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
    resource: resourceOf(store, apiVersion, resource),
    query: new URLSearchParams(query),
    user: adminUser,
  };
  return store.apply({ about: 'resource', request: value }, context);
}

function resourceOf({ served }: Store, apiVersion: string, name: string): ServedResource {
  const found = served.find(apiVersion, name) ?? served.ofKind(apiVersion, name);
  if (found === undefined) throw new TypeError(`${apiVersion} ${name} is not served`);
  return found;
}
