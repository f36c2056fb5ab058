/** The framing both engines use for output without a terminal: one byte stream, three zeros, four bytes length. */
import { joinBytes } from '@virtual-kubelet/base';
import type { LogFrame } from '@virtual-kubelet/pod-runtime';
import type { LogTime } from '@virtual-kubelet/provider-kit';
import { parseLogTime } from '@virtual-kubelet/provider-kit';

/** A piece of output. */
export interface OutputFrame {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

const headerSize = 8;

/** Takes frames out of a stream of bytes. What is left at the end is no whole frame, and dropped. */
export async function* outputFrames(chunks: AsyncIterable<Uint8Array>): AsyncIterable<OutputFrame> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    rest = joinBytes([rest, chunk]);
    while (rest.length >= headerSize) {
      const size = new DataView(rest.buffer, rest.byteOffset, headerSize).getUint32(4);
      if (rest.length < headerSize + size) break;
      yield { stream: rest[0] === 2 ? 'stderr' : 'stdout', bytes: rest.slice(headerSize, headerSize + size) };
      rest = rest.subarray(headerSize + size);
    }
  }
}

/** Splits the time an engine puts before a line from the line. Without one the frame is the rest of the line before. */
export function timedFrame(frame: OutputFrame, before: LogTime): LogFrame {
  const { stream, bytes } = frame;
  const space = bytes.subarray(0, 48).indexOf(32);
  const time = space < 19 ? undefined : parseLogTime(new TextDecoder().decode(bytes.subarray(0, space)));
  if (time === undefined) return { stream, time: before, bytes };
  return { stream, time, bytes: bytes.subarray(space + 1) };
}
