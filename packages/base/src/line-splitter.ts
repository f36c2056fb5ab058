import { joinBytes } from './join-bytes.js';

const newline = 10;

/** Cuts a byte stream into lines. Bytes, not text: a chunk border may fall inside a character. */
export interface LineSplitter {
  /** Complete lines (without the newline) that this chunk finished. Throws `RangeError` past the limit. */
  push(chunk: Uint8Array): Uint8Array[];
  /** The unfinished last line, if any; the splitter is empty afterwards. */
  end(): Uint8Array | undefined;
}

/**
 * Makes a splitter that searches each byte once and joins a long line once.
 * @param limit longest line in bytes; longer ones throw, since a peer that sends them is broken. Default 64 MiB.
 */
export function lineSplitter(limit: number = 64 * 1024 * 1024): LineSplitter {
  let parts: Uint8Array[] = [];
  let size = 0;
  const take = (): Uint8Array => {
    const line = joinBytes(parts);
    parts = [];
    size = 0;
    return line;
  };
  const keep = (part: Uint8Array): void => {
    if (part.length === 0) return;
    size += part.length;
    if (size > limit) throw new RangeError(`line longer than ${limit} bytes`);
    parts.push(part);
  };
  return {
    push(chunk) {
      const lines: Uint8Array[] = [];
      let from = 0;
      for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
        keep(chunk.subarray(from, at));
        lines.push(size === 0 ? new Uint8Array(0) : take());
        from = at + 1;
      }
      keep(chunk.subarray(from));
      return lines;
    },
    end: () => (size === 0 ? undefined : take()),
  };
}
