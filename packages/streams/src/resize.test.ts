import { describe, expect, test } from 'vitest';
import { resizeChannel } from './resize.js';

async function sizesOf(...pieces: string[]): Promise<unknown[]> {
  const channel = resizeChannel(100);
  for (const piece of pieces) channel.push(Buffer.from(piece));
  channel.end();
  const sizes: unknown[] = [];
  for await (const size of channel.sizes) sizes.push(size);
  return sizes;
}

describe('the resize channel', () => {
  test('reads documents wherever they are cut, and several at once', async () => {
    expect(await sizesOf('{"Wid', 'th":80,"Height":24}\n{"height":', '25,"width":81}')).toEqual([
      { width: 80, height: 24 },
      { width: 81, height: 25 },
    ]);
  });

  test.each([
    '{"Width":0,"Height":1}',
    '{"Width":-1,"Height":1}',
    '{"Width":1.5,"Height":1}',
    '{"Width":"1","Height":1}',
    '[1]}',
    '{"Width":70000,"Height":1}',
  ])('skips %s', async (document) => {
    expect(await sizesOf(document, '{"Width":1,"Height":1}')).toEqual([{ width: 1, height: 1 }]);
  });

  test('forgets what never becomes a document', async () => {
    expect(await sizesOf('x'.repeat(101), '{"Width":1,"Height":1}')).toEqual([{ width: 1, height: 1 }]);
  });
});
