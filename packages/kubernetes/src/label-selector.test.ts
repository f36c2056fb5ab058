import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatLabelSelector,
  type Labels,
  matchesLabels,
  parseLabelSelector,
  requirementsOf,
  SelectorError,
} from './index.js';

const matches = (selector: string, labels: Labels): boolean => matchesLabels(parseLabelSelector(selector), labels);

describe('label selectors', () => {
  it.each([
    ['', ''],
    ['a', 'a'],
    ['!a', '!a'],
    ['! a', '!a'],
    ['a=b', 'a=b'],
    [' a = b ', 'a=b'],
    ['a==b', 'a==b'],
    ['a!=b', 'a!=b'],
    ['a=', 'a='],
    ['a=,b', 'a=,b'],
    ['a in (b)', 'a in (b)'],
    ['a in(c,b,c)', 'a in (b,c)'],
    ['a notin ( b , c )', 'a notin (b,c)'],
    ['a in ()', 'a in ()'],
    ['a in (,)', 'a in ()'],
    ['a in (b,,c)', 'a in (,b,c)'],
    ['a>1', 'a>1'],
    ['a<0010', 'a<0010'],
    ['in in (in)', 'in in (in)'],
    ['in=notin', 'in=notin'],
    ['z,a', 'a,z'],
    ['x in (foo,,baz),y,z notin ()', 'x in (,baz,foo),y,z notin ()'],
    ['example.com/a.b_c=D', 'example.com/a.b_c=D'],
  ])('%j is written %j', (text, canonical) => {
    expect(formatLabelSelector(parseLabelSelector(text))).toBe(canonical);
  });

  it.each([
    ',',
    'a,',
    ',a',
    'a,,b',
    '=b',
    '!',
    '!a=b',
    'a b',
    'a=b c',
    'a===b',
    'a=!b',
    'a in b',
    'a in (b',
    'a in (b c)',
    'a in (b))',
    'a in (=)',
    'a in',
    '(a)',
    'a>b',
    'a>',
    'a<-1',
    'a<1.5',
    'a>9223372036854775808',
    '-a',
    'a=-b',
    'A.com/b=c',
    `a=${'b'.repeat(64)}`,
    'a=b/c',
    'a!b',
  ])('%j is refused', (text) => {
    expect(() => parseLabelSelector(text)).toThrow(SelectorError);
  });

  const labels: Labels = { app: 'web', tier: '', size: '10' };

  it.each([
    ['', true],
    ['app', true],
    ['!app', false],
    ['!other', true],
    ['app=web', true],
    ['app==db', false],
    ['app!=db', true],
    ['other!=db', true],
    ['other=', false],
    ['tier=', true],
    ['tier in (,x)', true],
    ['app in (web,db)', true],
    ['app notin (web,db)', false],
    ['other notin (web)', true],
    ['size>9', true],
    ['size>10', false],
    ['size<11', true],
    ['app>1', false],
    ['other<1', false],
    ['app=web,size<5', false],
  ])('%j on app=web,tier=,size=10 is %s', (selector, expected) => {
    expect(matches(selector, labels)).toBe(expected);
  });

  it('looks only at labels the object really has', () => {
    expect(matches('constructor', {})).toBe(false);
    expect(matches('toString!=x', {})).toBe(true);
    expect(matches('constructor=x', JSON.parse('{"constructor":"x"}') as Labels)).toBe(true);
  });

  it('reads back what it wrote', () => {
    const word = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,5}[a-z0-9])?$/);
    const requirement = fc.oneof(
      word,
      word.map((key) => `!${key}`),
      fc.tuple(word, fc.constantFrom('=', '==', '!='), fc.oneof(word, fc.constant(''))).map((t) => t.join('')),
      fc.tuple(word, fc.constantFrom('<', '>'), fc.nat()).map((t) => t.join('')),
      fc
        .tuple(word, fc.constantFrom('in', 'notin'), fc.array(fc.oneof(word, fc.constant('')), { minLength: 1 }))
        .map(([key, operator, values]) => `${key} ${operator} (${values.join(',')})`),
    );
    fc.assert(
      fc.property(fc.array(requirement), (parts) => {
        const parsed = parseLabelSelector(parts.join(','));
        expect(parseLabelSelector(formatLabelSelector(parsed))).toEqual(parsed);
      }),
    );
  });
});

describe('the LabelSelector of the API', () => {
  it('becomes the same requirements as its text', () => {
    const requirements = requirementsOf({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'NotIn', values: ['b', 'a'] },
        { key: 'canary', operator: 'DoesNotExist' },
        { key: 'size', operator: 'Exists', values: [] },
        { key: 'zone', operator: 'In', values: ['z'] },
      ],
    });
    expect(formatLabelSelector(requirements ?? [])).toBe('app=web,!canary,size,tier notin (a,b),zone in (z)');
  });

  it('selects everything when empty and nothing when missing', () => {
    expect(matchesLabels(requirementsOf({}), { a: 'b' })).toBe(true);
    expect(matchesLabels(requirementsOf({}), undefined)).toBe(true);
    expect(matchesLabels(requirementsOf(undefined), { a: 'b' })).toBe(false);
  });

  it.each([
    { matchLabels: { '-a': 'b' } },
    { matchLabels: { a: 'b c' } },
    { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] },
    { matchExpressions: [{ key: 'a', operator: 'In' }] },
    { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] },
  ])('%j is refused', (selector) => {
    expect(() => requirementsOf(selector)).toThrow(SelectorError);
  });
});
