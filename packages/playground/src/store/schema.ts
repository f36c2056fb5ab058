/**
 * Objects as the API's types read and write them: unknown fields are dropped (or refused), quantities and times take
 * their canonical form, and what says nothing is left out, as the Go types of the API do it.
 */
import {
  canonicalQuantity,
  formatMicroTime,
  formatTime,
  parseTime,
  QuantityError,
  TimeError,
} from '@virtual-kubelet/kubernetes';
import type { FieldShape } from '@virtual-kubelet/kubernetes/internal';
import { fieldNames, fieldShape, isObjectType } from '@virtual-kubelet/kubernetes/internal';
import type { Json } from './json.js';
import { isJson } from './json.js';
import { alwaysShown, meantWhenEmpty, meantWhenZero, microTimes, unsetWhenZero } from './written-form.js';

/** An object as its type has it, and the fields that the type does not know. */
export interface Normalised {
  readonly object: Json;
  /** Paths such as `spec.containers[0].foo`. */
  readonly unknown: readonly string[];
}

/** A value has the wrong type altogether. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

/** Brings an object into the form of its type. Throws {@link SchemaError}. */
export function normalise(object: Json, type: string): Normalised {
  const unknown: string[] = [];
  return { object: objectOf(object, type, { unknown }), unknown };
}

/** As {@link normalise}, without anything that was not said: for configurations that are applied. */
export function said(object: Json, type: string): Normalised {
  const unknown: string[] = [];
  return { object: objectOf(object, type, { unknown, isBare: true }), unknown };
}

interface Place {
  /** Absent at the top. */
  readonly above?: Place;
  /** A name, or `[0]`. */
  readonly step?: string | number;
  readonly unknown: string[];
  /** Nothing is added to what was said, and empty values count. */
  readonly isBare?: true;
}

/** Paths are made only where something is wrong: most values are fine. */
function pathOf({ above, step }: Place): string {
  if (above === undefined || step === undefined) return '';
  const path = pathOf(above);
  if (typeof step === 'number') return `${path}[${step}]`;
  return path === '' ? step : `${path}.${step}`;
}

function placeIn(above: Place, step: string | number): Place {
  const { unknown, isBare } = above;
  return isBare === true ? { above, step, unknown, isBare } : { above, step, unknown };
}

interface Field extends FieldShape {
  readonly key: string;
  readonly isObject: boolean;
}

const compiled = new Map<string, ReadonlyMap<string, Field>>();

/** Fields of a type, read from the tables once. */
function fieldsOf(type: string): ReadonlyMap<string, Field> {
  const known = compiled.get(type);
  if (known !== undefined) return known;
  const fields = new Map<string, Field>();
  for (const name of fieldNames(type)) {
    const shape = fieldShape(type, name);
    if (shape !== undefined) fields.set(name, { ...shape, key: `${type}.${name}`, isObject: isObjectType(shape.type) });
  }
  compiled.set(type, fields);
  return fields;
}

function objectOf(object: Json, type: string, place: Place): Json {
  const fields = fieldsOf(type);
  const entries: (readonly [string, unknown])[] = [];
  for (const [name, value] of Object.entries(object)) {
    const known = fields.get(name);
    if (known === undefined) place.unknown.push(pathOf(placeIn(place, name)));
    else {
      const made = fieldValue(value, known, placeIn(place, name));
      if (made !== undefined) entries.push([name, made]);
    }
  }
  if (place.isBare !== true) addShown(entries, type);
  return Object.fromEntries(entries);
}

/** What a field of an object type shows where nothing was said of it, as the status of a new object. */
export function unsaid(type: string, name: string): Json {
  const field = fieldsOf(type).get(name);
  return field?.isObject === true && !field.list ? objectOf({}, field.type, { unknown: [] }) : {};
}

/** Adds what the type shows even where nothing was said. */
function addShown(entries: (readonly [string, unknown])[], type: string): void {
  const said = new Set(entries.map(([name]) => name));
  for (const [name, shape] of fieldsOf(type))
    if (shape.required && !shape.map && !said.has(name)) {
      const zero = shape.list ? null : zeros.get(shape.type);
      if (zero !== undefined) entries.push([name, zero]);
    }
  const shown = alwaysShown.get(type);
  if (shown === undefined) return;
  for (const [name, zero] of Object.entries(shown))
    if (!said.has(name))
      entries.push([name, isJson(zero) && Object.keys(zero).length === 0 ? unsaid(type, name) : zero]);
}

const zeros: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['string', ''],
  ['int', 0],
  ['boolean', false],
]);

/** A schema may be all or nothing. */
function mayBeBoolean(value: unknown, { key }: Field): boolean {
  return typeof value === 'boolean' && key === 'JSONSchemaProps.additionalProperties';
}

/** Undefined where the value says nothing. */
function fieldValue(value: unknown, field: Field, place: Place): unknown {
  if (value === null || value === undefined) return undefined;
  if (field.list) return listOf(value, field, place);
  if (field.map) return mapOf(value, field, place);
  if (field.isObject) {
    if (!isJson(value)) return mayBeBoolean(value, field) ? value : refuse(place, value, 'an object');
    return objectOf(value, field.type, place);
  }
  const made = scalar(value, field, place);
  return isZero(made) && !field.required && saysNothing(made, field) ? undefined : made;
}

function listOf(value: unknown, field: Field, place: Place): unknown {
  if (!Array.isArray(value)) throw wrongType(place, value, 'a list');
  if (value.length === 0) return place.isBare === true ? value : undefined;
  return value.map((element: unknown, index) => {
    const at = placeIn(place, index);
    if (!field.isObject) return scalar(element, field, at);
    if (element === null) return objectOf({}, field.type, at);
    if (!isJson(element)) throw wrongType(at, element, 'an object');
    return objectOf(element, field.type, at);
  });
}

function mapOf(value: unknown, field: Field, place: Place): unknown {
  if (!isJson(value)) throw wrongType(place, value, 'an object');
  const entries = Object.entries(value);
  if (entries.length === 0) return place.isBare === true ? value : undefined;
  return Object.fromEntries(
    entries.map(([key, element]) => {
      const at = placeIn(place, key);
      if (Array.isArray(element)) return [key, element];
      if (!field.isObject) return [key, scalar(element ?? zeros.get(field.type), field, at)];
      if (!isJson(element)) throw wrongType(at, element, 'an object');
      return [key, objectOf(element, field.type, at)];
    }),
  );
}

function scalar(value: unknown, field: Field, place: Place): unknown {
  switch (field.type) {
    case 'string':
      if (typeof value !== 'string') throw wrongType(place, value, 'a string');
      return value;
    case 'bytes':
      if (typeof value !== 'string' || !isBase64(value)) throw wrongType(place, value, 'base64');
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw wrongType(place, value, 'a boolean');
      return value;
    case 'int':
      if (!Number.isInteger(value)) throw wrongType(place, value, 'a whole number');
      return value;
    case 'intOrString':
      if (typeof value !== 'string' && !Number.isInteger(value))
        throw wrongType(place, value, 'a whole number or string');
      return value;
    case 'quantity':
      return quantity(value, place);
    case 'time':
      return time(value, field, place);
    default:
      return value;
  }
}

function isBase64(value: string): boolean {
  return value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

function quantity(value: unknown, place: Place): string {
  if (typeof value !== 'string' && typeof value !== 'number') throw wrongType(place, value, 'a quantity');
  try {
    return canonicalQuantity(value);
  } catch (error) {
    if (error instanceof QuantityError) throw new SchemaError(`${pathOf(place)}: ${error.message}`);
    throw error;
  }
}

function time(value: unknown, field: Field, place: Place): unknown {
  if (value === '') return undefined;
  if (typeof value !== 'string') throw wrongType(place, value, 'a time');
  try {
    const milliseconds = parseTime(value);
    return microTimes.has(field.key) ? formatMicroTime(milliseconds) : formatTime(milliseconds);
  } catch (error) {
    if (error instanceof TimeError) throw new SchemaError(`${pathOf(place)}: ${error.message}`);
    throw error;
  }
}

function refuse(place: Place, value: unknown, wanted: string): never {
  throw wrongType(place, value, wanted);
}

function wrongType(place: Place, value: unknown, wanted: string): SchemaError {
  const found = Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`;
  return new SchemaError(`${pathOf(place)} is ${found} and not ${wanted}`);
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

/** Texts are unset when empty, except for a few; numbers and booleans have a meaning when zero, except for a few. */
function saysNothing(value: unknown, field: Field): boolean {
  const name = field.key.slice(field.key.indexOf('.') + 1);
  if (value === '') return field.type !== 'intOrString' && !meantWhenEmpty.has(field.key);
  return (unsetWhenZero.has(name) || unsetWhenZero.has(field.key)) && !meantWhenZero.has(field.key);
}
