/** Schemas of the API's types, from the tables of fields and of how patches merge them. They carry no descriptions. */
import type { FieldShape } from '@virtual-kubelet/kubernetes/internal';
import { fieldNames, fieldShape, isObjectType, mergeFieldOf } from '@virtual-kubelet/kubernetes/internal';
import type { Json } from '../json.js';

/** Where references point, as `#/components/schemas/`. */
export type ReferencePrefix = '#/components/schemas/' | '#/definitions/';

/** Schemas by name. */
export type OpenApiSchemas = ReadonlyMap<string, Json>;

/** The schema of a type of the tables and of all types that it leads to. */
export function typeSchemas(type: string, prefix: ReferencePrefix): OpenApiSchemas {
  return new Map([...reached([type])].map((name) => [name, schemaOf(name, prefix)]));
}

function reached(roots: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const queue = [...roots];
  for (let type = queue.pop(); type !== undefined; type = queue.pop()) {
    if (seen.has(type) || !isObjectType(type)) continue;
    seen.add(type);
    for (const name of fieldNames(type)) queue.push(fieldShape(type, name)?.type ?? '');
  }
  return seen;
}

function schemaOf(type: string, prefix: ReferencePrefix): Json {
  const fields = fieldNames(type).flatMap((name) => {
    const shape = fieldShape(type, name);
    return shape === undefined ? [] : [{ name, shape }];
  });
  const required = fields.filter(({ shape }) => shape.required).map(({ name }) => name);
  const properties = fields.map(({ name, shape }) => [
    name,
    { ...fieldSchema(shape, prefix), ...mergeExtensions(type, name) },
  ]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
  };
}

function fieldSchema({ type, list, map }: FieldShape, prefix: ReferencePrefix): Json {
  const one = isObjectType(type) ? { $ref: prefix + type } : (scalars.get(type) ?? { type: 'object' });
  if (list) return { type: 'array', items: one };
  return map ? { type: 'object', additionalProperties: one } : one;
}

const scalars: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['string', { type: 'string' }],
  ['boolean', { type: 'boolean' }],
  ['int', { type: 'integer', format: 'int64' }],
  ['number', { type: 'number', format: 'double' }],
  ['bytes', { type: 'string', format: 'byte' }],
  ['time', { type: 'string', format: 'date-time' }],
  ['quantity', { type: 'string', format: 'quantity' }],
  ['intOrString', { type: 'string', format: 'int-or-string' }],
]);

/** How patches and server-side apply treat the field. */
function mergeExtensions(type: string, name: string): Json {
  const facts = mergeFieldOf(type, name);
  if (facts === undefined) return {};
  const { strategy, mergeKey, listType, mapKeys, atomic } = facts;
  return {
    ...(strategy === undefined ? {} : { 'x-kubernetes-patch-strategy': strategy.join(',') }),
    ...(mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': mergeKey }),
    ...(listType === undefined ? {} : { 'x-kubernetes-list-type': listType }),
    ...(mapKeys === undefined ? {} : { 'x-kubernetes-list-map-keys': mapKeys }),
    ...(atomic === undefined || facts.shape !== undefined ? {} : { 'x-kubernetes-map-type': 'atomic' }),
  };
}
