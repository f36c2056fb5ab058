import { joinBytes, untilAborted } from '@virtual-kubelet/base';

/** Bytes that one command after the other reads: what one leaves, the next finds. */
export interface ByteReader {
  /** Some bytes, or undefined at the end. Rejects when the signal aborts; nothing is lost by that. */
  read(signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** A line without its newline, or undefined at the end. */
  readLine(signal: AbortSignal): Promise<string | undefined>;
}

const newline = 10;
/** Longest line, bytes: longer ones come in parts. */
const longestLine = 64 * 1024;

/** Makes a reader of whatever gives the next bytes; undefined is an end, after which a terminal may go on. */
export function byteReader(next: () => Promise<Uint8Array | undefined>): ByteReader {
  let rest: Uint8Array | undefined;
  let asked: Promise<Uint8Array | undefined> | undefined;

  const read = async (signal: AbortSignal): Promise<Uint8Array | undefined> => {
    if (rest) {
      const bytes = rest;
      rest = undefined;
      return bytes;
    }
    asked ??= next();
    const bytes = await untilAborted(asked, signal);
    asked = undefined;
    return bytes;
  };

  return {
    read,
    async readLine(signal) {
      const parts: Uint8Array[] = [];
      for (let size = 0; size < longestLine;) {
        const bytes = await read(signal);
        if (!bytes) break;
        const end = bytes.indexOf(newline);
        parts.push(end < 0 ? bytes : bytes.subarray(0, end));
        size += bytes.length;
        if (end < 0) continue;
        if (end + 1 < bytes.length) rest = bytes.subarray(end + 1);
        return new TextDecoder().decode(joinBytes(parts));
      }
      return parts.length === 0 ? undefined : new TextDecoder().decode(joinBytes(parts));
    },
  };
}

/** A reader of a stream. */
export function streamReader(stream: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = stream[Symbol.asyncIterator]();
  return byteReader(async () => {
    for (;;) {
      const { done, value } = await iterator.next();
      if (done === true) return undefined;
      if (value.length > 0) return value;
    }
  });
}

/** A reader that is at its end. */
export const noInput: ByteReader = { read: async () => undefined, readLine: async () => undefined };
