/** What all objects of the API have in common: their shape, where they are served, how they are named. */
import type { ListMeta, ObjectMeta, ObjectReference } from './generated/types.js';

/** Any object of the API. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
}

/** A list as the API server returns it. */
export interface KubernetesList<T extends KubernetesObject> {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ListMeta;
  readonly items: readonly T[];
}

/** meta.k8s.io/v1 PartialObjectMetadata: what a server returns to who asks for metadata only. */
export interface PartialObjectMetadata {
  readonly apiVersion?: 'meta.k8s.io/v1';
  readonly kind?: 'PartialObjectMetadata';
  readonly metadata?: ObjectMeta;
}

/** One message of a watch. A BOOKMARK carries only a resourceVersion, an ERROR a Status. */
export interface WatchMessage<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** A group and version; the core group is the empty string. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** A kind with its group and version. */
export interface GroupVersionKind extends GroupVersion {
  readonly kind: string;
}

/** Reads `apps/v1`, or `v1` for the core group. */
export function parseApiVersion(apiVersion: string): GroupVersion {
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1) };
}

/** Writes `apps/v1`, or `v1` for the core group. */
export function formatApiVersion({ group, version }: GroupVersion): string {
  return group === '' ? version : `${group}/${version}`;
}

/** What a path on the API server names. Without a name it is the collection. */
export interface ApiPath extends GroupVersion {
  /** The plural, as in `pods`. */
  readonly resource: string;
  /** Absent for cluster-scoped resources and for all namespaces at once. */
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/**
 * The path on the API server, each part percent-encoded; a subresource may have several parts. Throws
 * RangeError for parts that would name another path, such as `..`.
 */
export function apiPath(target: ApiPath): string {
  const parts = target.group === '' ? ['api'] : ['apis', target.group];
  parts.push(target.version);
  if (target.namespace !== undefined) parts.push('namespaces', target.namespace);
  parts.push(target.resource);
  if (target.name !== undefined) parts.push(target.name);
  if (target.subresource !== undefined) parts.push(...target.subresource.split('/'));
  return parts.map(pathSegment).join('');
}

/** Dot segments are removed by whoever reads a URL, encoded or not. */
function pathSegment(part: string): string {
  if (part === '' || part === '.' || part === '..')
    throw new RangeError(`${JSON.stringify(part)} cannot be part of a path`);
  return `/${encodeURIComponent(part)}`;
}

/** `namespace/name`, or the name alone for cluster-scoped objects. */
export function objectKey(object: KubernetesObject): string {
  const { namespace, name = '' } = object.metadata ?? {};
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** A reference to this very object, as events and owners carry it. */
export function referenceTo(object: KubernetesObject): ObjectReference {
  const { namespace, name, uid, resourceVersion } = object.metadata ?? {};
  return {
    ...(object.apiVersion === undefined ? {} : { apiVersion: object.apiVersion }),
    ...(object.kind === undefined ? {} : { kind: object.kind }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}
