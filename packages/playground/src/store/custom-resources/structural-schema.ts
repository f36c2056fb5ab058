/**
 * Schemas of custom resources, read once into what pruning, defaulting, validation and server-side apply ask for. They are
 * structural: every value has a type outside of `allOf`, `anyOf`, `oneOf` and `not`, which only validate.
 */
import type { Json } from '../json.js';
import { at, field, isJson, json, list, text, texts } from '../json.js';
import { regularExpression } from './regular-expression.js';

/** What is said of one value. */
export interface StructuralSchema {
  /** Empty where any type is fine. */
  readonly type: string;
  readonly properties: ReadonlyMap<string, StructuralSchema>;
  /** What is said of fields that `properties` does not name; absent where there may be none. */
  readonly additional?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly isNullable: boolean;
  /** Present where there is a default. */
  readonly fallback?: { readonly value: unknown };
  readonly preservesUnknown: boolean;
  readonly isIntOrString: boolean;
  /** The value is a whole object of the API, with apiVersion, kind and metadata. */
  readonly isEmbedded: boolean;
  readonly listType?: 'set' | 'map';
  readonly mapKeys: readonly string[];
  readonly isAtomicMap: boolean;
  readonly required: readonly string[];
  readonly allOf: readonly StructuralSchema[];
  readonly anyOf: readonly StructuralSchema[];
  readonly oneOf: readonly StructuralSchema[];
  readonly not?: StructuralSchema;
  readonly pattern?: RegExp;
  /** The schema as it was given, for limits and formats. */
  readonly given: Json;
}

/** Reads a schema. What is not well formed in it is left out: the rules of definitions have refused it before. */
export function structuralSchema(given: Json): StructuralSchema {
  const additional = additionalOf(field(given, 'additionalProperties'));
  const items = field(given, 'items');
  const not = field(given, 'not');
  const listType = text(given, 'x-kubernetes-list-type');
  const pattern = regularExpression(text(given, 'pattern'));
  return {
    type: text(given, 'type'),
    properties: new Map(schemasIn(json(given, 'properties'))),
    ...(additional === undefined ? {} : { additional }),
    ...(isJson(items) ? { items: structuralSchema(items) } : {}),
    isNullable: given['nullable'] === true,
    ...(field(given, 'default') === undefined ? {} : { fallback: { value: field(given, 'default') } }),
    preservesUnknown: given['x-kubernetes-preserve-unknown-fields'] === true,
    isIntOrString: given['x-kubernetes-int-or-string'] === true,
    isEmbedded: given['x-kubernetes-embedded-resource'] === true,
    ...(listType === 'set' || listType === 'map' ? { listType } : {}),
    mapKeys: texts(given, 'x-kubernetes-list-map-keys'),
    isAtomicMap: text(given, 'x-kubernetes-map-type') === 'atomic',
    required: texts(given, 'required'),
    allOf: list(given, 'allOf').filter(isJson).map(structuralSchema),
    anyOf: list(given, 'anyOf').filter(isJson).map(structuralSchema),
    oneOf: list(given, 'oneOf').filter(isJson).map(structuralSchema),
    ...(isJson(not) ? { not: structuralSchema(not) } : {}),
    ...(pattern === undefined ? {} : { pattern }),
    given,
  };
}

function schemasIn(properties: Json): readonly (readonly [string, StructuralSchema])[] {
  return Object.entries(properties).flatMap(([name, one]) =>
    isJson(one) ? [[name, structuralSchema(one)] as const] : [],
  );
}

/** Anything at all. */
const anything: StructuralSchema = structuralSchema({ 'x-kubernetes-preserve-unknown-fields': true });

function additionalOf(given: unknown): StructuralSchema | undefined {
  if (given === true) return structuralSchema({ 'x-kubernetes-preserve-unknown-fields': true, nullable: true });
  return isJson(given) ? structuralSchema(given) : undefined;
}

/** What is said of a field. */
export function fieldSchema(schema: StructuralSchema, name: string): StructuralSchema | undefined {
  return schema.properties.get(name) ?? schema.additional;
}

/** Whether a schema says anywhere in it what only an evaluator of CEL could check. */
export function hasExpressions(given: unknown): boolean {
  if (Array.isArray(given)) return given.some(hasExpressions);
  if (!isJson(given)) return false;
  if (list(given, 'x-kubernetes-validations').length > 0) return true;
  return Object.values(given).some(hasExpressions);
}

const known = new WeakMap<Json, StructuralSchema>();

/** The schema of a version of a definition, which is read once. */
export function versionSchema(version: unknown): StructuralSchema {
  const given = at(version, 'schema', 'openAPIV3Schema');
  if (!isJson(given)) return anything;
  const schema = known.get(given) ?? structuralSchema(given);
  known.set(given, schema);
  return schema;
}
