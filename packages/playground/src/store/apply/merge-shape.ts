/** How a value is owned: field by field, element by element, or as one. */
import { deepEqual } from '@virtual-kubelet/kubernetes';
import type { Json } from '../json.js';
import { field, isJson } from '../json.js';

/** What is known about the place of a value, whatever tells it: the tables of the API, or a schema that a user gave. */
export interface Place {
  /** The object is owned as one. */
  readonly isAtomic: boolean;
  /** How the elements of a list are told apart; absent where the list is owned as one. */
  readonly listType?: 'set' | 'map';
  /** The fields that identify an element where `listType` is `map`. */
  readonly mapKeys?: readonly string[];
  /** What a field that identifies an element is where the element leaves it out. */
  keyDefault(name: string): unknown;
  /** The place of a field of an object. */
  field(name: string): Place;
  /** The place of an element of a list. */
  readonly element: Place;
}

/** Whether an object is owned field by field. */
export function isGranular(value: unknown, place: Place): value is Json {
  return isJson(value) && !place.isAtomic;
}

/** Whether a list is owned element by element. */
export function isElementwise(value: unknown, place: Place): value is readonly unknown[] {
  return Array.isArray(value) && place.listType !== undefined;
}

/** The name of an element within its list, as a set of fields has it. */
export function elementName(element: unknown, place: Place): string {
  const { listType, mapKeys = [] } = place;
  if (listType !== 'map') return `v:${JSON.stringify(element)}`;
  const keys = [...mapKeys].toSorted().map((key) => [key, field(element, key) ?? place.keyDefault(key)] as const);
  return `k:${JSON.stringify(Object.fromEntries(keys.filter(([, value]) => value !== undefined)))}`;
}

/** Elements of a list by name. Of several with one name the last counts. */
export function elementsByName(list: readonly unknown[], place: Place): ReadonlyMap<string, unknown> {
  return new Map(list.map((element) => [elementName(element, place), element]));
}

/** Whether two values that are owned as one are the same. */
export function isSame(a: unknown, b: unknown): boolean {
  return deepEqual(a, b);
}
