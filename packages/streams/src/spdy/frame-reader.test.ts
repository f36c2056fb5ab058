import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CodedError } from '@virtual-kubelet/base';
import { dataHead, goAway, ping, rstStream, synReply, synStream } from './frame.js';
import type { Frame } from './frame.js';
import { endsWell } from '../upgrade-server.test-kit.js';
import { frameReader } from './frame-reader.js';

const limit = 16 * 1024;

interface Sample {
  readonly bytes: Buffer;
  /** The frame as text, data joined. */
  readonly text: string;
}

const id = fc.integer({ min: 1, max: 0x7fffffff });
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

const sample: fc.Arbitrary<Sample> = fc.oneof(
  fc.tuple(id, bytes, fc.boolean()).map(([stream, payload, fin]) => ({
    bytes: Buffer.concat([dataHead(stream, payload.length, fin), payload]),
    text: `data ${stream} ${payload.toString('hex')} ${fin}`,
  })),
  fc.tuple(id, bytes, fc.constantFrom(0, 1, 2, 3)).map(([stream, block, flags]) => ({
    bytes: synStream(stream, block, flags),
    text: `synStream ${stream} ${flags} ${block.toString('hex')}`,
  })),
  fc.tuple(id, bytes).map(([stream, block]) => ({
    bytes: synReply(stream, block),
    text: `synReply ${stream} ${block.toString('hex')}`,
  })),
  fc.tuple(id, fc.nat(11)).map(([stream, status]) => ({
    bytes: rstStream(stream, status),
    text: `rstStream ${stream} ${status}`,
  })),
  fc.nat(0xffffffff).map((number) => ({ bytes: ping(number), text: `ping ${number}` })),
  id.map((last) => ({ bytes: goAway(last), text: `goAway ${last}` })),
);

/** Frames as text; the pieces of one DATA frame are joined. */
function texts(frames: Iterable<Frame>): string[] {
  const lines: string[] = [];
  let joined = '';
  for (const frame of frames) {
    if (frame.type === 'data') joined += frame.payload.toString('hex');
    else lines.push(textOf(frame));
    if (frame.type === 'data') lines.push(`data ${frame.id} ${joined} ${frame.fin}`);
    joined = '';
  }
  return lines;
}

function textOf(frame: Exclude<Frame, { type: 'data' }>): string {
  switch (frame.type) {
    case 'synStream':
      return `synStream ${frame.id} ${frame.flags} ${frame.block.toString('hex')}`;
    case 'synReply':
      return `synReply ${frame.id} ${frame.block.toString('hex')}`;
    case 'rstStream':
      return `rstStream ${frame.id} ${frame.status}`;
    case 'ping':
      return `ping ${frame.id}`;
    case 'goAway':
      return `goAway ${frame.lastGoodId}`;
    default:
      return frame.type;
  }
}

function readAll(chunks: Iterable<Buffer>): Frame[] {
  const reader = frameReader(limit);
  return [...chunks].flatMap((chunk) => [...reader.read(chunk)]);
}

function* cut(whole: Buffer, sizes: readonly number[]): Generator<Buffer> {
  let at = 0;
  for (let round = 0; at < whole.length; round += 1) {
    const size = sizes[round % sizes.length] ?? 1;
    yield whole.subarray(at, at + size);
    at += size;
  }
}

describe('a frame reader', () => {
  test('reads what was written', () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 20 }), (samples) => {
        const whole = Buffer.concat(samples.map(({ bytes }) => bytes));
        expect(texts(readAll([whole]))).toEqual(samples.map(({ text }) => text));
      }),
    );
  });

  test('reads the same wherever the bytes are cut', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 10 }), sizes, (samples, sizes) => {
        const whole = Buffer.concat(samples.map(({ bytes }) => bytes));
        const controls = (frames: Frame[]): string[] => texts(frames.filter(({ type }) => type !== 'data'));
        const data = (frames: Frame[]): string =>
          frames
            .map((frame) => (frame.type === 'data' ? frame.payload.toString('hex') + (frame.fin ? '!' : '') : ''))
            .join('');
        const once = readAll([whole]);
        const pieces = readAll(cut(whole, sizes));
        expect(controls(pieces)).toEqual(controls(once));
        expect(data(pieces)).toBe(data(once));
      }),
    );
  });

  test('passes data on before its frame is complete', () => {
    const reader = frameReader(limit);
    const head = dataHead(1, 0xffffff, true);
    expect([...reader.read(Buffer.concat([head, Buffer.from('first')]))]).toEqual([
      { type: 'data', id: 1, fin: false, payload: Buffer.from('first') },
    ]);
  });

  test.each([
    ['a control frame above the limit, before it has come', '80030001 00004001'],
    ['a control frame of the longest length', '80030001 00ffffff'],
    ['another version of SPDY', '80020001 0000000a'],
    ['data for stream 0', '00000000 00000001 61'],
    ['a reset that is too short', '80030003 00000004 00000001'],
    ['a stream without its numbers', '80030001 00000004 00000001'],
  ])('refuses %s', (_what, hex) => {
    const reader = frameReader(limit);
    expect(() => [...reader.read(Buffer.from(hex.replaceAll(' ', ''), 'hex'))]).toThrow(CodedError);
  });

  test('skips control frames that it does not know', () => {
    const unknown = '8003000b 00000002 abcd 80030006 00000004 00000007';
    expect(readAll([Buffer.from(unknown.replaceAll(' ', ''), 'hex')])).toEqual([
      { type: 'ignored' },
      { type: 'ping', id: 7 },
    ]);
  });

  test('fails with a coded error, if at all, on any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (chunks) => {
        expect(endsWell(() => readAll(chunks.map((chunk) => Buffer.from(chunk))))).toBe(true);
      }),
    );
  });
});
