import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOlderVersion } from './resource-version.js';

test('orders whole numbers of any size', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 80n }), fc.bigInt({ min: 1n, max: 2n ** 80n }), (a, b) => {
      expect(isOlderVersion(String(a), String(b))).toBe(a < b);
    }),
  );
});

test.each([
  ['', '5'],
  ['0', '5'],
  ['05', '7'],
  ['a', 'b'],
  ['1', 'x'],
  ['-1', '5'],
])('knows nothing of "%s" and "%s"', (a, b) =>
  expect([isOlderVersion(a, b), isOlderVersion(b, a)]).toEqual([false, false]),
);
