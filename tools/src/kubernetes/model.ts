/** A Kubernetes release reduced to facts: names, types, required fields, merge keys, served resources. */

/** The shape of a value: a scalar, a named object type, or a list or map of another shape. */
export type Shape =
  | { readonly is: 'scalar'; readonly scalar: Scalar }
  | { readonly is: 'object'; readonly type: string }
  | { readonly is: 'list' | 'map'; readonly of: Shape };

/** The scalars of the API. `json` is any JSON object whose form the API does not describe, `any` any JSON value. */
export type Scalar =
  | 'string'
  | 'int'
  | 'number'
  | 'boolean'
  | 'intOrString'
  | 'json'
  | 'any'
  | 'quantity'
  | 'time'
  | 'bytes';

/** How patches treat a field; the words are those of the OpenAPI extensions. */
export interface MergeFacts {
  readonly strategy: readonly string[];
  readonly mergeKey?: string;
  readonly listType?: string;
  readonly mapKeys?: readonly string[];
  readonly mapType?: string;
}

/** One field of an object type. */
export interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly shape: Shape;
  readonly merge: MergeFacts;
}

/** Names a kind; core has the empty group. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** One object type under the short name users know. */
export interface ObjectType {
  readonly name: string;
  /** Where it comes from, as in `core/v1 Pod` or `meta/v1 ObjectMeta`. */
  readonly origin: string;
  readonly fields: readonly Field[];
  readonly kinds: readonly GroupVersionKind[];
  /** Server-side apply treats the whole object as one value. */
  readonly atomic: boolean;
}

/** A subresource as served. */
export interface Subresource {
  readonly name: string;
  readonly kind: GroupVersionKind;
  readonly verbs: readonly string[];
}

/** A resource as served. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly name: string;
  readonly kind: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
}

/** Everything the renderers need. */
export interface Model {
  readonly types: ReadonlyMap<string, ObjectType>;
  readonly resources: readonly Resource[];
}

/** Group versions that are generated; on a clash of short names the earlier one keeps the plain name. */
export const groupVersions: readonly string[] = [
  'v1',
  'apps/v1',
  'batch/v1',
  'coordination.k8s.io/v1',
  'discovery.k8s.io/v1',
  'policy/v1',
  'rbac.authorization.k8s.io/v1',
  'authentication.k8s.io/v1',
  'authorization.k8s.io/v1',
  'scheduling.k8s.io/v1',
  'node.k8s.io/v1',
  'certificates.k8s.io/v1',
  'networking.k8s.io/v1',
  'autoscaling/v2',
  'autoscaling/v1',
  'events.k8s.io/v1',
  'storage.k8s.io/v1',
  'apiextensions.k8s.io/v1',
];

/** As `apiVersion` has it: `v1`, `apps/v1`. */
export function groupVersionOf(kind: { readonly group: string; readonly version: string }): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}
