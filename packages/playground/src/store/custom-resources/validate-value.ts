/** What is wrong with a value, as its schema has it (k8s.io/kube-openapi:pkg/validation). */
import { deepEqual } from '@virtual-kubelet/kubernetes';
import type { FieldError } from '../field-error.js';
import { duplicate, invalidValue, required, unsupportedValue } from '../field-error.js';
import { below } from '../field-path.js';
import type { Json } from '../json.js';
import { field, isJson, number, text } from '../json.js';
import { hasFormat } from './formats.js';
import type { StructuralSchema } from './structural-schema.js';
import { fieldSchema } from './structural-schema.js';

type Errors = readonly FieldError[];

/** What is wrong with a value at a path; empty at the top. */
export function valueErrors(value: unknown, schema: StructuralSchema, path = ''): Errors {
  if (value === null && schema.isNullable) return [];
  const ofType = typeErrors(value, schema, path);
  if (ofType.length > 0) return ofType;
  return [
    ...enumErrors(value, schema, path),
    ...combinedErrors(value, schema, path),
    ...(typeof value === 'string' ? textErrors(value, schema, path) : []),
    ...(typeof value === 'number' ? numberErrors(value, schema, path) : []),
    ...(Array.isArray(value) ? listErrors(value, schema, path) : []),
    ...(isJson(value) ? objectErrors(value, schema, path) : []),
  ];
}

function typeErrors(value: unknown, { type, isIntOrString }: StructuralSchema, path: string): Errors {
  const found = typeOf(value);
  const wanted = isIntOrString ? ['integer', 'string'] : type === '' ? [] : [type];
  const isFine = wanted.length === 0 || wanted.includes(found) || (found === 'integer' && wanted.includes('number'));
  if (isFine) return [];
  const detail = `${path} in body must be of type ${wanted.join(',')}: ${JSON.stringify(found)}`;
  return [{ reason: 'FieldValueTypeInvalid', field: path, value: found, detail }];
}

/** The word of a schema for the type of a value. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function enumErrors(value: unknown, { given }: StructuralSchema, path: string): Errors {
  const known = field(given, 'enum');
  if (!Array.isArray(known) || known.some((one) => deepEqual(one, value))) return [];
  return [
    unsupportedValue(
      path,
      value,
      known.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))),
    ),
  ];
}

function combinedErrors(value: unknown, schema: StructuralSchema, path: string): Errors {
  const fits = (one: StructuralSchema): boolean => valueErrors(value, one, path).length === 0;
  const { allOf, anyOf, oneOf, not } = schema;
  const wrong = (word: string): FieldError => invalidValue(path, value, `${path} in body must validate ${word}`);
  return [
    ...allOf.flatMap((one) => valueErrors(value, one, path)),
    ...(anyOf.length > 0 && !anyOf.some(fits) ? [wrong('at least one schema (anyOf)')] : []),
    ...(oneOf.length > 0 && oneOf.filter(fits).length !== 1 ? [wrong('one and only one schema (oneOf)')] : []),
    ...(not !== undefined && fits(not)
      ? [invalidValue(path, value, `${path} in body must not validate the schema (not)`)]
      : []),
  ];
}

function textErrors(value: string, { given, pattern }: StructuralSchema, path: string): Errors {
  const length = Array.from(value).length;
  const [most, least, format] = [number(given, 'maxLength'), number(given, 'minLength'), text(given, 'format')];
  const wrong = (detail: string): FieldError => invalidValue(path, value, `${path} in body should ${detail}`);
  return [
    ...(most !== undefined && length > most
      ? [{ reason: 'FieldValueTooLong', field: path, detail: `may not be more than ${most} bytes` } as const]
      : []),
    ...(least !== undefined && length < least ? [wrong(`be at least ${least} chars long`)] : []),
    ...(pattern !== undefined && !pattern.test(value) ? [wrong(`match '${text(given, 'pattern')}'`)] : []),
    ...(hasFormat(value, format)
      ? []
      : [{ ...wrong(`be of type ${format}`), reason: 'FieldValueTypeInvalid' } as const]),
  ];
}

function numberErrors(value: number, { given }: StructuralSchema, path: string): Errors {
  const [least, most, step] = [number(given, 'minimum'), number(given, 'maximum'), number(given, 'multipleOf')];
  const [isOver, isUnder] = [given['exclusiveMaximum'] === true, given['exclusiveMinimum'] === true];
  const wrong = (detail: string): FieldError => invalidValue(path, value, `${path} in body should be ${detail}`);
  const tooSmall = least !== undefined && (isUnder ? value <= least : value < least);
  const tooLarge = most !== undefined && (isOver ? value >= most : value > most);
  const quotient = step === undefined ? 0 : value / step;
  return [
    ...(tooSmall ? [wrong(`greater than ${isUnder ? '' : 'or equal to '}${least}`)] : []),
    ...(tooLarge ? [wrong(`less than ${isOver ? '' : 'or equal to '}${most}`)] : []),
    ...(Math.abs(quotient - Math.round(quotient)) > 1e-9 ? [wrong(`a multiple of ${step}`)] : []),
  ];
}

function listErrors(value: readonly unknown[], schema: StructuralSchema, path: string): Errors {
  const { given, items } = schema;
  const [least, most] = [number(given, 'minItems'), number(given, 'maxItems')];
  const few = least !== undefined && value.length < least;
  return [
    ...(most !== undefined && value.length > most ? [tooMany(path, value.length, most)] : []),
    ...(few ? [invalidValue(path, value.length, `${path} in body should have at least ${least} items`)] : []),
    ...(items === undefined ? [] : value.flatMap((one, index) => valueErrors(one, items, `${path}[${index}]`))),
    ...duplicateErrors(value, schema, path),
  ];
}

function tooMany(path: string, count: number, most: number): FieldError {
  return { reason: 'FieldValueTooMany', field: path, value: count, detail: `must have at most ${most} items` };
}

/** Elements of sets, and keys of lists that are maps, occur once. */
function duplicateErrors(
  value: readonly unknown[],
  { listType, mapKeys, items }: StructuralSchema,
  path: string,
): Errors {
  if (listType === undefined) return [];
  const seen = new Set<string>();
  return value.flatMap((one, index) => {
    const keys = mapKeys.map((key) => [key, field(one, key) ?? items?.properties.get(key)?.fallback?.value] as const);
    const id: unknown = listType === 'map' ? Object.fromEntries(keys) : one;
    const name = JSON.stringify(id);
    if (seen.has(name)) return [duplicate(`${path}[${index}]`, id)];
    seen.add(name);
    return [];
  });
}

function objectErrors(value: Json, schema: StructuralSchema, path: string): Errors {
  const { given, isEmbedded } = schema;
  const names = Object.keys(value);
  const [least, most] = [number(given, 'minProperties'), number(given, 'maxProperties')];
  const needed = isEmbedded ? ['apiVersion', 'kind', ...schema.required] : schema.required;
  const few = least !== undefined && names.length < least;
  return [
    ...needed.filter((name) => !Object.hasOwn(value, name)).map((name) => required(below(path, name))),
    ...(most !== undefined && names.length > most ? [tooMany(path, names.length, most)] : []),
    ...(few ? [invalidValue(path, names.length, `${path} in body should have at least ${least} properties`)] : []),
    ...names.flatMap((name) => {
      const own = fieldSchema(schema, name);
      return own === undefined ? [] : valueErrors(value[name], own, below(path, name));
    }),
  ];
}
