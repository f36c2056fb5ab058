import type { Lane } from '@virtual-kubelet/base';

/** What the client needs of any object. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
}

/** A kind of object and where the API server keeps it. `T` is the object's type. */
export interface Resource<T extends ApiObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never set: carries the type. */
  readonly object?: T;
}

/** Where an object is. `namespace` is required for namespaced kinds. */
export interface ObjectName {
  readonly namespace?: string;
  readonly name: string;
}

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** @default pods */
  readonly lane?: Lane;
  /** Milliseconds for one attempt, answer included. @default 30,000 */
  readonly timeout?: number;
  /**
   * Whether the client repeats the call when it is in doubt: after a dropped connection, a timeout or 5xx. Only for calls that
   * may safely happen twice. Calls the server certainly did not act on (no connection, 429) are repeated unless this is false.
   * @default true for get, list, apply, patch with a precondition and delete with a UID; false for the rest
   */
  readonly retry?: boolean;
}

/** A call on `/status`, `/token` and the like. */
export interface SubresourceOptions extends CallOptions {
  readonly subresource?: string;
}

/** The four patch types, named so that none is ever picked by default. */
export type Patch =
  | { readonly type: 'merge'; readonly body: unknown }
  | { readonly type: 'strategic'; readonly body: unknown }
  | { readonly type: 'json'; readonly body: readonly unknown[] }
  | { readonly type: 'apply'; readonly body: unknown; readonly fieldManager: string; readonly force?: boolean };

/** Which objects to list or watch. */
export interface Selection {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** A page of objects. */
export interface ObjectList<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Token of the next page; absent on the last. */
  readonly continue?: string;
}

/** Options of a list call. */
export interface ListOptions extends Selection, CallOptions {
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
}

/** Options of a delete call. The UID makes sure that nobody else's object of that name goes. */
export interface DeleteOptions extends CallOptions {
  readonly uid?: string;
  readonly gracePeriodSeconds?: number;
}

/** Typed access to the API server. All methods reject with {@link ApiError} for answers that are not a success. */
export interface ApiClient {
  get<T extends ApiObject>(resource: Resource<T>, name: ObjectName, options?: SubresourceOptions): Promise<T>;
  list<T extends ApiObject>(resource: Resource<T>, options?: ListOptions): Promise<ObjectList<T>>;
  create<T extends ApiObject>(resource: Resource<T>, object: T, options?: CallOptions): Promise<T>;
  /** POST to a subresource, such as `serviceaccounts/token` or `pods/binding`. */
  createSubresource<T>(resource: Resource<ApiObject>, name: ObjectName, options: SubresourceCreate): Promise<T>;
  /** PUT; with a resourceVersion in the object it fails with 409 when somebody else wrote in between. */
  replace<T extends ApiObject>(resource: Resource<T>, object: T, options?: SubresourceOptions): Promise<T>;
  patch<T extends ApiObject>(resource: Resource<T>, name: ObjectName, options: PatchOptions): Promise<T>;
  /** A patch whose answer is not needed: asks for metadata only and reads nothing but the new resourceVersion. */
  patchQuietly(
    resource: Resource<ApiObject>,
    name: ObjectName,
    options: PatchOptions,
  ): Promise<{ readonly resourceVersion: string }>;
  delete(resource: Resource<ApiObject>, name: ObjectName, options?: DeleteOptions): Promise<void>;
}

/** A patch and how to send it. */
export interface PatchOptions extends SubresourceOptions {
  readonly patch: Patch;
}

/** A body for a subresource. */
export interface SubresourceCreate extends CallOptions {
  readonly subresource: string;
  readonly body: unknown;
}

/** What happened to an object, as an informer tells it. A changed UID under one name is told as a deletion and an addition. */
export type InformerEvent<T> =
  | { readonly type: 'added'; readonly object: T }
  | { readonly type: 'updated'; readonly object: T; readonly old: T }
  /** `object` is the last state seen, which may be older than the deletion when it was missed and found by a relist. */
  | { readonly type: 'deleted'; readonly object: T };

/** Why an informer is not current. */
export interface InformerProblem {
  /** `refused`: the server will not have it (permission, unknown kind); looked at again now and then. */
  readonly kind: 'broken' | 'busy' | 'expired' | 'malformed' | 'refused' | 'restored';
  readonly error: unknown;
  /** Monotonic milliseconds of the first failure in a row. */
  readonly since: number;
}

/** A local copy of a selection of objects, kept current by a watch. Its objects must not be changed. */
export interface Informer<T> {
  /** Begins to list and watch. Ends when the signal aborts. Once only. */
  start(signal: AbortSignal): void;
  /** Resolves when the first list is complete. Rejects with the signal's reason, or when the informer ended before. */
  synced(signal?: AbortSignal): Promise<void>;
  readonly hasSynced: boolean;
  /** Monotonic time of the last byte received from the server, milliseconds; undefined before the first. */
  readonly lastContact: number | undefined;
  /** Undefined while all is well, and between a watch that ended in good order and the next. */
  readonly problem: InformerProblem | undefined;
  byUid(uid: string): T | undefined;
  byName(namespace: string, name: string): T | undefined;
  list(): readonly T[];
  readonly size: number;
  /**
   * Keeps an index from now on and returns the way to look into it. An undefined key leaves the object out.
   * @example const onNode = informer.index((pod) => pod.spec?.nodeName); onNode('vk-0');
   */
  index(keyOf: (object: T) => string | undefined): (key: string) => readonly T[];
  /** Calls back for every later event and, at once, with `added` for what is there. Returns the way to stop. */
  subscribe(listener: (event: InformerEvent<T>) => void): () => void;
  /**
   * Tells of a write of one's own that made this version, so that its echo need not be parsed. `effect` makes the new
   * state from the one just before the write, whoever made that; the version is filled in. The event is told all the same.
   */
  observeWrite(uid: string, resourceVersion: string, effect: (before: T) => T): void;
  /**
   * Reads everything again: for when `keep` and `accept` have come to want more objects. Resolves when that list is
   * complete; rejects when the informer ends before.
   */
  resync(): Promise<void>;
  /** Forgets in silence what `keep` does not want any more. */
  prune(): void;
}
