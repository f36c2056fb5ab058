/** Values on their way to one reader. */
export interface ItemQueue<T> extends AsyncIterable<T> {
  push(item: T): void;
  /** The reader gets what is left, then the end. */
  end(): void;
}

/** Makes an {@link ItemQueue} that keeps the newest `most` values for a reader that is late. */
export function itemQueue<T>(most: number): ItemQueue<T> {
  const items: T[] = [];
  let ended = false;
  let wake: ((result: IteratorResult<T>) => void) | undefined;

  const settle = (result: IteratorResult<T>): boolean => {
    const waiting = wake;
    wake = undefined;
    waiting?.(result);
    return waiting !== undefined;
  };
  const end = (): void => {
    ended = true;
    settle({ done: true, value: undefined });
  };
  const next = (): Promise<IteratorResult<T>> => {
    const [item] = items;
    if (items.length > 0) {
      items.shift();
      return Promise.resolve({ done: false, value: item as T });
    }
    if (ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      wake = resolve;
    });
  };
  return {
    push(item) {
      if (ended || settle({ done: false, value: item })) return;
      items.push(item);
      if (items.length > most) items.shift();
    },
    end,
    [Symbol.asyncIterator]: () => ({
      next,
      return: () => {
        items.length = 0;
        end();
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}
