import { describe, expect, it } from 'vitest';
import { criDecoder } from './index.js';
import { tailBuffer } from './tail.js';
import { collect, positionSource, utf8 } from '../../test/log-sources.js';

describe('a tail', () => {
  it('of a large file with parts of lines begins with a whole line', async () => {
    const head = '2026-01-01T00:00:00.000000000Z stdout';
    const records = Array.from({ length: 100 }, (_, i) => {
      const filler = 'x'.repeat((i * 397) % 1_500);
      return `${head} P ${i}${filler}\n${head} P ${filler}\n${head} F end\n`;
    });
    const bytes = utf8.encode(records.join(''));
    const source = positionSource(() => bytes, { decoder: criDecoder, size: async () => bytes.length });
    for (let count = 1; count < 100; count += 1) {
      const text = await collect(source, { tailLines: count });
      expect(text.split('\n')).toHaveLength(count + 1);
      expect(text.startsWith(String(100 - count))).toBe(true);
    }
  });

  it('lets earlier lines go when it would hold too much', () => {
    const buffer = tailBuffer(10, 100);
    const line = (size: number) => ({ bytes: new Uint8Array(size), ends: true });
    buffer.push([line(60), line(30), line(50)]);
    expect(buffer.pieces().map(({ bytes }) => bytes.length)).toEqual([30, 50]);
    buffer.push([line(500)]);
    expect(buffer.pieces().map(({ bytes }) => bytes.length)).toEqual([500]);
  });

  const numbered = utf8.encode(Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`).join(''));

  it('reads the end of a file of known size only', async () => {
    let read = 0;
    const source = positionSource(() => numbered, {
      size: async () => numbered.length,
      read: async ({ from, length }) => {
        const bytes = numbered.slice(from, from + length);
        read += bytes.length;
        return { bytes, ended: true };
      },
    });
    expect(await collect(source, { tailLines: 2 })).toBe('line 99998\nline 99999\n');
    expect(read).toBeLessThan(200_000);
    expect((await collect(source, { tailLines: 50_000 })).split('\n')).toHaveLength(50_001);
  });

  it('counts a line without an end, and finds the beginning of one longer than any window', async () => {
    const bytes = utf8.encode(`first\n${'x'.repeat(500_000)}\nlast`);
    const source = positionSource(() => bytes, { size: async () => bytes.length });
    expect(await collect(source, { tailLines: 1 })).toBe('last');
    expect(await collect(source, { tailLines: 2 })).toBe(`${'x'.repeat(500_000)}\nlast`);
    expect(await collect(source, { tailLines: 3 })).toHaveLength(bytes.length);
  });
});
