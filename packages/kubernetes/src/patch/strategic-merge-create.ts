/** Creates the strategic merge patch between two states of an object. */
import { semanticEqual } from '../equality.js';
import { type MergeField, mergeFieldOf } from '../merge-schema.js';
import { isJsonObject, type JsonObject, objectOf, ownField } from './json.js';
import {
  deleteFromListPrefix,
  elementOrderPrefix,
  patchDirective,
  retainKeysDirective,
} from './strategic-merge-words.js';

/** Choices of {@link createStrategicMerge}. */
export interface StrategicMergeOptions {
  /**
   * Names of lists, as `podIPs`, that are sent as a whole where they differ instead of being merged by key. A
   * writer that owns a list needs this when elements it has not seen must go too.
   */
  readonly replaceLists?: readonly string[];
  /** Whether changed lists say the order of their elements. @default true */
  readonly elementOrder?: boolean;
}

interface Context {
  readonly type: string | undefined;
  readonly retainKeys: boolean;
  readonly options: StrategicMergeOptions;
}

type Patch = Map<string, unknown>;

/**
 * The patch that turns `before` into `after`, both of a type of the merge table; empty when they say the same.
 * Null, undefined and an absent or empty list are one, as in the API. What `before` does not have is not
 * touched, so diff against the last state seen to leave the fields and elements of others alone. A list by key
 * that has a key twice or not at all is sent as a whole.
 */
export function createStrategicMerge(
  before: object,
  after: object,
  { type, ...options }: { readonly type: string } & StrategicMergeOptions,
): JsonObject {
  return diffObject(before as JsonObject, after as JsonObject, { type, retainKeys: false, options });
}

function diffObject(before: JsonObject, after: JsonObject, context: Context): JsonObject {
  const patch: Patch = new Map();
  for (const [key, value] of Object.entries(after))
    diffField(patch, { key, old: ownField(before, key), value }, context);
  for (const [key, old] of Object.entries(before))
    if (!isAbsent(old) && isGone(old, ownField(after, key))) patch.set(key, null);
  if (patch.size > 0 && context.retainKeys) patch.set(retainKeysDirective, presentKeys(after).toSorted());
  return objectOf(patch);
}

function isGone(old: unknown, value: unknown): boolean {
  const isEmptyList = Array.isArray(old) && old.length === 0;
  return isAbsent(value) && !isEmptyList;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function presentKeys(object: JsonObject): readonly string[] {
  return Object.keys(object).filter((key) => !isAbsent(object[key]));
}

interface Change {
  readonly key: string;
  readonly old: unknown;
  readonly value: unknown;
}

function diffField(patch: Patch, { key, old, value }: Change, context: Context): void {
  if (isAbsent(value) || semanticEqual(old, value)) return;
  const facts = mergeFieldOf(context.type, key);
  if (isJsonObject(old) && isJsonObject(value)) diffInnerObject(patch, { key, old, value }, { facts, context });
  else if (Array.isArray(old) && Array.isArray(value)) diffInnerList(patch, { key, old, value }, { facts, context });
  else patch.set(key, present(value));
}

interface Inner {
  readonly facts: MergeField | undefined;
  readonly context: Context;
}

type ObjectChange = Change & { readonly old: JsonObject; readonly value: JsonObject };
type ListChange = Change & { readonly old: readonly unknown[]; readonly value: readonly unknown[] };

function diffInnerObject(patch: Patch, { key, old, value }: ObjectChange, { facts, context }: Inner): void {
  if (facts?.strategy?.includes('replace')) {
    patch.set(key, present(value));
    return;
  }
  const inner = diffObject(old, value, {
    type: facts?.type,
    retainKeys: facts?.strategy?.includes('retainKeys') ?? false,
    options: context.options,
  });
  if (Object.keys(inner).length > 0) patch.set(key, inner);
}

function diffInnerList(patch: Patch, change: ListChange, inner: Inner): void {
  const { key, old, value } = change;
  const { facts, context } = inner;
  const isMerged = facts?.strategy?.includes('merge') ?? false;
  const mergeKey = facts?.mergeKey;
  if (isMerged && mergeKey !== undefined && isReplaced(change, mergeKey, context))
    patch.set(key, [{ [patchDirective]: 'replace' }, ...asList(present(value))]);
  else if (!isMerged || old.length === 0) patch.set(key, present(value));
  else if (mergeKey === undefined) diffScalars(patch, change, context);
  else diffElements(patch, change, { ...inner, mergeKey });
}

function isReplaced({ key, old, value }: ListChange, mergeKey: string, { options }: Context): boolean {
  return (
    (options.replaceLists?.includes(key) ?? false) || !hasUniqueKeys(old, mergeKey) || !hasUniqueKeys(value, mergeKey)
  );
}

function hasUniqueKeys(list: readonly unknown[], mergeKey: string): boolean {
  const keys = list.map((element) => (isJsonObject(element) ? ownField(element, mergeKey) : undefined));
  return new Set(keys).size === list.length && !keys.some(isAbsent);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function diffScalars(patch: Patch, { key, old, value }: ListChange, { options }: Context): void {
  const added = value.filter((element) => !old.includes(element));
  const removed = old.filter((element) => !value.includes(element));
  if (added.length > 0) patch.set(key, added);
  if (removed.length > 0) patch.set(`${deleteFromListPrefix}/${key}`, removed);
  if (options.elementOrder !== false && value.length > 0) patch.set(`${elementOrderPrefix}/${key}`, value);
}

/** Both lists consist of objects with distinct keys. */
function diffElements(patch: Patch, change: ListChange, inner: Inner & { readonly mergeKey: string }): void {
  const { mergeKey, facts, context } = inner;
  const [old, value] = [change.old as JsonObject[], change.value as JsonObject[]];
  const unseen = new Map(old.map((element) => [element[mergeKey], element]));
  const elements: unknown[] = [];
  for (const element of value) {
    const before = unseen.get(element[mergeKey]);
    unseen.delete(element[mergeKey]);
    const fields = before === undefined ? present(element) : diffElement(before, element, { facts, context });
    if (!isEmptyObject(fields))
      elements.push({ ...objectOf([[mergeKey, element[mergeKey]]]), ...(fields as JsonObject) });
  }
  for (const gone of unseen.keys())
    elements.push(
      objectOf([
        [patchDirective, 'delete'],
        [mergeKey, gone],
      ]),
    );
  if (elements.length > 0) patch.set(change.key, elements);
  if (context.options.elementOrder === false || value.length === 0) return;
  patch.set(
    `${elementOrderPrefix}/${change.key}`,
    value.map((element) => objectOf([[mergeKey, element[mergeKey]]])),
  );
}

function diffElement(before: JsonObject, after: JsonObject, { facts, context }: Inner): JsonObject {
  const retainKeys = facts?.strategy?.includes('retainKeys') ?? false;
  return diffObject(before, after, { type: facts?.type, retainKeys, options: context.options });
}

function isEmptyObject(value: unknown): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}

/** A value without the nulls and undefineds in its objects, which a patch would take for removals. */
function present(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(present);
  if (!isJsonObject(value)) return value;
  return objectOf(presentKeys(value).map((key) => [key, present(value[key])]));
}
