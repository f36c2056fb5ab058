// One state machine: chunks in, pieces out. It is longer for being in one place.
import { joinBytes } from '@virtual-kubelet/base';
import type { LogPiece } from './log-piece.js';
import { unfinishedCharacter } from './utf8.js';

/** Turns chunks of a platform's bytes into pieces of lines. Chunk borders may be anywhere. */
export interface LogDecoder {
  push(chunk: Uint8Array): readonly LogPiece[];
  /** What was held back, at the end of the log. */
  end(): readonly LogPiece[];
}

/** What stands before the text of a line. */
export interface LineHead extends Pick<LogPiece, 'time' | 'stream'> {
  /** Bytes up to the text. */
  readonly length: number;
  /** The newline after this text is not the line's: another record goes on with it. */
  readonly partial?: boolean;
}

/** Reads the head of a line; undefined: not enough bytes yet. With `whole` there will be no more of them. */
export type ReadHead = (start: Uint8Array, whole: boolean) => LineHead | undefined;

const newline = 10;

/** A head this long is none, bytes. */
const longestHead = 256;

const nothing = new Uint8Array(0);

/** A decoder of lines with heads. Holds back a head or a character that is not complete, never a line. */
export function headedDecoder(readHead: ReadHead): LogDecoder {
  let held = nothing;
  let head: LineHead | undefined;

  const piece = (bytes: Uint8Array, ends: boolean): LogPiece => ({
    bytes,
    ends,
    ...(head?.time === undefined ? {} : { time: head.time }),
    ...(head?.stream === undefined ? {} : { stream: head.stream }),
  });

  /** Text without a newline: the part before an unfinished character. */
  const open = (rest: Uint8Array, last: boolean): readonly LogPiece[] => {
    const keep = last ? 0 : unfinishedCharacter(rest);
    const text = rest.subarray(0, rest.length - keep);
    held = rest.slice(rest.length - keep);
    return text.length === 0 ? [] : [piece(text, false)];
  };

  const take = (chunk: Uint8Array, last: boolean): readonly LogPiece[] => {
    const bytes = joinBytes([held, chunk]);
    held = nothing;
    const pieces: LogPiece[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(newline, at);
      const line = bytes.subarray(at, end < 0 ? bytes.length : end);
      if (!head) {
        head = readHead(line, last || end >= 0 || line.length >= longestHead);
        if (!head) {
          held = line.slice();
          break;
        }
        at += head.length;
      }
      if (end < 0) return [...pieces, ...open(bytes.subarray(at), last)];
      const text = bytes.subarray(at, end);
      const partial = head.partial === true;
      pieces.push(piece(text, !partial));
      head = undefined;
      at = end + 1;
    }
    return pieces;
  };

  return {
    push: (chunk) => take(chunk, false),
    end: () => take(nothing, true),
  };
}
