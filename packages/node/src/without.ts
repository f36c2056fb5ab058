/**
 * A copy of a value without some of its fields. Not `const { a, ...rest }`: V8 gives each object made that way a hidden
 * class of its own, which costs kilobytes for every pod and makes each later look at it a slow one.
 */
export function without<T extends object, K extends keyof T & string>(value: T, ...names: readonly K[]): Omit<T, K> {
  const left: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (!(names as readonly string[]).includes(name) && name !== '__proto__') left[name] = member;
  }
  return left as Omit<T, K>;
}
