/** Objects as the store keeps them. They are shared and never changed. */
import type { ObjectMeta } from '@virtual-kubelet/kubernetes';
import type { Json } from './json.js';
import { change, isJson, json } from './json.js';

/** Metadata of a stored object: what the server fills in is there. */
export interface StoredMeta extends ObjectMeta {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
}

/** An object in the store. */
export interface StoredObject extends Json {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMeta;
}

/** An object on its way into the store: metadata is there but may be incomplete. */
export interface DraftObject extends Json {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** A copy with metadata fields set, or removed where undefined. */
export function withMeta<T extends DraftObject>(
  object: T,
  changes: { readonly [K in keyof ObjectMeta]?: ObjectMeta[K] | undefined },
): T {
  return change(object, { metadata: change(json(object, 'metadata'), changes) }) as T;
}

/** The fields of metadata as API servers write them (`k8s.io/apimachinery/pkg/apis/meta/v1/types.go`). */
const metaFields = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const;

/**
 * An object as it is kept under a version: kind and metadata first, in the order of API servers, which clients that look
 * at the beginning of an object rely on. Objects that are alike in this also share their shape in memory.
 */
export function stored(draft: DraftObject, version: number): StoredObject {
  const { kind, apiVersion, metadata, ...rest } = draft;
  const ordered: Record<string, unknown> = {};
  for (const name of metaFields) {
    const value = name === 'resourceVersion' ? String(version) : metadata[name];
    if (value !== undefined) ordered[name] = value;
  }
  return { kind, apiVersion, metadata: ordered as unknown as StoredMeta, ...rest };
}

/** A copy with top-level fields set, or removed where undefined. */
export function withFields<T extends DraftObject>(object: T, changes: Json): T {
  return change(object, changes) as T;
}

/** The key an object has within its resource. Keys sort as in etcd, so that pages have the same order. */
export function keyOf(meta: ObjectMeta): string {
  return storageKey(meta.namespace, meta.name ?? '');
}

/** As {@link keyOf}, from the parts. */
export function storageKey(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** Whether a value has the outline of an object: metadata is an object where there is any. */
export function isDraft(value: unknown): value is DraftObject {
  return isJson(value) && isJson(value.metadata);
}
