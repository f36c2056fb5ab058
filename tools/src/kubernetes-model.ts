/**
 * Reads the OpenAPI and discovery documents of a Kubernetes release and reduces them to facts:
 * names, types, required fields, merge keys, served resources. Descriptions are dropped here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** A type or field as OpenAPI has it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
}

interface DiscoveredSubresource {
  readonly subresource: string;
  readonly responseKind: GroupVersionKind;
  readonly verbs: readonly string[];
}

interface DiscoveredResource {
  readonly resource: string;
  readonly responseKind: GroupVersionKind;
  readonly singularResource: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly DiscoveredSubresource[];
}

interface DiscoveryDocument {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly DiscoveredResource[];
    }[];
  }[];
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

const metaPrefix = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const metaRoots = ['DeleteOptions', 'Status', 'ObjectMeta', 'ListMeta', 'LabelSelector'];

const schemaPrefix = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.';

const scalarTypes: Readonly<Record<string, Scalar>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'quantity',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 'time',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'time',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'intOrString',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'json',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': 'json',
  [`${schemaPrefix}JSON`]: 'any',
  [`${schemaPrefix}JSONSchemaPropsOrStringArray`]: 'any',
};

/** Either a schema or something else that the API refuses, or reads as if it were not there. */
const schemaTypes: ReadonlyMap<string, string> = new Map([
  [`${schemaPrefix}JSONSchemaPropsOrArray`, `${schemaPrefix}JSONSchemaProps`],
  [`${schemaPrefix}JSONSchemaPropsOrBool`, `${schemaPrefix}JSONSchemaProps`],
]);

/** Reads the model from the directory of the Go module k8s.io/kubernetes. */
export function readModel(moduleDirectory: string): Model {
  const read = reader(moduleDirectory);
  const definitions = readDefinitions(moduleDirectory);
  const resources = readResources(read('discovery/aggregated_v2.json') as DiscoveryDocument);
  resources.push(...readLegacyResources(read('discovery/api__v1.json') as LegacyResourceList));
  resources.sort(byGroupThenName);
  return { types: readTypes(definitions, resources), resources };
}

/** The types of the API as its OpenAPI document defines them. */
export type Definitions = Readonly<Record<string, Schema>>;

/** Reads the definitions from the directory of the Go module k8s.io/kubernetes. */
export function readDefinitions(moduleDirectory: string): Definitions {
  return (reader(moduleDirectory)('openapi-spec/swagger.json') as { definitions: Definitions }).definitions;
}

function reader(moduleDirectory: string): (path: string) => unknown {
  return (path) => JSON.parse(readFileSync(join(moduleDirectory, 'api', path), 'utf8'));
}

interface LegacyResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly group?: string;
    readonly version?: string;
    readonly singularName: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
    readonly shortNames?: readonly string[];
    readonly categories?: readonly string[];
  }[];
}

/** The core group is published only in the older form of discovery, one flat list. */
function readLegacyResources(list: LegacyResourceList): Resource[] {
  const core = { group: '', version: 'v1' };
  return list.resources
    .filter((entry) => !entry.name.includes('/'))
    .map((entry) => ({
      ...core,
      name: entry.name,
      kind: entry.kind,
      singularName: entry.singularName,
      namespaced: entry.namespaced,
      verbs: entry.verbs,
      shortNames: entry.shortNames ?? [],
      categories: entry.categories ?? [],
      subresources: list.resources
        .filter((sub) => sub.name.startsWith(`${entry.name}/`))
        .map((sub) => ({
          name: sub.name.slice(entry.name.length + 1),
          kind: { group: sub.group ?? '', version: sub.version ?? 'v1', kind: sub.kind },
          verbs: sub.verbs,
        })),
    }));
}

function readResources(document: DiscoveryDocument): Resource[] {
  return document.items.flatMap((group) =>
    group.versions
      .filter(({ version }) => groupVersions.includes(`${group.metadata.name}/${version}`))
      .flatMap(({ version, resources }) =>
        resources.map((entry) => {
          const here = { group: group.metadata.name, version };
          return {
            ...here,
            name: entry.resource,
            kind: entry.responseKind.kind,
            singularName: entry.singularResource,
            namespaced: entry.scope === 'Namespaced',
            verbs: entry.verbs,
            shortNames: entry.shortNames ?? [],
            categories: entry.categories ?? [],
            subresources: (entry.subresources ?? []).map((sub) => ({
              name: sub.subresource,
              kind: fillKind(sub.responseKind, here),
              verbs: sub.verbs,
            })),
          };
        }),
      ),
  );
}

/** Discovery leaves group and version empty where they are those of the enclosing list. */
function fillKind(
  kind: GroupVersionKind,
  here: { readonly group: string; readonly version: string },
): GroupVersionKind {
  return kind.version === '' ? { ...here, kind: kind.kind } : kind;
}

function byGroupThenName(a: Resource, b: Resource): number {
  const order = (r: Resource): number => groupVersions.indexOf(groupVersionOf(r));
  return order(a) - order(b) || (a.name < b.name ? -1 : 1);
}

function groupVersionOf(kind: { readonly group: string; readonly version: string }): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

function readTypes(
  definitions: Readonly<Record<string, Schema>>,
  resources: readonly Resource[],
): ReadonlyMap<string, ObjectType> {
  const reached = reach(definitions, roots(definitions, resources));
  const names = shortNames(reached);
  const types = [...reached].map((id) => toType(id, definitions[id] ?? {}, names));
  types.sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map(types.map((type) => [type.name, type]));
}

/** Every served kind, its list, the kinds of subresources, and the types clients send or receive everywhere. */
function roots(definitions: Readonly<Record<string, Schema>>, resources: readonly Resource[]): string[] {
  const wanted = new Set<string>();
  for (const resource of resources) {
    const groupVersion = groupVersionOf(resource);
    wanted.add(`${groupVersion} ${resource.kind}`).add(`${groupVersion} ${resource.kind}List`);
    for (const { kind } of resource.subresources) wanted.add(`${groupVersionOf(kind)} ${kind.kind}`);
  }
  const served = Object.entries(definitions)
    .filter(([, schema]) =>
      (schema['x-kubernetes-group-version-kind'] ?? []).some((kind) =>
        wanted.has(`${groupVersionOf(kind)} ${kind.kind}`),
      ),
    )
    .map(([id]) => id);
  return [...served, ...metaRoots.map((name) => metaPrefix + name)];
}

function reach(definitions: Readonly<Record<string, Schema>>, start: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const queue = [...start];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (seen.has(id) || id in scalarTypes) continue;
    seen.add(id);
    for (const schema of Object.values(definitions[id]?.properties ?? {})) queue.push(...references(schema));
  }
  return seen;
}

function references(schema: Schema): string[] {
  if (schema.$ref !== undefined) return [idOf(schema.$ref)];
  const inner = schema.items ?? schema.additionalProperties;
  return inner === undefined ? [] : references(inner);
}

function idOf(reference: string): string {
  const id = reference.slice('#/definitions/'.length);
  return schemaTypes.get(id) ?? id;
}

/** `io.k8s.api.core.v1.Pod` has the parts core, v1, Pod; types of apimachinery count as group meta. */
function partsOf(id: string): { group: string; version: string; name: string } {
  const [name = '', version = '', group = ''] = id.split('.').toReversed();
  return { group, version, name };
}

/** Plain names where they are unique, otherwise the later groups are prefixed as in `EventsV1Event`. */
function shortNames(ids: ReadonlySet<string>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const id of [...ids].toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))) {
    const { group, version, name } = partsOf(id);
    const short = taken.has(name) ? capital(group) + capital(version) + name : name;
    taken.add(short);
    names.set(id, short);
  }
  return names;
}

function rank(id: string): number {
  const { group, version } = partsOf(id);
  if (group === 'meta') return -1;
  return groupVersions.findIndex((groupVersion) => {
    const [first = ''] = groupVersion.split('.');
    return groupVersion === version
      ? group === 'core'
      : first.split('/')[0] === group && groupVersion.endsWith(version);
  });
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function toType(id: string, schema: Schema, names: ReadonlyMap<string, string>): ObjectType {
  const { group, version, name } = partsOf(id);
  const required = new Set(schema.required ?? []);
  return {
    name: names.get(id) ?? id,
    origin: `${group}/${version} ${name}`,
    kinds: schema['x-kubernetes-group-version-kind'] ?? [],
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    fields: Object.entries(schema.properties ?? {}).map(([name, property]) => ({
      name,
      required: required.has(name),
      shape: toShape(property, names),
      merge: toMerge(property),
    })),
  };
}

function toShape(schema: Schema, names: ReadonlyMap<string, string>): Shape {
  if (schema.$ref !== undefined) return referenceShape(idOf(schema.$ref), names);
  if (schema.items !== undefined) return { is: 'list', of: toShape(schema.items, names) };
  if (schema.additionalProperties !== undefined) return { is: 'map', of: toShape(schema.additionalProperties, names) };
  return { is: 'scalar', scalar: toScalar(schema) };
}

function referenceShape(id: string, names: ReadonlyMap<string, string>): Shape {
  const scalar = Object.hasOwn(scalarTypes, id) ? scalarTypes[id] : undefined;
  return scalar === undefined ? { is: 'object', type: names.get(id) ?? id } : { is: 'scalar', scalar };
}

function toScalar(schema: Schema): Scalar {
  if (schema.type === 'boolean') return 'boolean';
  if (schema.type === 'integer') return 'int';
  if (schema.type === 'number') return 'number';
  if (schema.type === 'string') return schema.format === 'byte' ? 'bytes' : 'string';
  return 'json';
}

function toMerge(schema: Schema): MergeFacts {
  const mergeKey = schema['x-kubernetes-patch-merge-key'];
  const listType = schema['x-kubernetes-list-type'];
  const mapKeys = schema['x-kubernetes-list-map-keys'];
  const mapType = schema['x-kubernetes-map-type'];
  return {
    strategy: schema['x-kubernetes-patch-strategy']?.split(',') ?? [],
    ...(mergeKey === undefined ? {} : { mergeKey }),
    ...(listType === undefined ? {} : { listType }),
    ...(mapKeys === undefined ? {} : { mapKeys }),
    ...(mapType === undefined ? {} : { mapType }),
  };
}
