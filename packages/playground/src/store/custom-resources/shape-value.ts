/** Brings values into the form of a schema: fields that it does not know go, and what was left out gets its default. */
import type { Json } from '../json.js';
import { change, isJson } from '../json.js';
import { normalise } from '../schema.js';
import type { StructuralSchema } from './structural-schema.js';
import { fieldSchema } from './structural-schema.js';

/** Paths of fields that are not known, as `spec.containers[0].foo`. */
export type Unknown = string[];

/** A copy without fields that the schema does not know, which go into `unknown`. */
export function pruned(object: Json, schema: StructuralSchema, unknown: Unknown): Json {
  return prunedObject(object, { ...schema, isEmbedded: true }, { path: '', unknown });
}

interface Place {
  readonly path: string;
  readonly unknown: Unknown;
}

function prunedValue(value: unknown, schema: StructuralSchema | undefined, place: Place): unknown {
  if (Array.isArray(value)) return prunedList(value, schema, place);
  if (!isJson(value)) return value;
  return prunedObject(value, schema, place);
}

function prunedList(value: readonly unknown[], schema: StructuralSchema | undefined, place: Place): readonly unknown[] {
  if (schema?.preservesUnknown === true && schema.items === undefined) return value;
  return value.map((one, index) => prunedValue(one, schema?.items, { ...place, path: `${place.path}[${index}]` }));
}

function prunedObject(object: Json, schema: StructuralSchema | undefined, place: Place): Json {
  const entries: (readonly [string, unknown])[] = [];
  for (const [name, value] of Object.entries(object)) {
    const at = { ...place, path: place.path === '' ? name : `${place.path}.${name}` };
    const own = schema === undefined ? undefined : fieldSchema(schema, name);
    if (schema?.isEmbedded === true && isObjectField(name)) entries.push([name, objectField(name, value, at)]);
    else if (own !== undefined) entries.push([name, prunedValue(value, own, at)]);
    else if (schema?.preservesUnknown === true) entries.push([name, value]);
    else at.unknown.push(at.path);
  }
  return Object.fromEntries(entries);
}

function isObjectField(name: string): boolean {
  return name === 'apiVersion' || name === 'kind' || name === 'metadata';
}

/** Metadata is of a type of the API, wherever it is. */
function objectField(name: string, value: unknown, place: Place): unknown {
  if (name !== 'metadata' || !isJson(value)) return value;
  const { object, unknown } = normalise(value, 'ObjectMeta');
  place.unknown.push(...unknown.map((path) => `${place.path}.${path}`));
  return object;
}

/** A copy with defaults, without nulls that the schema does not allow; the same object where nothing was to be done. */
export function defaulted(object: Json, schema: StructuralSchema): Json {
  return defaultedValue(object, schema) as Json;
}

function defaultedValue(value: unknown, schema: StructuralSchema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    const made = value.map((one) => defaultedValue(one, items));
    return made.every((one, index) => one === value[index]) ? value : made;
  }
  return isJson(value) ? defaultedObject(value, schema) : value;
}

function defaultedObject(object: Json, schema: StructuralSchema): Json {
  const changes = new Map<string, unknown>();
  for (const [name, value] of Object.entries(object)) {
    const own = fieldSchema(schema, name);
    if (own === undefined) continue;
    const made = isUnset(value, own) ? fallbackOf(own) : defaultedValue(value, own);
    if (made !== value) changes.set(name, made);
  }
  for (const [name, own] of schema.properties)
    if (own.fallback !== undefined && !Object.hasOwn(object, name)) changes.set(name, fallbackOf(own));
  return changes.size === 0 ? object : change(object, Object.fromEntries(changes));
}

/** A default is completed as any other value; undefined where there is none. */
function fallbackOf(schema: StructuralSchema): unknown {
  return schema.fallback === undefined ? undefined : defaultedValue(schema.fallback.value, schema);
}

/** A null that may not be there says as little as a field that is not there. */
function isUnset(value: unknown, schema: StructuralSchema): boolean {
  return value === null && !schema.isNullable;
}
