import { ManualClock } from '@virtual-kubelet/base';
import type { LogOptions } from '@virtual-kubelet/provider';
import { describe, expect, test } from 'vitest';
import type { LogSource } from './index.js';
import { readLog, textDecoder } from './index.js';

const plain: LogOptions = { follow: false, previous: false, timestamps: false, stream: 'All' };
const lines = Array.from({ length: 9 }, (_, i) => Buffer.from(`line ${i}\n`));

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield* lines;
}

const source: LogSource = { kind: 'bytes', decoder: textDecoder, open: () => ({ history: bytes() }) };

async function read(lend: boolean): Promise<{ readonly text: string; readonly memories: number }> {
  const memories = new Set<ArrayBufferLike>();
  let text = '';
  for await (const chunk of readLog(source, plain, {
    clock: new ManualClock(),
    signal: new AbortController().signal,
    lend,
  })) {
    memories.add(chunk.buffer);
    text += Buffer.from(chunk).toString();
  }
  return { text, memories: memories.size };
}

describe('the chunks of a log', () => {
  test('are lent where the reader copies them: all in the same memory', async () => {
    expect(await read(true)).toEqual({ text: Buffer.concat(lines).toString(), memories: 1 });
  });

  test('belong to the reader otherwise', async () => {
    expect(await read(false)).toEqual({ text: Buffer.concat(lines).toString(), memories: lines.length });
  });
});
