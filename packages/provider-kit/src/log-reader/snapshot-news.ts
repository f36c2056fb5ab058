import type { LogPiece } from './log-piece.js';
import type { LogTime } from './log-time.js';

/** Finds in each snapshot what the one before did not have. */
export interface SnapshotNews {
  /** Lines that are new. A last line that has not ended waits for its end. */
  take(snapshot: readonly LogPiece[]): readonly LogPiece[];
  /** Time of the last line, where lines have times. */
  readonly lastTime: LogTime | undefined;
  /** The line that waits, at the end of the log. */
  rest(): readonly LogPiece[];
}

interface Line {
  readonly pieces: readonly LogPiece[];
  /** Time of the line, or of the one before where it has none. */
  readonly time: LogTime | undefined;
}

function linesOf(snapshot: readonly LogPiece[]): {
  readonly lines: readonly Line[];
  readonly rest: readonly LogPiece[];
} {
  const lines: Line[] = [];
  let open: LogPiece[] = [];
  let time: LogTime | undefined;
  for (const piece of snapshot) {
    if (open.length === 0) time = piece.time ?? time;
    open.push(piece);
    if (!piece.ends) continue;
    lines.push({ pieces: open, time });
    open = [];
  }
  return { lines, rest: open };
}

const latin1 = new TextDecoder('latin1');

function textOf(line: Line): string {
  return line.pieces.map(({ bytes }) => latin1.decode(bytes)).join('');
}

/** Length of the longest end of `before` that is a beginning of `now` (Knuth, Morris, Pratt: each line is compared about twice). */
export function overlap(before: readonly string[], now: readonly string[]): number {
  const fallback = [0];
  const longer = (matched: number, text: string | undefined): number => {
    let length = matched;
    while (length > 0 && (length === now.length || now[length] !== text)) length = fallback[length - 1] ?? 0;
    return now[length] === text && text !== undefined ? length + 1 : length;
  };
  for (let i = 1; i < now.length; i += 1) fallback.push(longer(fallback[i - 1] ?? 0, now[i]));
  return before.reduce(longer, 0);
}

/** How many of the first lines were seen: all before the last time, and as many of that time as were seen. */
function seenByTime(lines: readonly Line[], last: LogTime, countAtLast: number): number {
  let left = countAtLast;
  let seen = 0;
  for (const { time = last } of lines) {
    if (time > last || (time === last && left === 0)) break;
    if (time === last) left -= 1;
    seen += 1;
  }
  return seen;
}

function countAt(lines: readonly Line[], time: LogTime): number {
  return lines.filter((line) => line.time === time).length;
}

/** Makes the state of one reader. */
export function snapshotNews(): SnapshotNews {
  let last: { readonly time: LogTime; readonly count: number } | undefined;
  let before: readonly string[] = [];
  let waiting: readonly LogPiece[] = [];

  const byTime = (lines: readonly Line[]): readonly Line[] => {
    const fresh = last ? lines.slice(seenByTime(lines, last.time, last.count)) : lines;
    const time = fresh.at(-1)?.time;
    if (time === undefined) return fresh;
    const same = time === last?.time ? last.count : 0;
    last = { time, count: same + countAt(fresh, time) };
    return fresh;
  };

  const byOverlap = (lines: readonly Line[]): readonly Line[] => {
    const texts = lines.map(textOf);
    const fresh = lines.slice(overlap(before, texts));
    if (texts.length > 0) before = texts;
    return fresh;
  };

  return {
    take(snapshot) {
      const { lines, rest } = linesOf(snapshot);
      waiting = rest;
      const timed = last !== undefined || lines.some((line) => line.time !== undefined);
      return (timed ? byTime(lines) : byOverlap(lines)).flatMap((line) => line.pieces);
    },
    get lastTime() {
      return last?.time;
    },
    rest: () => waiting,
  };
}
