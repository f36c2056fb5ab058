import { expect, it } from 'vitest';
import { isSimplePath, parseJsonPath, simplePath, valuesAt } from './json-path.js';

const object = {
  spec: { list: [1, 2, 3], empty: [], 'a.b/c': 'dotted', "it's": 'quoted' },
  conditions: [
    { type: 'Ready', ok: true, n: 3 },
    { type: 'Other', n: '9', why: 'because' },
  ],
};

it.each<readonly [string, readonly unknown[]]>([
  ['.spec.list[0]', [1]],
  ['.spec.list[-1]', [3]],
  ['.spec.list[9]', []],
  ['.spec.list[*]', [1, 2, 3]],
  ['$.spec.list[0]', [1]],
  [String.raw`.spec.a\.b/c`, ['dotted']],
  [".spec['a.b/c']", ['dotted']],
  [String.raw`.spec['it\'s']`, ['quoted']],
  ['.conditions[?(@.type=="Ready")].ok', [true]],
  ["[?(@.type!='Ready')].type".replace(/^/, '.conditions'), ['Other']],
  ['.conditions[?(@.n > 2)].type', ['Ready']],
  ['.conditions[?(@.n<=3)].type', ['Ready']],
  ['.conditions[?(@.ok==true)].type', ['Ready']],
  ['.conditions[?(@.why)].type', ['Other']],
  ['.conditions[*].type', ['Ready', 'Other']],
  ['.nothing.here', []],
  ['.constructor', []],
])('%s', (path, values) => {
  expect(valuesAt(object, parseJsonPath(path) ?? [])).toEqual(values);
});

it.each(['', '..a', '.a[1:2]', '.a[0,1]', '.a[', '.a[?(@.b~="c")]', '{.a}'])(
  '%j is none of the simple paths',
  (path) => {
    expect(parseJsonPath(path)).toBeUndefined();
  },
);

it('a path of fields alone has their names', () => {
  expect(simplePath('.spec.replicas')).toEqual(['spec', 'replicas']);
  expect(isSimplePath('.spec.list[0]')).toBe(false);
});
