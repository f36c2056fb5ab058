import fc from 'fast-check';
import { expect, it } from 'vitest';
import { joinBytes } from './index.js';

it('joined bytes are all bytes in their order', () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 5 });
  fc.assert(
    fc.property(parts, (some) => {
      expect([...joinBytes(some)]).toEqual(some.flatMap((part) => [...part]));
    }),
  );
});

it('the only bytes there are need no copy', () => {
  const bytes = Uint8Array.of(1, 2);
  expect(joinBytes([bytes])).toBe(bytes);
  expect(joinBytes([new Uint8Array(0), bytes])).toBe(bytes);
});
