import type { Random } from './random.js';

/** Shape of growing delays between attempts. */
export interface BackoffOptions {
  /** Delay after the first failure, milliseconds. */
  readonly first: number;
  /** Largest delay, milliseconds. */
  readonly most: number;
  /** Growth per failure. @default 2 */
  readonly factor?: number;
  /** Share of the delay that is random, 0 to 1: the result lies in [delay*(1-jitter), delay]. @default 0.2 */
  readonly jitter?: number;
}

/** Delay before the next attempt after `failures` failures in a row (1 or more), milliseconds. */
export function backoffDelay(options: BackoffOptions, failures: number, random: Random): number {
  const { first, most, factor = 2, jitter = 0.2 } = options;
  const grown = first * factor ** Math.min(Math.max(failures - 1, 0), 64);
  const delay = Math.min(grown, most);
  return delay * (1 - jitter * random.next());
}
