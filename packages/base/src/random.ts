/** A source of randomness; the core never asks the machine directly, so that a seed replays a run. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
}

/** A whole number in [0, bound). */
export function randomInteger(random: Random, bound: number): number {
  return Math.floor(random.next() * bound);
}

/** `value` moved by up to `fraction` of itself in either direction. */
export function jittered(random: Random, value: number, fraction: number): number {
  return value * (1 + (random.next() * 2 - 1) * fraction);
}

/** A small deterministic generator (mulberry32). Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next(): number {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}
