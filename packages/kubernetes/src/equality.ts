/** Equality of JSON values. */

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Same structure and same scalars; the order of keys does not matter. A missing key differs from `undefined`. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && sameElements(a, b, deepEqual);
  return isObject(a) && isObject(b) && sameFields(a, b);
}

function sameFields(a: Json, b: Json): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) if (!Object.hasOwn(b, key) || !deepEqual(a[key], b[key])) return false;
  return true;
}

function sameElements(
  a: readonly unknown[],
  b: readonly unknown[],
  same: (x: unknown, y: unknown) => boolean,
): boolean {
  return a.length === b.length && a.every((element, index) => same(element, b[index]));
}

/**
 * Equality as the API means it: a field that is missing, undefined, null or an empty list says the same.
 * An empty object does not: `emptyDir: {}` chooses something.
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (saysNothing(a) || saysNothing(b)) return saysNothing(a) && saysNothing(b);
  if (Array.isArray(a)) return Array.isArray(b) && sameElements(a, b, semanticEqual);
  return isObject(a) && isObject(b) && sameMeanings(a, b);
}

function saysNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function sameMeanings(a: Json, b: Json): boolean {
  for (const key of Object.keys(a)) if (!semanticEqual(a[key], own(b, key))) return false;
  for (const key of Object.keys(b)) if (!Object.hasOwn(a, key) && !saysNothing(b[key])) return false;
  return true;
}

/** `toString` and `__proto__` may be keys of users: only own fields count. */
function own(object: Json, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
