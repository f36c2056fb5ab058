import { randomUUID } from 'node:crypto';
import type { Ids } from './ids.js';
import type { Random } from './random.js';

/** The engine's generator: good enough for jitter, not for secrets. */
export const systemRandom: Random = { next: () => Math.random() };

/** UUIDs from the operating system's randomness. */
export const systemIds: Ids = { uuid: () => randomUUID() };
