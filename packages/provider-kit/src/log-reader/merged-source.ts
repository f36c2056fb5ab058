import { deferred } from '@virtual-kubelet/base';
import type { LogPiece } from './log-piece.js';
import type { LogReading } from './log-flow.js';
import { flowOf } from './log-flow.js';
import type { LinesSource, LogFlow, LogSource } from './log-source.js';

type Pieces = readonly LogPiece[];

/** A line's pieces are held until it ends, so that lines of different sources do not run into each other, up to this many bytes. */
const longestHeld = 64 * 1024;

/** Whole lines out of pieces, and parts of those too long to hold. */
async function* wholeLines(pieces: AsyncIterable<Pieces>): AsyncGenerator<Pieces> {
  let held: LogPiece[] = [];
  let size = 0;
  for await (const some of pieces) {
    const end = some.findLastIndex((piece) => piece.ends);
    const rest = some.slice(end + 1);
    size = (end < 0 ? size : 0) + rest.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (end >= 0) yield [...held, ...some.slice(0, end + 1)];
    held = end >= 0 ? rest : [...held, ...rest];
    if (size <= longestHeld) continue;
    yield held;
    held = [];
    size = 0;
  }
  if (held.length > 0) yield held;
}

async function* oneAfterTheOther(parts: readonly AsyncIterable<Pieces>[]): AsyncGenerator<Pieces> {
  for (const part of parts) yield* endLine(part);
}

/** Ends the last line: what follows is another source's. */
async function* endLine(pieces: AsyncIterable<Pieces>): AsyncGenerator<Pieces> {
  let last: LogPiece | undefined;
  for await (const some of pieces) {
    last = some.at(-1) ?? last;
    yield some;
  }
  if (last?.ends === false) yield [{ ...last, bytes: new Uint8Array(0), ends: true }];
}

interface Hand {
  readonly lines: AsyncIterator<Pieces>;
  next: Promise<{ readonly hand: Hand; readonly result: IteratorResult<Pieces> }>;
}

function ask(hand: Hand): Hand['next'] {
  return hand.lines.next().then((result) => ({ hand, result }));
}

/** As they arrive; every source is asked for one more only after its last was taken. `stop` ends those still waiting. */
async function* asTheyArrive(parts: readonly AsyncIterable<Pieces>[], stop: AbortController): AsyncGenerator<Pieces> {
  const never = deferred<Awaited<Hand['next']>>().promise;
  const hands = new Set(parts.map((part): Hand => ({ lines: wholeLines(part)[Symbol.asyncIterator](), next: never })));
  for (const hand of hands) hand.next = ask(hand);
  try {
    while (hands.size > 0) {
      const { hand, result } = await Promise.race([...hands].map(({ next }) => next));
      if (result.done === true) hands.delete(hand);
      else {
        hand.next = ask(hand);
        yield result.value;
      }
    }
  } finally {
    for (const { next } of hands) next.catch(() => undefined);
    stop.abort();
    await Promise.allSettled([...hands].map(async ({ lines }) => await lines.return?.(undefined)));
  }
}

/**
 * One log out of several that a platform keeps apart, as stdout and stderr. What is there comes one source after the
 * other, what comes as it arrives; lines stay whole.
 */
export function mergedSource(sources: readonly LogSource[], reading: Omit<LogReading, 'signal'>): LinesSource {
  return {
    kind: 'lines',
    open(request, signal): LogFlow<Pieces> {
      const stop = new AbortController();
      const both = AbortSignal.any([signal, stop.signal]);
      const flows = sources.map((source) => flowOf(source, request, { ...reading, signal: both }));
      const lives = flows.flatMap(({ live }) => live ?? []);
      const history = oneAfterTheOther(flows.map((flow) => flow.history));
      return lives.length === 0 ? { history } : { history, live: asTheyArrive(lives, stop) };
    },
  };
}
