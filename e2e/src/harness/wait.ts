import { setTimeout as sleep } from 'node:timers/promises';

/** How long and how loudly to wait. */
export interface WaitOptions {
  /** Milliseconds. @default 60,000 */
  readonly timeout?: number;
  /** Milliseconds between looks. @default 100 */
  readonly interval?: number;
  /** Told every five seconds that it still waits. */
  readonly report?: (line: string) => void;
}

/**
 * Looks again and again until `look` gives something other than undefined, and gives that.
 * A look that throws counts as undefined; what it threw last is the cause of the error when the time is over.
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined>,
  options: WaitOptions = {},
): Promise<T> {
  const { timeout = 60_000, interval = 100 } = options;
  const started = Date.now();
  let lastReport = started;
  let cause: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      if (error instanceof Unrecoverable) throw error;
      cause = error;
    }
    const now = Date.now();
    if (now - started > timeout) throw new Error(`waited ${timeout / 1000} s in vain for ${what}`, { cause });
    if (now - lastReport >= 5000) {
      options.report?.(`waiting for ${what} (${Math.round((now - started) / 1000)} s)`);
      lastReport = now;
    }
    await sleep(interval);
  }
}

/** Thrown by a look when more waiting makes no sense. */
export class Unrecoverable extends Error {
  override readonly name: string = 'Unrecoverable';
}
