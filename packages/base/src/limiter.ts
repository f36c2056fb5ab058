/** Bounds how many tasks run at the same time; the rest wait in order. */
export interface Limiter {
  /** Runs the task when a place is free. A signal that aborts while waiting rejects with its reason. */
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Tasks running now. */
  readonly running: number;
  /** Tasks waiting for a place. */
  readonly waiting: number;
}

/** Makes a {@link Limiter} with `most` places. */
export function limiter(most: number): Limiter {
  let running = 0;
  const waiting = new Set<() => void>();
  const release = (): void => {
    running -= 1;
    const [next] = waiting;
    if (!next) return;
    waiting.delete(next);
    next();
  };
  const enter = (signal?: AbortSignal): Promise<void> => {
    if (running < most) {
      running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        waiting.delete(go);
        reject(signal?.reason);
      };
      const go = (): void => {
        signal?.removeEventListener('abort', stop);
        running += 1;
        resolve();
      };
      waiting.add(go);
      signal?.addEventListener('abort', stop, { once: true });
    });
  };
  return {
    async run(task, signal) {
      signal?.throwIfAborted();
      await enter(signal);
      try {
        return await task();
      } finally {
        release();
      }
    },
    get running() {
      return running;
    },
    get waiting() {
      return waiting.size;
    },
  };
}
