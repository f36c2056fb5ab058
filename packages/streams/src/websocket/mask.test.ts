import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyMask, maskKey } from './mask.js';

test('a mask is taken off as RFC 6455 says, wherever the bytes lie and whatever came before', () => {
  const key = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes));
  const memory = fc.uint8Array({ minLength: 8, maxLength: 200 });
  fc.assert(
    fc.property(key, memory, fc.nat(7), fc.nat(1_000), (mask, bytes, from, phase) => {
      const part = bytes.subarray(from);
      const expected = bytes.map((byte, at) => (at < from ? byte : byte ^ mask.readUInt8((phase + at - from) % 4)));
      applyMask(part, maskKey(mask, 0), phase);
      expect(bytes).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});
