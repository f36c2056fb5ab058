import { setTimeout as sleep } from 'node:timers/promises';

/** Looks until there is an answer. Rejects after the time, in seconds, with what was waited for as it is known then. */
export async function waitUntil<T>(
  what: string | (() => string),
  look: () => T | undefined | Promise<T | undefined>,
  options: { readonly seconds?: number; readonly every?: number } = {},
): Promise<T> {
  const { seconds = 60, every = 10 } = options;
  const end = performance.now() + seconds * 1_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end)
      throw new Error(`waited ${seconds} s in vain for ${typeof what === 'string' ? what : what()}`);
    await sleep(every);
  }
}
