import { blockSize, giveBlock, takeBlock } from '@virtual-kubelet/base';
import type { LogOptions } from '@virtual-kubelet/provider';
import type { LogPiece } from './log-piece.js';
import { parseLogTime } from './log-time.js';
import { unfinishedCharacter } from './utf8.js';

/** Writes pieces as `kubectl logs` shows them. */
export interface LogWriter {
  /** Bytes of the pieces that are wanted, lent until `release` or for ever; undefined when none is. */
  write(pieces: readonly LogPiece[]): Uint8Array | undefined;
  /** Nobody looks at the bytes any more: their memory serves the next. */
  release(): void;
  /** The limit of bytes is reached: more pieces change nothing. */
  readonly full: boolean;
}

/** The options that are about single lines. */
export type LineOptions = Pick<LogOptions, 'timestamps' | 'sinceTime' | 'limitBytes' | 'stream'>;

const newline = 10;
const space = 32;
/** Length of a time and its space, bytes. */
const stampLength = 31;

type StreamName = 'stdout' | 'stderr';

interface StreamState {
  inLine: boolean;
  shown: boolean;
}

/** Decides by line which pieces are shown: what the first piece of a line gets, its others get too. */
function pieceFilter(options: LineOptions): (piece: LogPiece) => boolean {
  const since = options.sinceTime === undefined ? undefined : parseLogTime(options.sinceTime);
  const wanted = options.stream === 'All' ? undefined : options.stream.toLowerCase();
  const states: Record<StreamName, StreamState> = {
    stdout: { inLine: false, shown: true },
    stderr: { inLine: false, shown: true },
  };
  return ({ stream = 'stdout', time, ends }) => {
    if (wanted !== undefined && stream !== wanted) return false;
    if (since === undefined) return true;
    const state = states[stream];
    // A line without a time stands with the one before.
    if (!state.inLine && time !== undefined) state.shown = time >= since;
    state.inLine = !ends;
    return state.shown;
  };
}

function stamp(target: Uint8Array, at: number, time: string): number {
  for (let i = 0; i < time.length; i += 1) target[at + i] = time.charCodeAt(i);
  target[at + time.length] = space;
  return at + time.length + 1;
}

/** Within the limit, and not inside a character: the limit may be missed by three bytes. */
function cut(bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.length <= limit) return bytes;
  const part = bytes.subarray(0, limit);
  return part.subarray(0, part.length - unfinishedCharacter(part));
}

/**
 * Makes a writer: stream, time and limit of the options, and timestamps before each line whose time is known.
 * @param lend whether what it writes is lent only
 */
export function logWriter(options: LineOptions, lend: boolean): LogWriter {
  const isShown = pieceFilter(options);
  let left = options.limitBytes ?? Infinity;
  let lineStart = true;
  let block: Buffer | undefined;

  const release = (): void => {
    if (block) giveBlock(block);
    block = undefined;
  };
  const room = (length: number): Uint8Array => {
    release();
    if (!lend || length > blockSize) return new Uint8Array(length);
    block = takeBlock();
    return block;
  };
  const fill = (target: Uint8Array, pieces: readonly LogPiece[]): number => {
    let at = 0;
    for (const piece of pieces) {
      if (lineStart && options.timestamps && piece.time !== undefined) at = stamp(target, at, piece.time);
      target.set(piece.bytes, at);
      at += piece.bytes.length;
      if (piece.ends) target[at++] = newline;
      lineStart = piece.ends;
    }
    return at;
  };

  return {
    release,
    write(pieces) {
      if (left === 0) return undefined;
      const wanted = pieces.filter(isShown);
      const extra = options.timestamps ? 1 + stampLength : 1;
      const most = wanted.reduce((sum, { bytes }) => sum + bytes.length + extra, 0);
      const target = room(most);
      const text = target.subarray(0, fill(target, wanted));
      const within = cut(text, left);
      left = Math.max(left - text.length, 0);
      return within.length === 0 ? undefined : within;
    },
    get full() {
      return left === 0;
    },
  };
}
