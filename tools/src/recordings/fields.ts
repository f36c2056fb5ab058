/** Descriptions of objects from which random states and random strategic merge patches are made. */
import type { Choices } from './random.js';
import type { Json } from './server.js';

/**
 * What a field may hold. Objects are complete so that the API server has nothing to fill in; `keep` marks what it
 * would fill in again after a removal.
 */
export type Field =
  | { readonly is: 'scalar'; readonly values: readonly unknown[]; readonly optional?: true; readonly keep?: true }
  | { readonly is: 'map'; readonly keys: readonly string[]; readonly values: readonly unknown[] }
  | { readonly is: 'object'; readonly fields: Fields; readonly optional?: true; readonly keep?: true }
  /** Exactly one of several objects, as the source of a volume. */
  | { readonly is: 'oneOf'; readonly fields: Fields }
  | { readonly is: 'list'; readonly element: Field; readonly atLeast?: number }
  | {
      readonly is: 'keyed';
      readonly key: string;
      readonly keys: readonly unknown[];
      readonly fields: Fields;
      readonly atLeast?: number;
    }
  | { readonly is: 'set'; readonly values: readonly unknown[] };

/** Fields by name; a `oneOf` is written under the name `*` and spreads into its object. */
export type Fields = Readonly<Record<string, Field>>;

/** A random state of an object. */
export function randomObject(choices: Choices, fields: Fields): Json {
  const entries: (readonly [string, unknown])[] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (field.is === 'oneOf') entries.push(randomMember(choices, field.fields));
    else if (isLeftOut(choices, field)) continue;
    else entries.push([name, randomValue(choices, field)]);
  }
  return Object.fromEntries(entries);
}

function randomMember(choices: Choices, fields: Fields): readonly [string, unknown] {
  const [name, field] = choices.pick(Object.entries(fields));
  return [name, randomValue(choices, field)];
}

function isLeftOut(choices: Choices, field: Field): boolean {
  if (field.is === 'scalar' || field.is === 'object') return field.optional === true && choices.chance(0.4);
  return !('atLeast' in field) && choices.chance(0.3);
}

function randomValue(choices: Choices, field: Field): unknown {
  switch (field.is) {
    case 'scalar':
      return choices.pick(field.values);
    case 'map':
      return Object.fromEntries(choices.some(field.keys).map((key) => [key, choices.pick(field.values)]));
    case 'object':
      return randomObject(choices, field.fields);
    case 'oneOf':
      return Object.fromEntries([randomMember(choices, field.fields)]);
    case 'list':
      return Array.from({ length: (field.atLeast ?? 0) + choices.below(3) }, () => randomValue(choices, field.element));
    case 'set':
      return choices.shuffled(choices.some(field.values));
    case 'keyed':
      return randomKeys(choices, field).map((key) => ({ [field.key]: key, ...randomObject(choices, field.fields) }));
  }
}

type Keyed = Field & { readonly is: 'keyed' };
type ScalarSet = Field & { readonly is: 'set' };

function randomKeys(choices: Choices, field: Keyed): readonly unknown[] {
  const keys = choices.shuffled(field.keys);
  return keys.slice(0, Math.max(field.atLeast ?? 0, choices.below(keys.length + 1)));
}

/** A random strategic merge patch, mostly sensible, sometimes one that has to be refused. */
export function randomPatch(choices: Choices, fields: Fields): Json {
  if (choices.chance(0.01)) return { $patch: choices.pick(['delete', 'merge', 'replace', 'nonsense']) };
  const entries: (readonly [string, unknown])[] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (choices.chance(0.5)) continue;
    if (field.is === 'oneOf') entries.push(...patchMembers(choices, field.fields));
    else entries.push(...patchField(choices, name, field));
  }
  const patch = Object.fromEntries(entries);
  return choices.chance(0.03) ? { ...patch, $retainKeys: choices.some(Object.keys(fields), 0.8) } : patch;
}

type Entries = readonly (readonly [string, unknown])[];

function patchMembers(choices: Choices, fields: Fields): Entries {
  const [name, value] = randomMember(choices, fields);
  const others = Object.keys(fields).filter((other) => other !== name);
  if (choices.chance(0.5)) return [[name, value], ...others.map((other) => [other, null] as const)];
  return [
    [name, value],
    ['$retainKeys', [name, 'name']],
  ];
}

function patchField(choices: Choices, name: string, field: Field): Entries {
  if (!('keep' in field) && choices.chance(0.1)) return [[name, null]];
  switch (field.is) {
    case 'scalar':
    case 'list':
      return [[name, randomValue(choices, field)]];
    case 'map':
      return [[name, patchMap(choices, field.keys, field.values)]];
    case 'object':
      return [[name, randomPatch(choices, field.fields)]];
    case 'oneOf':
      return [];
    case 'set':
      return patchSet(choices, name, field);
    case 'keyed':
      return patchKeyed(choices, name, field);
  }
}

function patchMap(choices: Choices, keys: readonly string[], values: readonly unknown[]): Json {
  const changes = choices.some(keys).map((key) => [key, choices.chance(0.3) ? null : choices.pick(values)] as const);
  const present = changes.filter(([, value]) => value !== null);
  if (choices.chance(0.1)) return { $patch: 'replace', ...Object.fromEntries(present) };
  return choices.chance(0.05) ? { $patch: 'delete' } : Object.fromEntries(changes);
}

function patchSet(choices: Choices, name: string, { values }: ScalarSet): Entries {
  const added = choices.shuffled(choices.some(values));
  const removed = choices.some(values.filter((value) => !added.includes(value)));
  const order = choices.shuffled(choices.some(values));
  return [
    ...(added.length > 0 ? [[name, added] as const] : []),
    ...(removed.length > 0 ? [[`$deleteFromPrimitiveList/${name}`, removed] as const] : []),
    ...(choices.chance(0.4) ? [[`$setElementOrder/${name}`, consistentOrder(added, order)] as const] : []),
  ];
}

/** All of the patch's keys in its order, with others in between. */
function consistentOrder(own: readonly unknown[], others: readonly unknown[]): readonly unknown[] {
  const order = [...own];
  for (const [index, other] of others.entries()) if (!order.includes(other)) order.splice(index, 0, other);
  return order;
}

function patchKeyed(choices: Choices, name: string, field: Keyed): Entries {
  const elements = choices.shuffled(choices.some(field.keys)).map((key) => patchElement(choices, field, key));
  const kept = elements.filter((element) => !('$patch' in element)).map((element) => element[field.key]);
  const order = choices.chance(0.05)
    ? choices.shuffled(field.keys)
    : consistentOrder(kept, choices.chance(0.4) ? [] : choices.shuffled(choices.some(field.keys)));
  const replace = choices.chance(0.1) ? [{ $patch: 'replace' }] : [];
  const broken = choices.chance(0.02)
    ? [choices.pick<Json>([{ image: 'x' }, { $patch: 'delete' }, { [field.key]: 'z', $patch: 'nonsense' }])]
    : [];
  return [
    [name, [...replace, ...elements, ...broken]],
    ...(choices.chance(0.4) ? [[`$setElementOrder/${name}`, order.map((key) => ({ [field.key]: key }))] as const] : []),
  ];
}

function patchElement(choices: Choices, field: Keyed, key: unknown): Json {
  if (choices.chance(0.25)) return { $patch: 'delete', [field.key]: key };
  const isWhole = choices.chance(0.5);
  return { [field.key]: key, ...(isWhole ? randomObject(choices, field.fields) : randomPatch(choices, field.fields)) };
}
