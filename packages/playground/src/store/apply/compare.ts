/** Which fields a value has, and which differ between two values, as sets of fields. */
import type { Json } from '../json.js';
import { field } from '../json.js';
import type { FieldSet } from './field-set.js';
import { isEmptySet, union } from './field-set.js';
import type { Place } from './merge-shape.js';
import { elementName, elementsByName, isElementwise, isGranular, isSame } from './merge-shape.js';

/** Every field of an object that says something. */
export function fieldsOf(object: Json, place: Place): FieldSet {
  return nodeOf(object, place);
}

/** The node of a value: empty where it is owned as one. */
function nodeOf(value: unknown, place: Place): FieldSet {
  if (isGranular(value, place)) {
    const fields = Object.entries(value).filter(([, one]) => one !== null && one !== undefined);
    return Object.fromEntries(fields.map(([name, one]) => [`f:${name}`, nodeOf(one, place.field(name))]));
  }
  if (!isElementwise(value, place)) return {};
  return Object.fromEntries(value.map((one) => [elementName(one, place), elementNode(one, place)]));
}

/** An element belongs as itself, beside the fields in it. */
function elementNode(element: unknown, place: Place): FieldSet {
  const inside = nodeOf(element, place.element);
  return Object.keys(inside).length === 0 ? {} : { '.': {}, ...inside };
}

/** What changed between two states. */
export interface Comparison {
  /** Fields that are new or have another value. */
  readonly changed: FieldSet;
  /** Fields that are gone. */
  readonly removed: FieldSet;
}

/** Compares two states of an object. */
export function compare(before: Json, after: Json, place: Place): Comparison {
  return compareNodes(before, after, place) ?? { changed: {}, removed: {} };
}

/** Undefined where both are the same. */
function compareNodes(before: unknown, after: unknown, place: Place): Comparison | undefined {
  if (before === after) return undefined;
  if (isGranular(before, place) && isGranular(after, place))
    return compareParts(partsOfObject(before, place), partsOfObject(after, place));
  if (isElementwise(before, place) && isElementwise(after, place))
    return compareParts(partsOfList(before, place), partsOfList(after, place));
  return isSame(before, after) ? undefined : { changed: nodeOf(after, place), removed: {} };
}

interface Part {
  readonly value: unknown;
  readonly place: Place;
  readonly isElement: boolean;
}

type Parts = ReadonlyMap<string, Part>;

function partsOfObject(object: Json, place: Place): Parts {
  const fields = Object.entries(object).filter(([, value]) => value !== null && value !== undefined);
  return new Map(
    fields.map(([name]) => [`f:${name}`, { value: field(object, name), place: place.field(name), isElement: false }]),
  );
}

function partsOfList(list: readonly unknown[], place: Place): Parts {
  const elements = [...elementsByName(list, place)];
  return new Map(elements.map(([name, value]) => [name, { value, place, isElement: true }]));
}

function wholeNode({ value, place, isElement }: Part): FieldSet {
  return isElement ? elementNode(value, place) : nodeOf(value, place);
}

/** Undefined where no part differs. */
function compareParts(before: Parts, after: Parts): Comparison | undefined {
  const changed: [string, FieldSet][] = [];
  const removed: [string, FieldSet][] = [];
  for (const [name, part] of after) {
    const old = before.get(name);
    if (old === undefined) changed.push([name, wholeNode(part)]);
    else {
      const inside = compareNodes(old.value, part.value, part.isElement ? part.place.element : part.place);
      if (inside === undefined) continue;
      if (isLeafChange(inside) || !isEmptySet(inside.changed)) changed.push([name, inside.changed]);
      if (!isEmptySet(inside.removed)) removed.push([name, inside.removed]);
    }
  }
  for (const [name, part] of before) if (!after.has(name)) removed.push([name, wholeNode(part)]);
  if (changed.length + removed.length === 0) return undefined;
  return { changed: Object.fromEntries(changed), removed: Object.fromEntries(removed) };
}

/** A value owned as one that changed has nothing below it in either set. */
function isLeafChange({ changed, removed }: Comparison): boolean {
  return isEmptySet(changed) && isEmptySet(removed);
}

/** All fields that differ. */
export function touched({ changed, removed }: Comparison): FieldSet {
  return union(changed, removed);
}
