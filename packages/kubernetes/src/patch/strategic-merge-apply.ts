/**
 * Applies strategic merge patches as the API server does (k8s.io/apimachinery:pkg/util/strategicpatch): objects
 * merge, lists with a merge key merge by it, other lists are replaced, directives say the rest.
 */
import { type MergeField, mergeFieldOf } from '../merge-schema.js';
import { type KeyOf, orderElements } from './element-order.js';
import { isJsonObject, type JsonObject, objectOf, ownField } from './json.js';
import { PatchError } from './patch-error.js';
import {
  deleteFromListPrefix,
  elementOrderPrefix,
  isDirective,
  patchDirective,
  retainKeysDirective,
} from './strategic-merge-words.js';

interface Place {
  /** The type whose fields are merged; undefined below maps and for types without merge facts. */
  readonly type: string | undefined;
  readonly path: string;
}

type Fields = Map<string, unknown>;

/**
 * Applies a patch to an object of a type of the merge table (`typeOfKind` tells it); neither is changed. Throws
 * {@link PatchError}.
 */
export function applyStrategicMerge(document: unknown, patch: unknown, type: string): JsonObject {
  if (!isJsonObject(document) || !isJsonObject(patch))
    throw new PatchError(400, '', 'a strategic merge patch is an object');
  return mergeObject(document, patch, { type, path: '' });
}

function mergeObject(before: JsonObject, patch: JsonObject, place: Place): JsonObject {
  const directive = ownField(patch, patchDirective);
  if (directive !== undefined) return directedObject(directive, patch, place);
  const fields: Fields = new Map(Object.entries(before));
  retainKeys(fields, patch, place);
  const done = mergeOrderedLists(fields, patch, place);
  for (const [key, change] of Object.entries(patch))
    if (!done.has(key) && !isDirective(key)) mergeField(fields, [key, change], place);
  for (const [key, values] of Object.entries(patch))
    if (key.startsWith(deleteFromListPrefix)) deleteFromList(fields, [key, values], place);
  return objectOf(fields);
}

function directedObject(directive: unknown, patch: JsonObject, place: Place): JsonObject {
  if (directive === 'delete') return {};
  if (directive === 'replace') return plain(patch) as JsonObject;
  throw unknownDirective(directive, place.path);
}

function unknownDirective(directive: unknown, path: string): PatchError {
  return new PatchError(500, path, `${JSON.stringify(directive)} is not a $patch directive that can be used here`);
}

function retainKeys(fields: Fields, patch: JsonObject, place: Place): void {
  const list = ownField(patch, retainKeysDirective);
  if (list === undefined) return;
  if (!Array.isArray(list)) throw new PatchError(400, place.path, `${retainKeysDirective} is a list`);
  const kept = new Set<unknown>(list);
  const lost = Object.entries(patch).find(([key, value]) => value !== null && !isDirective(key) && !kept.has(key));
  if (lost !== undefined) throw new PatchError(400, place.path, `${retainKeysDirective} lacks ${lost[0]}`);
  for (const key of [...fields.keys()]) if (!kept.has(key)) fields.delete(key);
}

function mergeField(fields: Fields, [key, change]: readonly [string, unknown], place: Place): void {
  if (change === null) {
    fields.delete(key);
    return;
  }
  const old = fields.get(key);
  const facts = mergeFieldOf(place.type, key);
  const inner: Place = { type: facts?.type, path: join(place.path, key) };
  if (isJsonObject(old) && isJsonObject(change)) fields.set(key, mergeInnerObject(old, change, { facts, inner }));
  else if (Array.isArray(old) && Array.isArray(change)) fields.set(key, mergeInnerList(old, change, { facts, inner }));
  else setFresh(fields, key, change);
}

interface Inner {
  readonly facts: MergeField | undefined;
  readonly inner: Place;
}

function mergeInnerObject(old: JsonObject, change: JsonObject, { facts, inner }: Inner): unknown {
  if (facts?.strategy?.includes('replace')) return plain(change);
  return mergeObject(old, change, inner);
}

function mergeInnerList(old: readonly unknown[], change: readonly unknown[], { facts, inner }: Inner): unknown {
  if (!facts?.strategy?.includes('merge')) return plain(change);
  return mergeList(old, change, { mergeKey: facts.mergeKey, place: inner }).elements;
}

/** Values that were not there: objects marked for deletion are left out, as are directives and nulls. */
function setFresh(fields: Fields, key: string, change: unknown): void {
  if (isMarked(change)) fields.delete(key);
  else fields.set(key, plain(withoutMarked(change)));
}

function isMarked(value: unknown): boolean {
  return isJsonObject(value) && Object.hasOwn(value, patchDirective);
}

function withoutMarked(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((element) => !isMarked(element)).map(withoutMarked);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([, inner]) => !isMarked(inner));
  return objectOf(kept.map(([key, inner]) => [key, withoutMarked(inner)]));
}

/** A value as it can be stored: without directives and without fields that are null. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([key, inner]) => inner !== null && !isDirective(key));
  return objectOf(kept.map(([key, inner]) => [key, plain(inner)]));
}

interface ListPlace {
  readonly mergeKey: string | undefined;
  readonly place: Place;
}

interface MergedList {
  readonly elements: readonly unknown[];
  /** What counts as the order before the patch when an explicit order is enforced afterwards. */
  readonly before: readonly unknown[];
}

function mergeList(old: readonly unknown[], change: readonly unknown[], list: ListPlace): MergedList {
  if (old.length + change.length === 0) return { elements: old, before: old };
  const { path } = list.place;
  if ([...old, ...change].some(Array.isArray)) throw new PatchError(422, path, 'lists of lists cannot be merged');
  const areObjects = [...old, ...change].map(isJsonObject);
  if (areObjects.every(Boolean)) return mergeObjects(old as JsonObject[], change as JsonObject[], list);
  if (areObjects.some(Boolean)) throw new PatchError(500, path, 'the elements of a list must be of one type');
  const elements = [...new Set([...old, ...change])];
  return { elements: orderElements(elements, { wanted: change, before: old, keyOf: itself }), before: old };
}

const itself: KeyOf = (element) => element;

function keyIn(mergeKey: string): KeyOf {
  return (element) => (isJsonObject(element) ? ownField(element, mergeKey) : undefined);
}

function mergeObjects(old: readonly JsonObject[], change: readonly JsonObject[], list: ListPlace): MergedList {
  const { mergeKey } = list;
  if (mergeKey === undefined) throw new PatchError(500, list.place.path, 'this list has no merge key');
  const keyOf = keyIn(mergeKey);
  const { kept, updates, isReplaced } = directedElements(old, change, { ...list, mergeKey });
  if (isReplaced) return { elements: updates.map(plain), before: kept };
  requireKeys([...kept, ...updates], { ...list, mergeKey });
  const elements: unknown[] = [...kept];
  for (const update of updates) {
    const at = elements.findIndex((element) => keyOf(element) === keyOf(update));
    if (at < 0) elements.push(plain(update));
    else elements[at] = mergeObject(elements[at] as JsonObject, update, list.place);
  }
  return {
    elements: orderElements(elements, { wanted: updates, before: kept, keyOf }),
    // The API server deletes and appends in place, so new elements stand where deleted ones made room.
    before: elements.slice(0, old.length),
  };
}

interface KeyedPlace {
  readonly mergeKey: string;
  readonly place: Place;
}

interface Directed {
  readonly kept: readonly JsonObject[];
  readonly updates: readonly JsonObject[];
  readonly isReplaced: boolean;
}

/** Takes the elements that are directives out of a patch: which are deleted, whether the list is replaced. */
function directedElements(old: readonly JsonObject[], change: readonly JsonObject[], list: KeyedPlace): Directed {
  const deleted = new Set<unknown>();
  let isReplaced = false;
  for (const element of change) {
    const directive = ownField(element, patchDirective);
    if (directive === undefined) continue;
    if (directive === 'replace') isReplaced = true;
    else if (directive !== 'delete') throw unknownDirective(directive, list.place.path);
    else {
      requireKeys([element], list);
      deleted.add(element[list.mergeKey]);
    }
  }
  return {
    kept: old.filter((element) => !deleted.has(keyIn(list.mergeKey)(element))),
    updates: change.filter((element) => !isMarked(element)),
    isReplaced,
  };
}

function requireKeys(elements: readonly unknown[], { mergeKey, place }: KeyedPlace): void {
  if (!elements.every((element) => isJsonObject(element) && Object.hasOwn(element, mergeKey)))
    throw new PatchError(500, place.path, `an element lacks the merge key ${mergeKey}`);
}

/** Merges the lists whose order the patch gives; returns the fields that are thereby done. */
function mergeOrderedLists(fields: Fields, patch: JsonObject, place: Place): ReadonlySet<string> {
  const done = new Set<string>();
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(elementOrderPrefix)) continue;
    const field = fieldBehind(key, elementOrderPrefix, place);
    const path = join(place.path, field);
    if (!Array.isArray(order)) throw new PatchError(400, path, `${elementOrderPrefix} is a list`);
    mergeOrderedList(fields, { field, order, change: ownField(patch, field) }, { type: place.type, path });
    done.add(field);
  }
  return done;
}

interface OrderedChange {
  readonly field: string;
  readonly order: readonly unknown[];
  readonly change: unknown;
}

function mergeOrderedList(fields: Fields, { field, order, change }: OrderedChange, place: Place): void {
  const facts = mergeFieldOf(place.type, field);
  const list: ListPlace = { mergeKey: facts?.mergeKey, place: { type: facts?.type, path: place.path } };
  const old = fields.get(field);
  for (const value of [old, change])
    if (value !== undefined && !Array.isArray(value)) throw new PatchError(500, place.path, 'only a list has an order');
  if (old === undefined && change === undefined) return;
  const keyOf = list.mergeKey === undefined ? itself : keyIn(list.mergeKey);
  checkOrder(asList(change), order, { keyOf, path: place.path });
  const merged = mergeOrReplace(old, change, { facts, list });
  if (list.mergeKey !== undefined)
    requireKeys([...merged.elements, ...order], { mergeKey: list.mergeKey, place: list.place });
  fields.set(field, orderElements(merged.elements, { wanted: order, before: merged.before, keyOf }));
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function mergeOrReplace(
  old: unknown,
  change: unknown,
  { facts, list }: { readonly facts: MergeField | undefined; readonly list: ListPlace },
): MergedList {
  if (change === undefined) return { elements: asList(old), before: asList(old) };
  if (old === undefined) return { elements: asList(plain(withoutMarked(change))), before: [] };
  if (!facts?.strategy?.includes('merge')) return { elements: asList(plain(change)), before: asList(old) };
  return mergeList(asList(old), asList(change), list);
}

/** Elements of the patch must occur in the explicit order, in that order; directives other than deletions before its end. */
function checkOrder(
  change: readonly unknown[],
  order: readonly unknown[],
  { keyOf, path }: { readonly keyOf: KeyOf; readonly path: string },
): void {
  if (order.length === 0) return;
  let at = 0;
  for (const element of change) {
    const directive = isJsonObject(element) ? ownField(element, patchDirective) : undefined;
    if (directive === 'delete') continue;
    const isPlain = directive === undefined;
    const found = isPlain ? order.findIndex((other, index) => index >= at && keyOf(other) === keyOf(element)) : at;
    if (found < 0 || found >= order.length)
      throw new PatchError(500, path, `the list does not follow its ${elementOrderPrefix}`);
    at = isPlain ? found + 1 : at;
  }
}

function deleteFromList(fields: Fields, [key, values]: readonly [string, unknown], place: Place): void {
  const field = fieldBehind(key, deleteFromListPrefix, place);
  const old = fields.get(field);
  if (values === null) fields.delete(field);
  if (!Array.isArray(old) || !Array.isArray(values)) return;
  if ([...old, ...values].some(isJsonObject))
    throw new PatchError(500, join(place.path, field), `${deleteFromListPrefix} is for lists of scalars`);
  fields.set(
    field,
    old.filter((element) => !values.includes(element)),
  );
}

function fieldBehind(key: string, prefix: string, place: Place): string {
  if (!key.startsWith(`${prefix}/`))
    throw new PatchError(400, join(place.path, key), `${prefix}/ is followed by a name`);
  return key.slice(prefix.length + 1);
}

function join(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}
