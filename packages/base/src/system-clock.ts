import type { Clock, Deadline } from './clock.js';
import { longestDelay, timeoutError } from './clock.js';

function clamp(ms: number): number {
  return Math.min(Math.max(ms, 0), longestDelay);
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, clamp(ms));
    signal?.addEventListener('abort', stop, { once: true });
  });
}

function deadline(ms: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  const end = (reason: unknown): void => {
    release();
    controller.abort(reason);
  };
  const follow = (): void => end(parent?.reason);
  const timer = setTimeout(() => end(timeoutError(ms)), clamp(ms));
  const release = (): void => {
    clearTimeout(timer);
    parent?.removeEventListener('abort', follow);
  };
  if (parent?.aborted) follow();
  else parent?.addEventListener('abort', follow, { once: true });
  return { signal: controller.signal, release };
}

/** The machine's clock and timers. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  sleep,
  deadline,
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};
