import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyMergePatch, createMergePatch, type JsonObject, PatchError } from '../internal.js';

const parse = (text: string): JsonObject => JSON.parse(text) as JsonObject;

// Objects as the API knows them: no field is null. Lists may hold anything.
const anyObject: fc.Arbitrary<JsonObject> = fc.letrec<{ object: JsonObject; value: unknown }>((tie) => ({
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'), tie('value'), { maxKeys: 4 }),
  value: fc.oneof(
    { depthSize: 'small' },
    fc.integer({ max: 3, min: 0 }),
    fc.constant('x'),
    fc.array(fc.jsonValue(), { maxLength: 2 }),
    tie('object'),
  ),
})).object;

describe('merge patches', () => {
  // The examples of RFC 7386, appendix A, between objects.
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
    ['{}', '{"__proto__":{"z":1}}', '{"__proto__":{"z":1}}'],
  ])('%s with %s is %s', (before, patch, after) => {
    expect(applyMergePatch(parse(before), parse(patch))).toStrictEqual(parse(after));
    expect(Object.hasOwn(Object.prototype, 'z')).toBe(false);
  });

  it.each([[[]], ['x'], [null], [1]])('refuse %j', (patch) => {
    expect(() => applyMergePatch({}, patch)).toThrow(PatchError);
    expect(() => applyMergePatch({}, patch)).toThrow(expect.objectContaining({ code: 400 }));
  });

  it('say only what differs', () => {
    const before = { a: 1, b: { c: 1, d: [1] }, e: 1 };
    expect(createMergePatch(before, { a: 1, b: { c: 2, d: [1] }, f: { g: null, h: 1 } })).toEqual({
      b: { c: 2 },
      e: null,
      f: { h: 1 },
    });
    expect(createMergePatch(before, { ...before, e: undefined })).toEqual({ e: null });
    expect(createMergePatch(before, structuredClone(before))).toEqual({});
  });

  it('lead from any object to any other', () => {
    fc.assert(
      fc.property(anyObject, anyObject, (before, after) => {
        const copies = structuredClone([before, after]);
        expect(applyMergePatch(before, createMergePatch(before, after))).toEqual(after);
        expect([before, after]).toEqual(copies);
      }),
    );
  });
});
