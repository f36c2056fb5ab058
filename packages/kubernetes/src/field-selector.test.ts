import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFieldSelector, matchesFields, parseFieldSelector, requiredFieldValue, SelectorError } from './index.js';

describe('field selectors', () => {
  it.each([
    ['', []],
    ['a=b', [{ field: 'a', operator: '=', value: 'b' }]],
    ['a==b', [{ field: 'a', operator: '=', value: 'b' }]],
    ['a!=b', [{ field: 'a', operator: '!=', value: 'b' }]],
    ['a=', [{ field: 'a', operator: '=', value: '' }]],
    [
      'spec.nodeName=n,,status.phase!=Failed',
      [
        { field: 'spec.nodeName', operator: '=', value: 'n' },
        { field: 'status.phase', operator: '!=', value: 'Failed' },
      ],
    ],
    ['a=b\\,c\\=d\\\\', [{ field: 'a', operator: '=', value: 'b,c=d\\' }]],
    ['a=!b', [{ field: 'a', operator: '=', value: '!b' }]],
  ])('%j is read', (selector, terms) => {
    expect(parseFieldSelector(selector)).toEqual(terms);
  });

  it.each(['a', 'a=b,c', 'a=b=c', 'a=\\b', 'a=b\\', 'a in (b)'])('%j is refused', (selector) => {
    expect(() => parseFieldSelector(selector)).toThrow(SelectorError);
  });

  it('match when every term holds; unset fields are empty', () => {
    const pod = new Map([['spec.nodeName', 'n']]);
    const matches = (selector: string): boolean =>
      matchesFields(parseFieldSelector(selector), (field) => pod.get(field) ?? '');
    expect(matches('')).toBe(true);
    expect(matches('spec.nodeName=n')).toBe(true);
    expect(matches('spec.nodeName!=n')).toBe(false);
    expect(matches('spec.nodeName=n,status.phase=')).toBe(true);
    expect(matches('spec.nodeName=n,status.phase!=')).toBe(false);
  });

  it('tell the value they require of a field', () => {
    const terms = parseFieldSelector('spec.nodeName=n,status.phase!=Failed');
    expect(requiredFieldValue(terms, 'spec.nodeName')).toBe('n');
    expect(requiredFieldValue(terms, 'status.phase')).toBeUndefined();
  });

  it('read back what they wrote', () => {
    const term = fc.record({
      field: fc.stringMatching(/^[a-z.]+$/),
      operator: fc.constantFrom('=' as const, '!=' as const),
      value: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(term), (terms) => {
        expect(parseFieldSelector(formatFieldSelector(terms))).toEqual(terms);
      }),
    );
  });
});
