import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyJsonPatch, PatchError } from '../internal.js';

type Operation = Readonly<Record<string, unknown>>;

const document = { a: { b: 1, 'x/y': 2, 'm~n': 3 }, list: ['p', 'q', { r: 1 }] };

describe('JSON patches', () => {
  it.each<readonly [string, readonly Operation[], unknown]>([
    ['add a field', [{ op: 'add', path: '/c', value: null }], { ...document, c: null }],
    ['add over a field', [{ op: 'add', path: '/a', value: 1 }], { ...document, a: 1 }],
    [
      'insert into a list',
      [{ op: 'add', path: '/list/1', value: 'n' }],
      { ...document, list: ['p', 'n', 'q', { r: 1 }] },
    ],
    [
      'append to a list',
      [{ op: 'add', path: '/list/-', value: 'n' }],
      { ...document, list: ['p', 'q', { r: 1 }, 'n'] },
    ],
    [
      'append by number',
      [{ op: 'add', path: '/list/3', value: 'n' }],
      { ...document, list: ['p', 'q', { r: 1 }, 'n'] },
    ],
    ['remove a field', [{ op: 'remove', path: '/list' }], { a: document.a }],
    ['remove an element', [{ op: 'remove', path: '/list/0' }], { ...document, list: ['q', { r: 1 }] }],
    [
      'replace deep inside',
      [{ op: 'replace', path: '/list/2/r', value: 9 }],
      { ...document, list: ['p', 'q', { r: 9 }] },
    ],
    ['copy', [{ op: 'copy', from: '/a/b', path: '/c' }], { ...document, c: 1 }],
    ['move', [{ op: 'move', from: '/a', path: '/c' }], { list: document.list, c: document.a }],
    ['move onto itself', [{ op: 'move', from: '/a', path: '/a' }], document],
    [
      'unescape',
      [
        { op: 'remove', path: '/a/x~1y' },
        { op: 'test', path: '/a/m~0n', value: 3 },
      ],
      { ...document, a: { b: 1, 'm~n': 3 } },
    ],
    ['test structure', [{ op: 'test', path: '/list/2', value: { r: 1 } }], document],
    ['add null where there is no value', [{ op: 'add', path: '/c' }], { ...document, c: null }],
    ['replace a missing field', [{ op: 'replace', path: '/c', value: 1 }], { ...document, c: 1 }],
    ['test a missing field for null', [{ op: 'test', path: '/c', value: null }], document],
    [
      'count from the end',
      [
        { op: 'remove', path: '/list/-1/r' },
        { op: 'remove', path: '/list/-3' },
      ],
      { ...document, list: ['q', {}] },
    ],
    ['replace everything', [{ op: 'replace', path: '', value: 1 }], 1],
    [
      'use a key named __proto__',
      [
        { op: 'add', path: '/__proto__', value: { z: 1 } },
        { op: 'remove', path: '/a' },
        { op: 'remove', path: '/list' },
      ],
      JSON.parse('{"__proto__":{"z":1}}'),
    ],
  ])('%s', (_what, patch, expected) => {
    const before = structuredClone(document);
    expect(applyJsonPatch(document, patch)).toStrictEqual(expected);
    expect(document).toStrictEqual(before);
    expect(Object.hasOwn(Object.prototype, 'z')).toBe(false);
  });

  it.each<readonly [string, unknown, number]>([
    ['an object', {}, 400],
    ['an element that is no operation', [1], 400],
    ['an operation without path', [{ op: 'add', value: 1 }], 422],
    ['an unknown operation', [{ op: 'merge', path: '/a', value: 1 }], 422],
    ['a path without slash', [{ op: 'add', path: 'a', value: 1 }], 422],
    ['move without from', [{ op: 'move', path: '/c' }], 422],
    ['a move into itself', [{ op: 'move', from: '/a', path: '/a/b/c' }], 422],
    ['a failing test', [{ op: 'test', path: '/a/b', value: '1' }], 422],
    ['a missing parent', [{ op: 'add', path: '/c/d', value: 1 }], 422],
    ['a missing field', [{ op: 'remove', path: '/c' }], 422],
    ['a field only a prototype has', [{ op: 'remove', path: '/a/toString' }], 422],
    ['a field inside a scalar', [{ op: 'add', path: '/a/b/c', value: 1 }], 422],
    ['replacing a missing element', [{ op: 'replace', path: '/list/3', value: 1 }], 422],
    ['an index before the beginning', [{ op: 'remove', path: '/list/-4' }], 422],
    ['testing a missing field for a value', [{ op: 'test', path: '/c', value: 1 }], 422],
    ['testing below a missing field', [{ op: 'test', path: '/c/d', value: null }], 422],
    ['an index beyond the end', [{ op: 'add', path: '/list/4', value: 1 }], 422],
    ['an index with a leading zero', [{ op: 'remove', path: '/list/01' }], 422],
    ['removing the place after the end', [{ op: 'remove', path: '/list/-' }], 422],
    ['too many operations', Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a/b', value: 1 })), 413],
  ])('refuse %s', (_what, patch, code) => {
    expect(() => applyJsonPatch(document, patch)).toThrow(PatchError);
    expect(() => applyJsonPatch(document, patch)).toThrow(expect.objectContaining({ code }));
  });

  it('undo an addition by removing it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.jsonValue(), (object, key, value) => {
        const path = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        const without = Object.fromEntries(Object.entries(object).filter(([other]) => other !== key));
        const added = applyJsonPatch(without, [
          { op: 'add', path, value },
          { op: 'test', path, value },
        ]);
        expect(applyJsonPatch(added, [{ op: 'remove', path }])).toEqual(without);
      }),
    );
  });
});
