import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contextTag, integer, namedBits, objectIdentifier, octetString, sequence, time, utf8String } from './der.js';
import { elementAt, readElements } from './der-reader.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('DER', () => {
  test.each([
    ['zero', [0], '020100'],
    ['nothing', [], '020100'],
    ['one', [1], '020101'],
    ['a set top bit, which needs a zero in front', [0x80], '02020080'],
    ['leading zeros, which are cut', [0, 0, 0x7f, 1], '02027f01'],
  ])('writes the integer %s', (_name, bytes, expected) => {
    expect(hex(integer(Uint8Array.from(bytes)))).toBe(expected);
  });

  // Examples of X.690: the arcs 1.2 share a byte, 840 and 113549 take more than one.
  test.each([
    ['2.5.4.3', '0603550403'],
    ['1.2.840.10045.4.3.2', '06082a8648ce3d040302'],
    ['1.2.840.113549.1.9.14', '06092a864886f70d01090e'],
  ])('writes the object identifier %s', (dotted, expected) => {
    expect(hex(objectIdentifier(dotted))).toBe(expected);
  });

  test.each([
    [[0], '03020780'],
    [[0, 5, 6], '03020186'],
    [[8], '0303070080'],
  ])('writes the named bits %j without trailing zeros', (bits, expected) => {
    expect(hex(namedBits(bits))).toBe(expected);
  });

  test.each([
    ['1950-01-01T00:00:00.999Z', '170d', '500101000000Z'],
    ['2049-12-31T23:59:59Z', '170d', '491231235959Z'],
    ['2050-01-01T00:00:00Z', '180f', '20500101000000Z'],
    ['1949-12-31T23:59:59Z', '180f', '19491231235959Z'],
  ])('writes %s in the form that its year asks for', (iso, head, text) => {
    const bytes = time(Date.parse(iso));
    expect(hex(bytes.subarray(0, 2))).toBe(head);
    expect(Buffer.from(bytes.subarray(2)).toString()).toBe(text);
  });

  test('reads back elements of any length', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70_000 }), { maxLength: 4 }), (parts) => {
        const [outer] = readElements(sequence(...parts.map(octetString)));
        expect(readElements(outer?.contents ?? new Uint8Array()).map(({ contents }) => hex(contents))).toEqual(
          parts.map(hex),
        );
      }),
      { numRuns: 50 },
    );
  });

  test('refuses an element that is longer than its surroundings', () => {
    const bytes = sequence(utf8String('abc'));
    expect(() => readElements(bytes.subarray(0, bytes.length - 1))).toThrow(RangeError);
    expect(() => readElements(Uint8Array.of(0x30, 0x80, 0, 0))).toThrow(RangeError);
  });

  test('refuses an element of another kind than expected', () => {
    expect(() => elementAt(readElements(contextTag(1, 'primitive', new Uint8Array())), 0, 0x30)).toThrow(RangeError);
  });
});
