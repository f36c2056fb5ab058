/** Repeatable choices: the same seed records the same requests. */

/** A source of choices. */
export interface Choices {
  /** A whole number from 0 up to, not including, the limit. */
  below(limit: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Some of the elements, in their order. */
  some<T>(list: readonly T[], probability?: number): readonly T[];
  shuffled<T>(list: readonly T[]): readonly T[];
}

/** Choices from a seed (the generator is mulberry32). */
export function choicesFrom(seed: number): Choices {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const chance = (probability: number): boolean => next() < probability;
  return {
    below,
    chance,
    pick: <T>(list: readonly T[]): T => {
      const value = list[below(list.length)];
      if (value === undefined) throw new RangeError('there is nothing to pick from');
      return value;
    },
    some: (list, probability = 0.5) => list.filter(() => chance(probability)),
    shuffled: (list) =>
      list
        .map((value) => ({ value, at: next() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ value }) => value),
  };
}
