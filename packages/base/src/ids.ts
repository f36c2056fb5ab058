import type { Random } from './random.js';
import { randomInteger } from './random.js';

/** A source of names that nobody else has. */
export interface Ids {
  /** A version 4 UUID in lower case. */
  uuid(): string;
}

const hex = '0123456789abcdef';

/** UUIDs drawn from a {@link Random}: reproducible, so only for tests and simulation. */
export function seededIds(random: Random): Ids {
  const digit = (bound: number): string => hex[randomInteger(random, bound)] ?? '0';
  return {
    uuid(): string {
      const at = (i: number): string =>
        i === 12 ? '4' : i === 16 ? (hex[8 + randomInteger(random, 4)] ?? '8') : digit(16);
      const all = Array.from({ length: 32 }, (_, i) => at(i)).join('');
      return [all.slice(0, 8), all.slice(8, 12), all.slice(12, 16), all.slice(16, 20), all.slice(20)].join('-');
    },
  };
}
