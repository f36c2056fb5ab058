import { expect, it } from 'vitest';
import { regularExpression } from './regular-expression.js';

it.each<readonly [string, readonly string[], readonly string[]]>([
  ['^[a-z]([-a-z0-9]*[a-z0-9])?$', ['a', 'a-b'], ['-a', 'A']],
  ['^(?i)(abort|warn)?$', ['', 'abort', 'WARN', 'Abort'], ['aborted']],
  ['^((?i)may|june)[0-9]x$', ['MAY1x', 'June2x'], ['may1X']],
  ['(?i:a)b', ['Ab', 'ab'], ['aB']],
  ['(?i)a(?-i)b', ['Ab'], ['AB']],
  ['^(?i)[a-c_]$', ['B', 'b', '_'], ['d', '[']],
  ['^(?s)a.b$', ['a\nb'], ['ab']],
  ['^a.b$', ['axb'], ['a\nb']],
  [String.raw`\Aa\z`, ['a'], ['ab', 'ba']],
  ['^(?P<year>[0-9]{4})$', ['2030'], ['30']],
  ['^[[:alpha:]_]+$', ['aZ_'], ['1']],
  [String.raw`^\pL+$`, ['äß'], ['1']],
  [String.raw`^\p{Greek}\P{Lu}$`, ['αb'], ['ab', 'αB']],
  [String.raw`^\Qa.b\E$`, ['a.b'], ['axb']],
  [String.raw`^[]a]$`, [']', 'a'], ['b']],
  [String.raw`^a\-b\/c$`, ['a-b/c'], ['ab']],
  [String.raw`^\S+( \S+){4}$`, ['* * * * 5'], ['now']],
])('%s', (pattern, matches, others) => {
  const found = regularExpression(pattern);
  expect(matches.filter((text) => found?.test(text) !== true)).toEqual([]);
  expect(others.filter((text) => found?.test(text) !== false)).toEqual([]);
});

it.each(['(', '[a', 'a{2,1}', String.raw`\p{Nowhere}`])('%s cannot be read', (pattern) => {
  expect(regularExpression(pattern)).toBeUndefined();
});
