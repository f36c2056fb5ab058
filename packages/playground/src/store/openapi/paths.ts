/** The paths of resources, with what may be done there. */
import type { Json } from '../json.js';
import type { ServedResource } from '../resource.js';

/** One operation on one path. */
export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** The word of `x-kubernetes-action`. */
  readonly action: string;
  /** Names of query parameters, in order. */
  readonly parameters: readonly string[];
}

/** A path and its operations. */
export interface ResourcePath {
  readonly path: string;
  readonly resource: ServedResource;
  /** Name of the type that is sent and received; undefined where the tables have none. */
  readonly type: string | undefined;
  readonly operations: readonly Operation[];
}

const writing = ['dryRun', 'fieldManager', 'fieldValidation', 'pretty'] as const;
const listing = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'pretty',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
] as const;
const deleting = ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'pretty', 'propagationPolicy'] as const;

const onCollection: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['list', { method: 'get', action: 'list', parameters: listing }],
  ['create', { method: 'post', action: 'post', parameters: writing }],
  ['deletecollection', { method: 'delete', action: 'deletecollection', parameters: [...deleting, ...listing] }],
]);

const onItem: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['get', { method: 'get', action: 'get', parameters: ['pretty'] }],
  ['update', { method: 'put', action: 'put', parameters: writing }],
  ['patch', { method: 'patch', action: 'patch', parameters: [...writing, 'force'] }],
  ['delete', { method: 'delete', action: 'delete', parameters: deleting }],
]);

/** The paths of a resource: its collection and one object. Subresources are left to discovery. */
export function pathsOf(resource: ServedResource): readonly ResourcePath[] {
  const { group, version, name, namespaced, verbs } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const collection = `${root}${namespaced ? '/namespaces/{namespace}' : ''}/${name}`;
  const type = resource.form?.name;
  const of = (table: ReadonlyMap<string, Operation>): readonly Operation[] =>
    [...table].filter(([verb]) => verbs.includes(verb)).map(([, operation]) => operation);
  return [
    { path: collection, resource, type, operations: of(onCollection) },
    { path: `${collection}/{name}`, resource, type, operations: of(onItem) },
  ].filter(({ operations }) => operations.length > 0);
}

/** Types of query parameters that are no texts. */
export const parameterTypes: ReadonlyMap<string, string> = new Map([
  ['allowWatchBookmarks', 'boolean'],
  ['force', 'boolean'],
  ['gracePeriodSeconds', 'integer'],
  ['limit', 'integer'],
  ['orphanDependents', 'boolean'],
  ['sendInitialEvents', 'boolean'],
  ['timeoutSeconds', 'integer'],
  ['watch', 'boolean'],
]);

/** Names of the parameters that a path holds. */
export function pathParameters(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

/** The kind of a resource, as an extension. */
export function kindExtension({ group, version, kind }: ServedResource): Json {
  return { 'x-kubernetes-group-version-kind': { group, version, kind } };
}
