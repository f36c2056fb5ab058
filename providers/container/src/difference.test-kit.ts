/** What a change of one field changes in a body, and nothing else. Lists and values count as a whole. */
export function difference(before: object, after: object): object {
  const old = new Map<string, unknown>(Object.entries(before));
  const isPart = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const gone = [...old.keys()].filter((name) => !Object.hasOwn(after, name));
  const changed = Object.entries(after).flatMap(([name, value]: [string, unknown]): [string, unknown][] => {
    const was = old.get(name);
    if (JSON.stringify(was) === JSON.stringify(value)) return [];
    return [[name, isPart(was) && isPart(value) ? difference(was, value) : value]];
  });
  return Object.fromEntries([...gone.map((name): [string, unknown] => [name, undefined]), ...changed]);
}
