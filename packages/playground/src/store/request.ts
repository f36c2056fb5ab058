/** Requests as values. Reading them from what HTTP carries is the part of `parse-request.ts`. */
import type { ServedResource } from './resource.js';
import type { User } from './user.js';

/** What a request does to a resource. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** How the body of a PATCH is to be read. */
export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** The form of an answer. */
export type Representation = 'object' | 'metadata' | 'table';

/** A request to a resource. */
export interface ResourceRequest {
  readonly verb: Verb;
  readonly resource: ServedResource;
  /** Absent for cluster-scoped resources and for all namespaces at once. */
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  readonly query: Query;
  /** The parsed body. */
  readonly body?: unknown;
  /** Present where the verb is patch. */
  readonly patchType?: PatchType;
  /** Of a proxy subresource: what follows in the path, as it came, with the query. */
  readonly passedOn?: string;
  readonly user: User;
  /** Name of the client's program, which manages fields where the request names nobody. */
  readonly agent?: string;
  /** @default object */
  readonly representation?: Representation;
}

/** Query parameters. */
export type Query = Pick<URLSearchParams, 'get' | 'getAll' | 'has'>;

/** A request to anything else, such as `/version`. */
export interface PathRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Query;
  readonly accept: string;
  readonly user: User;
}

/** A request, told apart by what it is about. */
export type ApiRequest =
  | { readonly about: 'resource'; readonly request: ResourceRequest }
  | { readonly about: 'path'; readonly request: PathRequest };

/** What HTTP carries. */
export interface HttpMessage {
  readonly method: string;
  /** Path with query. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The whole body; empty where there is none. */
  readonly body: string | Uint8Array;
  readonly user: User;
}

/** Whether a query parameter is true, as Go's strconv.ParseBool reads it; empty counts as true. */
export function isTrue(value: string | null): boolean {
  return value !== null && ['', '1', 't', 'T', 'true', 'TRUE', 'True'].includes(value);
}
