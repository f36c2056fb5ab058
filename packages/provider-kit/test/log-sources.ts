import { ManualClock } from '@virtual-kubelet/base';
import type { LogOptions } from '@virtual-kubelet/provider';
import type { LogDecoder, LogSource, PositionSource } from '../src/log-reader/index.js';
import { readLog, textDecoder } from '../src/log-reader/index.js';

export const utf8 = new TextEncoder();

/** What somebody asks for who names no option. */
export const plain: LogOptions = { follow: false, previous: false, timestamps: false, stream: 'All' };

/** All that a reader shows of a log that ends. */
export async function collect(
  source: LogSource,
  options: Partial<LogOptions> = {},
  clock: ManualClock = new ManualClock(),
): Promise<string> {
  const { signal } = new AbortController();
  const parts: Uint8Array[] = [];
  for await (const chunk of readLog(source, { ...plain, ...options }, { clock, signal })) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

export async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

export const bytesSource = (bytes: Uint8Array, size: number, decoder: () => LogDecoder): LogSource => ({
  kind: 'bytes',
  decoder,
  open: () => ({ history: chunksOf(bytes, size) }),
});

export function positionSource(bytes: () => Uint8Array, more: Partial<PositionSource> = {}): PositionSource {
  return {
    kind: 'positions',
    decoder: textDecoder,
    read: async ({ from, length }) => ({ bytes: bytes().slice(from, from + length), ended: true }),
    ...more,
  };
}

/** A reader that runs beside the test: what it has printed, and whether it ended. */
export function following(source: LogSource, clock: ManualClock, more: Partial<LogOptions> = {}) {
  const gone = new AbortController();
  const state = { text: '', ended: false };
  const run = async (): Promise<void> => {
    const reading = { clock, signal: gone.signal };
    for await (const chunk of readLog(source, { ...plain, follow: true, ...more }, reading))
      state.text += new TextDecoder().decode(chunk);
    state.ended = true;
  };
  return { state, gone, done: run() };
}

/** A log that grows while it is read. */
export function growing(more: Partial<PositionSource> = {}) {
  const log = { text: '', ended: false, incarnation: 'a', reads: 0, failure: [] as Error[] };
  const source = positionSource(() => utf8.encode(log.text), {
    read: async ({ from, length }) => {
      log.reads += 1;
      const failure = log.failure.shift();
      if (failure) throw failure;
      const { ended, incarnation } = log;
      return { bytes: utf8.encode(log.text).slice(from, from + length), ended, incarnation };
    },
    ...more,
  });
  return { log, source };
}
