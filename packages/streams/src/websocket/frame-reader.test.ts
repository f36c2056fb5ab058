import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameOf, opcode } from './frame.js';
import { frameReader } from './frame-reader.js';
import type { Arrival } from './frame-reader.js';
import { messageBytes } from './message-bytes.js';
import { Violation } from './violation.js';

const limit = 100_000;
const role = 'client';

/** What arrived as text, the pieces of a message joined. */
function texts(arrivals: Iterable<Arrival>): string[] {
  const lines: string[] = [];
  const whole = messageBytes();
  for (const arrival of arrivals) {
    if (arrival.type === 'close') lines.push(`close ${arrival.code}`);
    else if (arrival.type !== 'piece') lines.push(`${arrival.type} ${arrival.bytes.toString('hex')}`);
    else {
      whole.add(arrival.bytes);
      if (arrival.last) lines.push(`${arrival.isText ? 'text' : 'binary'} ${whole.take().toString('hex')}`);
    }
  }
  return lines;
}

function* inChunks(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

function* readAll(bytes: Buffer, size: number): Generator<Arrival> {
  const reader = frameReader('server', limit);
  for (const chunk of inChunks(bytes, size)) yield* reader.read(chunk);
}

/** Takes the bit of the last frame from a frame, or makes it go on with the message before. */
function fragment(frame: Buffer, { isFirst, isLast }: { isFirst: boolean; isLast: boolean }): Buffer {
  frame[0] = (isLast ? 0x80 : 0) | (isFirst ? frame.readUInt8(0) & 0x0f : opcode.continuation);
  return frame;
}

/** Whether the code returns, or finds fault with what came. */
function endsWell(code: () => unknown): boolean {
  try {
    code();
    return true;
  } catch (error) {
    return error instanceof Violation;
  }
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const ping = fc.uint8Array({ maxLength: 125 }).map((array) => Buffer.from(array));

interface Sample {
  readonly bytes: Buffer;
  readonly text: string;
}

const message: fc.Arbitrary<Sample> = fc
  .tuple(fc.constantFrom('text', 'binary'), fc.array(bytes, { minLength: 1, maxLength: 4 }))
  .map(([kind, parts]) => ({
    bytes: Buffer.concat(
      parts.map((part, index) =>
        fragment(frameOf({ code: kind === 'text' ? opcode.text : opcode.binary, role }, part), {
          isFirst: index === 0,
          isLast: index === parts.length - 1,
        }),
      ),
    ),
    text: `${kind} ${Buffer.concat(parts).toString('hex')}`,
  }));

const sign: fc.Arbitrary<Sample> = fc
  .tuple(fc.constantFrom('ping' as const, 'pong' as const), ping)
  .map(([kind, part]) => ({
    bytes: frameOf({ code: opcode[kind], role }, part),
    text: `${kind} ${part.toString('hex')}`,
  }));

describe('a reader of frames', () => {
  test('gives the same whatever way the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(message, sign), { maxLength: 8 }),
        fc.integer({ min: 1, max: 400 }),
        (all, size) => {
          const whole = Buffer.concat(all.map((one) => one.bytes));
          expect(texts(readAll(whole, size))).toEqual(all.map(({ text }) => text));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('hands a message on as it comes', () => {
    const frame = frameOf({ code: opcode.binary, role }, Buffer.alloc(70_000, 'x'));
    const arrivals = [...frameReader('server', limit).read(frame.subarray(0, 1_000))];
    expect(arrivals).toEqual([{ type: 'piece', isText: false, bytes: Buffer.alloc(1_000 - 14, 'x'), last: false }]);
  });

  test('reads nothing behind a goodbye', () => {
    const goodbye = frameOf({ code: opcode.close, role }, Buffer.from('03e8', 'hex'));
    const more = frameOf({ code: opcode.ping, role }, Buffer.from('x'));
    expect(texts(readAll(Buffer.concat([goodbye, more, Buffer.from('junk')]), 1_000))).toEqual(['close 1000']);
    expect(texts(readAll(Buffer.from('888000000000', 'hex'), 1))).toEqual(['close undefined']);
  });

  test.each([
    ['a frame without a mask', '820100', 1002],
    ['the first reserved bit', 'c281000000000', 1002],
    ['the second', 'a28100000000', 1002],
    ['the third', '928100000000', 1002],
    ['the first in a frame that goes on', '02810000000000c08000000000', 1002],
    ['an opcode of no data', '838000000000', 1002],
    ['an opcode of no control frame', '8b8000000000', 1002],
    ['a fragment of nothing', '808000000000', 1002],
    ['a message inside of another', '0280000000008280', 1002],
    ['a ping in fragments', '098000000000', 1002],
    ['a ping of 126 bytes', '89fe007e', 1002],
    ['half a code to close with', '88810000000003', 1002],
    ['a code that is never sent', '88820000000003ed', 1002],
    ['a code of nobody', '8882000000000bb7', 1002],
    ['a reason that is no text', '88830000000003e8ff', 1007],
    ['a message above the limit', '82ff00000000000186a1', 1009],
    ['one whose length needs more than 53 bits', '82ff7fffffffffffffff', 1009],
    ['one above the limit in all its fragments', '02fe0001000000000080ff00000000000186a0', 1009],
  ])('refuses %s', (_what, hex, code) => {
    const sent = Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(8)]);
    for (const size of [1, 1_000])
      expect(() => texts(readAll(sent, size))).toThrow(expect.objectContaining({ name: 'Violation', code }));
  });

  test('of a client refuses frames with a mask', () => {
    const reader = frameReader('client', limit);
    expect(() => texts(reader.read(Buffer.from('828100000000', 'hex')))).toThrow(Violation);
    expect(texts(frameReader('client', limit).read(Buffer.from('820178', 'hex')))).toEqual(['binary 78']);
  });

  test('ends well whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (junk, size) => {
        expect(endsWell(() => texts(readAll(Buffer.from(junk), size)))).toBe(true);
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 2_000) },
    );
  });
});
