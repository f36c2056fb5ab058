/** JSON values as patches handle them. Keys may be any text, `__proto__` too, so they are never assigned plainly. */

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object: not null, not a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own field of that name, never an inherited one. */
export function ownField(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** An object with exactly these fields; unlike assignment this makes `__proto__` an ordinary field. */
export function objectOf(fields: Iterable<readonly [string, unknown]>): JsonObject {
  return Object.fromEntries(fields);
}
