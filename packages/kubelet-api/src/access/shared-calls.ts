import { untilAborted } from '@virtual-kubelet/base';

/** Makes calls for the same thing at the same time one call. */
export type SharedCalls<T> = (key: string, signal: AbortSignal, call: () => Promise<T>) => Promise<T>;

/**
 * Makes a {@link SharedCalls}. The first asker's call counts for all who ask while it goes on, its failure as well; only when
 * it ended because that asker gave up, the others ask anew, again together.
 */
export function sharedCalls<T>(): SharedCalls<T> {
  const flights = new Map<string, { readonly result: Promise<T>; readonly asker: AbortSignal }>();
  const share: SharedCalls<T> = async (key, signal, call) => {
    const flying = flights.get(key);
    if (!flying) {
      const result = call().finally(() => flights.delete(key));
      flights.set(key, { result, asker: signal });
      return result;
    }
    try {
      return await untilAborted(flying.result, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!flying.asker.aborted) throw error;
      return share(key, signal, call);
    }
  };
  return share;
}
