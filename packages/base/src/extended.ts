/**
 * A copy of a value with fields that it may lack. Not `{ ...value, added }`: where a literal begins with a spread and goes on with
 * a new field, the V8 of Node.js 20 gives each object a hidden class of its own, which costs a kilobyte and makes each later look
 * at it a slow one. A literal that begins with a field of its own, `{ added, ...value }`, is not concerned.
 */
export function extended<T extends object, M extends object>(value: T, more: M): Omit<T, keyof M> & M {
  return Object.assign({}, value, more);
}
