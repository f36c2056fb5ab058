/** Text by key, where users choose the keys: `constructor` and `__proto__` are keys like any other. */

/** Labels, annotations, resource amounts. */
export type Dictionary = Readonly<Record<string, string>>;

/** The value of a key, never something inherited. */
export function valueAt(dictionary: Dictionary | undefined, key: string): string | undefined {
  return dictionary !== undefined && Object.hasOwn(dictionary, key) ? dictionary[key] : undefined;
}

/** All entries; of equal keys the last wins. */
export function merged(...dictionaries: readonly (Dictionary | undefined)[]): Dictionary {
  return Object.fromEntries(dictionaries.flatMap((each) => Object.entries(each ?? {})));
}

/** Without the keys the test names. */
export function without(dictionary: Dictionary, isDropped: (key: string) => boolean): Dictionary {
  return Object.fromEntries(Object.entries(dictionary).filter(([key]) => !isDropped(key)));
}

/**
 * The merge patch that gives `seen` the entries of `wanted` and takes the `stale` keys away; undefined when nothing differs.
 * Keys that are in neither belong to others.
 */
export function dictionaryPatch(
  seen: Dictionary | undefined,
  wanted: Dictionary,
  stale: Iterable<string> = [],
): Readonly<Record<string, string | null>> | undefined {
  const changes: [string, string | null][] = Object.entries(wanted).filter(
    ([key, value]) => valueAt(seen, key) !== value,
  );
  for (const key of stale) {
    const isLeftOver = !Object.hasOwn(wanted, key) && valueAt(seen, key) !== undefined;
    if (isLeftOver) changes.push([key, null]);
  }
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}
