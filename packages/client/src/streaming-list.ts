import { ApiError } from './api-error.js';
import type { ApiObject } from './api.js';
import type { CompleteList } from './list.js';
import { watch } from './watch.js';
import type { WatchOptions } from './watch.js';
import type { WatchEvent } from './watch-event.js';

/** A whole selection, and the same watch going on from there. */
export interface StreamedList<T> extends CompleteList<T> {
  readonly events: AsyncGenerator<WatchEvent<T>, void>;
}

/** How to read a selection as a stream. */
export type StreamingListOptions<T extends ApiObject> = Omit<WatchOptions<T>, 'resourceVersion' | 'sendInitialEvents'>;

/** Milliseconds for all initial events; servers that do not know the parameter never send the end. */
const endLimit = 30_000;

/** Servers without streaming lists refuse the parameter (k8s.io/apimachinery:pkg/apis/meta/internalversion/validation). */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 400 || error.status === 422);
}

/** Collects events until the bookmark at the end of the initial ones; undefined where a plain bookmark comes first. */
async function collect<T extends ApiObject>(
  events: AsyncGenerator<WatchEvent<T>, void>,
): Promise<CompleteList<T> | undefined> {
  const found = new Map<string, T>();
  for (;;) {
    const { done, value: event } = await events.next();
    if (done) throw new Error('the stream ended before the list was complete');
    if (event.type === 'ERROR') throw event.error;
    if (event.type === 'BOOKMARK')
      return event.isInitialEnd ? { items: [...found.values()], resourceVersion: event.resourceVersion } : undefined;
    const uid = event.object.metadata?.uid ?? '';
    if (event.type === 'DELETED') found.delete(uid);
    else found.set(uid, event.object);
  }
}

/** The same events; lets go of the signal when they end. */
async function* until<T>(events: AsyncGenerator<T, void>, letGo: () => void): AsyncGenerator<T, void> {
  try {
    yield* events;
  } finally {
    letGo();
  }
}

/**
 * Reads a selection as a watch that begins with everything: one object at a time, in the order of arrival. Undefined
 * when the server does not know how; nothing is kept of a stream that did not come to its end.
 */
export async function listAsStream<T extends ApiObject>(
  options: StreamingListOptions<T>,
): Promise<StreamedList<T> | undefined> {
  const { signal, clock } = options;
  signal.throwIfAborted();
  const life = new AbortController();
  const follow = (): void => life.abort(signal.reason);
  signal.addEventListener('abort', follow, { once: true });
  const letGo = (): void => signal.removeEventListener('abort', follow);
  const late = clock.deadline(endLimit, life.signal);
  late.signal.addEventListener('abort', () => life.abort(late.signal.reason), { once: true });
  const events = watch({ ...options, signal: life.signal, sendInitialEvents: true });
  try {
    const list = await collect(events);
    if (list) return { ...list, events: until(events, letGo) };
    await events.return();
  } catch (error) {
    if (signal.aborted || !(isRefusal(error) || life.signal.aborted)) throw error;
  } finally {
    late.release();
  }
  letGo();
  return undefined;
}
