/** Received bytes on their way to one reader. */
export interface ByteQueue extends AsyncIterable<Uint8Array> {
  push(chunk: Uint8Array): void;
  /** The sender is done: the reader gets what is left, then the end. */
  end(): void;
  /** Nobody wants these bytes any more: drops what waits and all that follows, and ends the reader. */
  discard(): void;
}

/** Called with the cost of chunks as they come (positive) and go (negative). */
export type CostListener = (change: number) => void;

/** What a waiting chunk costs beside its bytes, so that a flood of tiny chunks counts for what it really takes. */
const chunkOverhead = 256;

const finished: IteratorResult<Uint8Array> = { done: true, value: undefined };

function costOf(chunk: Uint8Array): number {
  return chunk.length + chunkOverhead;
}

/** Makes a {@link ByteQueue} for one reader. */
export function byteQueue(onCost: CostListener): ByteQueue {
  let chunks: Uint8Array[] = [];
  let cost = 0;
  let ended = false;
  let wake: ((result: IteratorResult<Uint8Array>) => void) | undefined;

  const change = (by: number): void => {
    cost += by;
    onCost(by);
  };
  const hand = (result: IteratorResult<Uint8Array>): boolean => {
    if (!wake) return false;
    const waiting = wake;
    wake = undefined;
    waiting(result);
    return true;
  };
  const end = (): void => {
    ended = true;
    hand(finished);
  };
  const discard = (): void => {
    chunks = [];
    if (cost > 0) change(-cost);
    end();
  };
  const next = (): Promise<IteratorResult<Uint8Array>> => {
    const chunk = chunks.shift();
    if (chunk) {
      change(-costOf(chunk));
      return Promise.resolve({ done: false, value: chunk });
    }
    if (ended) return Promise.resolve(finished);
    return new Promise((resolve) => {
      wake = resolve;
    });
  };
  const stop = (): Promise<IteratorResult<Uint8Array>> => {
    discard();
    return Promise.resolve(finished);
  };

  return {
    push(chunk) {
      if (ended || chunk.length === 0 || hand({ done: false, value: chunk })) return;
      chunks.push(chunk);
      change(costOf(chunk));
    },
    end,
    discard,
    [Symbol.asyncIterator]: () => ({ next, return: stop }),
  };
}
