import type { LogPiece } from './log-piece.js';

/** Keeps the last lines of what passes. */
export interface TailBuffer {
  push(pieces: readonly LogPiece[]): void;
  /** What was kept, in order. */
  pieces(): readonly LogPiece[];
}

interface Line {
  readonly pieces: LogPiece[];
  size: number;
}

/**
 * Makes a buffer of the last `count` lines; a line not ended yet counts as one.
 * @param most bytes held at once; with more, earlier lines are let go, so that a tail is never the end of the process
 */
export function tailBuffer(count: number, most: number = 64 * 1024 * 1024): TailBuffer {
  let lines: Line[] = [];
  let first = 0;
  let size = 0;
  let inLine = false;

  const dropFirst = (): void => {
    size -= lines[first]?.size ?? 0;
    first += 1;
    // The array is cut seldom, so that each line is moved about once.
    if (first > 1_024 && first * 2 > lines.length) {
      lines = lines.slice(first);
      first = 0;
    }
  };

  const isTooMuch = (held: number): boolean => held > count || (held > 1 && size > most);

  const add = (piece: LogPiece): void => {
    const line = inLine ? lines.at(-1) : undefined;
    if (line) line.pieces.push(piece);
    else lines.push({ pieces: [piece], size: 0 });
    const last = lines.at(-1);
    if (last) last.size += piece.bytes.length;
    size += piece.bytes.length;
    inLine = !piece.ends;
    while (isTooMuch(lines.length - first)) dropFirst();
  };

  return {
    push(pieces) {
      if (count > 0) pieces.forEach(add);
    },
    pieces: () => lines.slice(first).flatMap((line) => line.pieces),
  };
}

/** Counts lines, the one not ended included. */
export function lineCounter(): { push(pieces: readonly LogPiece[]): void; readonly lines: number } {
  let ended = 0;
  let inLine = false;
  return {
    push(pieces) {
      for (const { ends } of pieces) {
        if (ends) ended += 1;
        inLine = !ends;
      }
    },
    get lines() {
      return ended + (inLine ? 1 : 0);
    },
  };
}

/** Lets the first lines pass by and gives the rest. */
export function lineSkipper(count: number): (pieces: readonly LogPiece[]) => readonly LogPiece[] {
  let left = count;
  return (pieces) => {
    if (left === 0) return pieces;
    let at = 0;
    for (; at < pieces.length && left > 0; at += 1) if (pieces[at]?.ends === true) left -= 1;
    return pieces.slice(at);
  };
}

/** The last lines of a history; all of it without a count. */
export async function* tailed(
  history: AsyncIterable<readonly LogPiece[]>,
  count: number | undefined,
): AsyncGenerator<readonly LogPiece[]> {
  if (count === undefined) return yield* history;
  const buffer = tailBuffer(count);
  for await (const pieces of history) buffer.push(pieces);
  yield buffer.pieces();
}
