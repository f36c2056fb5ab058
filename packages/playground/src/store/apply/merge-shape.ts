/** How a value is owned: field by field, element by element, or as one. */
import type { MergeField } from '@virtual-kubelet/kubernetes/internal';
import { mergeFieldOf } from '@virtual-kubelet/kubernetes/internal';
import { deepEqual } from '@virtual-kubelet/kubernetes';
import type { Json } from '../json.js';
import { field, isJson } from '../json.js';

/** What is known about the place of a value. */
export interface Place {
  /** Type of the value where it is an object, of its elements where it is a list or map of objects. */
  readonly type?: string;
  readonly facts?: MergeField;
}

/** The place of a field of an object. */
export function placeOf(object: Place, name: string): Place {
  const isMap = object.facts?.shape === 'map';
  if (isMap) return object.type === undefined ? {} : { type: object.type };
  const facts = mergeFieldOf(object.type, name);
  if (facts === undefined) return {};
  return facts.type === undefined ? { facts } : { facts, type: facts.type };
}

/** The place of an element of a list. */
export function elementPlace(list: Place): Place {
  return list.type === undefined ? {} : { type: list.type };
}

/** Whether an object is owned field by field. */
export function isGranular(value: unknown, place: Place): value is Json {
  return isJson(value) && place.facts?.atomic !== true;
}

/** Whether a list is owned element by element. */
export function isElementwise(value: unknown, place: Place): value is readonly unknown[] {
  return Array.isArray(value) && place.facts?.listType !== undefined;
}

/** What keys default to where an element leaves them out. */
const keyDefaults: ReadonlyMap<string, unknown> = new Map([['protocol', 'TCP']]);

/** The name of an element within its list, as a set of fields has it. */
export function elementName(element: unknown, place: Place): string {
  const { listType, mapKeys = [] } = place.facts ?? {};
  if (listType !== 'map') return `v:${JSON.stringify(element)}`;
  const keys = [...mapKeys].toSorted().map((key) => [key, field(element, key) ?? keyDefaults.get(key)] as const);
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
