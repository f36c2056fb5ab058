import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepEqual, semanticEqual } from './index.js';

const parse = (text: string): unknown => JSON.parse(text);

describe('deepEqual', () => {
  it('ignores the order of keys but not of elements', () => {
    expect(deepEqual({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 })).toBe(true);
    expect(deepEqual([1, 2], [2, 1])).toBe(false);
  });

  it.each([
    [{ a: undefined }, {}],
    [{ a: undefined }, { b: undefined }],
    [null, undefined],
    [null, {}],
    [[], {}],
    [0, '0'],
    [[1], [1, 2]],
    [{ a: 1 }, { a: 1, b: 2 }],
  ])('%j differs from %j', (a, b) => {
    expect(deepEqual(a, b)).toBe(false);
    expect(deepEqual(b, a)).toBe(false);
  });

  it('does not mistake inherited members for fields', () => {
    expect(deepEqual(parse('{"toString":1}'), { a: 1 })).toBe(false);
    expect(deepEqual(parse('{"__proto__":{}}'), { a: {} })).toBe(false);
    expect(deepEqual(parse('{"__proto__":{"a":1}}'), parse('{"__proto__":{"a":1}}'))).toBe(true);
  });

  it('agrees with a copy and finds any change of one scalar', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(deepEqual(value, structuredClone(value))).toBe(true);
        expect(deepEqual([value, 1], [value, 2])).toBe(false);
      }),
    );
  });
});

describe('semanticEqual', () => {
  it.each([
    [undefined, null],
    [null, []],
    [{ a: null }, {}],
    [{ a: [] }, {}],
    [{ a: undefined, b: { c: [] } }, { b: {} }],
    [[{ a: null }], [{}]],
  ])('%j says the same as %j', (a, b) => {
    expect(semanticEqual(a, b)).toBe(true);
    expect(semanticEqual(b, a)).toBe(true);
  });

  it.each([
    [{ emptyDir: {} }, {}],
    [{ a: '' }, {}],
    [{ a: 0 }, {}],
    [{ a: false }, {}],
    [{ a: [null] }, {}],
    [[], {}],
    [{ a: [1] }, { a: [2] }],
  ])('%j says something else than %j', (a, b) => {
    expect(semanticEqual(a, b)).toBe(false);
    expect(semanticEqual(b, a)).toBe(false);
  });

  it('does not mistake inherited members for fields', () => {
    expect(semanticEqual(parse('{"constructor":null}'), {})).toBe(true);
    expect(semanticEqual({}, parse('{"constructor":{}}'))).toBe(false);
    expect(semanticEqual(parse('{"__proto__":{}}'), {})).toBe(false);
  });

  it('holds wherever deepEqual holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(semanticEqual(a, structuredClone(a))).toBe(true);
        expect(deepEqual(a, b) && !semanticEqual(a, b)).toBe(false);
        expect(semanticEqual(a, b)).toBe(semanticEqual(b, a));
      }),
    );
  });
});
