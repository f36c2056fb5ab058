/** Reads the object types from the OpenAPI document of a release. */
import type { GroupVersionKind, MergeFacts, ObjectType, Resource, Scalar, Shape } from './model.js';
import { groupVersionOf, groupVersions } from './model.js';

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

/** The types of the API as its OpenAPI document defines them. */
export type Definitions = Readonly<Record<string, Schema>>;

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

/** The types that the resources are made of, by their short names; descriptions are dropped here. */
export function readTypes(definitions: Definitions, resources: readonly Resource[]): ReadonlyMap<string, ObjectType> {
  const reached = reach(definitions, roots(definitions, resources));
  const names = shortNames(reached);
  const types = [...reached].map((id) => toType(id, definitions[id] ?? {}, names));
  types.sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map(types.map((type) => [type.name, type]));
}

/** Every served kind, its list, the kinds of subresources, and the types clients send or receive everywhere. */
function roots(definitions: Definitions, resources: readonly Resource[]): string[] {
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

function reach(definitions: Definitions, start: readonly string[]): ReadonlySet<string> {
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
