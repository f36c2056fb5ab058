import { createHash } from 'node:crypto';
import { constants, createDeflate, createInflate, deflateRawSync } from 'node:zlib';
import type { Deflate, Inflate } from 'node:zlib';
import { CodedError } from '@virtual-kubelet/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endsWell } from '../upgrade-server.test-kit.js';
import { dictionary } from './dictionary.js';
import { headerReader, headerWriter } from './header-block.js';

const limit = 32 * 1024;

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

function plain(headers: readonly (readonly [string, string])[]): Buffer {
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const text = (value: string): Buffer[] => [number(Buffer.byteLength(value)), Buffer.from(value)];
  return Buffer.concat([
    number(headers.length),
    ...headers.flatMap(([name, value]) => [...text(name), ...text(value)]),
  ]);
}

/** What a stream of zlib makes of the input, up to a sync flush. */
async function flushed(zlib: Deflate | Inflate, input: Buffer): Promise<Buffer> {
  const output: Buffer[] = [];
  const collect = (chunk: Buffer): void => void output.push(chunk);
  zlib.on('data', collect);
  zlib.write(input);
  await new Promise<void>((resolve) => zlib.flush(constants.Z_SYNC_FLUSH, () => resolve()));
  zlib.off('data', collect);
  return Buffer.concat(output);
}

const headers = fc.uniqueArray(
  fc.tuple(
    fc.string({ maxLength: 30 }).map((name) => name.toLowerCase()),
    fc.string({ maxLength: 200 }),
  ),
  { maxLength: 8, selector: ([name]) => name },
);

describe('the dictionary', () => {
  test('is that of SPDY/3', () => {
    expect(dictionary).toHaveLength(1423);
    expect(createHash('sha256').update(dictionary).digest('hex')).toBe(
      '51d27341373f923f3cd88e1eb7162aeaa3723d7585ff2399201dc06498407f02',
    );
  });
});

describe('a header reader', () => {
  test('reads the blocks that kubectl 1.37 sends for exec, one after the other', () => {
    const read = headerReader(limit);
    const blocks = [
      '78f9e3c6a7c26260606004a7b392a2d4c45c6851c29a0a0a6800000000ffff',
      'c22e555c92929907000000ffff',
      'c22ac5565c92925f5a02000000ffff',
      'c229975a5404000000ffff',
    ];
    const types = ['error', 'stdin', 'stdout', 'stderr'];
    expect(blocks.map((block) => read(hex(block)).get('streamtype'))).toEqual(types);
  });

  test('reads the blocks that kubectl 1.37 sends for a forwarded connection', () => {
    const read = headerReader(limit);
    const first = read(
      hex(
        '78f9e3c6a7c202253a703a2b294a4dcc851625aca9a0808614cb45a024cc6a6c66646eccc0c0c0590489c74c50fa663400000000ffff',
      ),
    );
    const second = read(hex('c2aa1b54102512a119000000ffff'));
    expect(Object.fromEntries(first)).toMatchObject({ streamtype: 'error', requestid: '0' });
    expect(Object.fromEntries(second)).toMatchObject({ streamtype: 'data', requestid: '0', port: first.get('port') });
  });

  test('reads what zlib compresses at any level, block after block', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(headers, { maxLength: 12 }), fc.integer({ min: 0, max: 9 }), async (blocks, level) => {
        const deflate = createDeflate({ dictionary, level });
        const read = headerReader(limit);
        for (const block of blocks) expect([...read(await flushed(deflate, plain(block)))]).toEqual(block);
        deflate.close();
      }),
      { numRuns: 50 },
    );
  });

  test('keeps no more than it must look back on', async () => {
    const deflate = createDeflate({ dictionary });
    const read = headerReader(limit);
    for (let round = 0; round < 40; round += 1) {
      const block: [string, string][] = [['n', `${round} `.repeat(1000)]];
      expect([...read(await flushed(deflate, plain(block)))]).toEqual(block);
    }
    deflate.close();
  });

  test.each([
    [
      'that inflates above the limit',
      () => deflateRawSync(Buffer.alloc(10_000_000), { finishFlush: constants.Z_SYNC_FLUSH }),
    ],
    ['that is no deflate', () => hex('ffffffffff')],
    ['whose count promises more than there is', () => deflateRawSync(hex('7fffffff'))],
    ['whose text is longer than the block', () => deflateRawSync(hex('00000001 7fffffff 61'))],
    ['of no bytes', () => hex('')],
  ])('refuses a block %s', (_what, block) => {
    const read = headerReader(limit);
    read(hex('78f9e3c6a7c262000200000000ffff'));
    expect(() => read(block())).toThrow(CodedError);
  });

  test('refuses a stream of zlib with another dictionary, or none', () => {
    expect(() => headerReader(limit)(hex('78f9e3c6a7c362000200000000ffff'))).toThrow(CodedError);
    expect(() => headerReader(limit)(hex('789c62000200000000ffff'))).toThrow(CodedError);
  });

  test('fails with a coded error, if at all, on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const read = headerReader(limit);
        read(hex('78f9e3c6a7c262000200000000ffff'));
        expect(endsWell(() => read(Buffer.from(bytes)))).toBe(true);
      }),
    );
  });
});

describe('a header writer', () => {
  test('writes what zlib inflates with the dictionary', async () => {
    const inflate = createInflate({ dictionary });
    const write = headerWriter();
    for (const block of [[], [['streamtype', 'error']], [['port', '80']]] as [string, string][][]) {
      expect(await flushed(inflate, write(new Map(block)))).toEqual(plain(block));
    }
    inflate.close();
  });
});
