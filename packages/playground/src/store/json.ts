/** Reading and changing JSON trees without ever touching the original: objects of the store are shared. */

/** An object of JSON. Keys may be anything, `__proto__` included, so read it with {@link field}. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a value is an object of JSON, not a list and not null. */
export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of an own field; undefined where `value` is no object or has no such field. */
export function field(value: unknown, name: string): unknown {
  return isJson(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The value at the end of a path of field names. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const name of path) current = field(current, name);
  return current;
}

/** A text field; the empty string where it is missing or no text, as Go has it. */
export function text(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** A number field; undefined where it is missing or no number. */
export function number(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

/** An object field; empty where it is missing. */
export function json(value: unknown, ...path: readonly string[]): Json {
  const found = at(value, ...path);
  return isJson(found) ? found : {};
}

/** A list field; empty where it is missing. */
export function list(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** A list of texts; elements of other types are left out. */
export function texts(value: unknown, ...path: readonly string[]): readonly string[] {
  return list(value, ...path).filter((element) => typeof element === 'string');
}

/** A copy with fields set, or removed where their value is undefined. Only enumerable own fields of `changes` count. */
export function change(object: Json, changes: Json): Json {
  const made: Record<string, unknown> = {};
  for (const name of Object.keys(object)) if (!Object.hasOwn(changes, name)) set(made, name, object[name]);
  for (const name of Object.keys(changes)) if (changes[name] !== undefined) set(made, name, changes[name]);
  return made;
}

/** Assignment to this one name would change the prototype. */
function set(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
  else object[name] = value;
}

/** A copy in which the value at the end of a path is set, or removed where it is undefined. */
export function changeAt(object: Json, path: readonly string[], value: unknown): Json {
  const [name, ...rest] = path;
  if (name === undefined) return object;
  if (rest.length === 0) return change(object, { [name]: value });
  return change(object, { [name]: changeAt(json(object, name), rest, value) });
}

/** A copy whose missing fields (undefined or null) are filled from `defaults`. */
export function withDefaults(object: Json, defaults: Json): Json {
  const missing = Object.entries(defaults).filter(([name]) => {
    const value = field(object, name);
    return value === undefined || value === null;
  });
  return missing.length === 0 ? object : change(object, Object.fromEntries(missing));
}

/** A copy of the object whose elements of a list field were mapped; the same object where it has no such list. */
export function mapList(object: Json, name: string, map: (element: Json) => Json): Json {
  const found = field(object, name);
  if (!Array.isArray(found)) return object;
  return change(object, { [name]: found.map((element) => (isJson(element) ? map(element) : element)) });
}
