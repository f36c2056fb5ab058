import { setMaxListeners } from 'node:events';

/** The life of something long: its signal may have any number of listeners, which Node otherwise takes for a leak. */
export function lifetime(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/**
 * Does a task of many parts that all listen to one signal. They get a signal of their own, which aborts with the given
 * one; that has a single listener, and none any more when the task is over.
 */
export async function branched<T>(signal: AbortSignal, task: (own: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const own = lifetime();
  const follow = (): void => own.abort(signal.reason);
  signal.addEventListener('abort', follow, { once: true });
  try {
    return await task(own.signal);
  } finally {
    signal.removeEventListener('abort', follow);
  }
}
