import { describe, expect, it } from 'vitest';
import { type Toleration, toleratesTaint, untoleratedTaint } from './index.js';

const taint = { key: 'k', value: 'v', effect: 'NoSchedule' };

describe('a toleration', () => {
  it.each<readonly [Toleration, boolean]>([
    [{ key: 'k', value: 'v', effect: 'NoSchedule' }, true],
    [{ key: 'k', operator: 'Equal', value: 'v' }, true],
    [{ key: 'k', operator: 'Equal', value: 'w' }, false],
    [{ key: 'k', value: '' }, false],
    [{ key: 'other', value: 'v' }, false],
    [{ key: 'k', operator: 'Exists' }, true],
    [{ key: 'k', operator: 'Exists', effect: 'NoExecute' }, false],
    [{ operator: 'Exists' }, true],
    [{ operator: 'Exists', effect: 'NoSchedule' }, true],
    [{ operator: 'exists' }, false],
  ])('%j for k=v:NoSchedule: %s', (toleration, expected) => {
    expect(toleratesTaint(toleration, taint)).toBe(expected);
  });

  it('tolerates a taint without value by Equal without value', () => {
    expect(toleratesTaint({ key: 'k' }, { key: 'k', effect: 'NoSchedule' })).toBe(true);
  });

  it.each<readonly [string, string, boolean]>([
    ['Lt 10', '9', true],
    ['Lt 10', '10', false],
    ['Gt 10', '11', true],
    ['Gt -10', '-9', true],
    ['Gt 10', '9', false],
    ['Gt 010', '11', false],
    ['Gt 10', '+11', false],
    ['Gt 10', '', false],
    ['Lt -0', '-1', false],
    ['Gt 9007199254740992', '9007199254740993', true],
  ])('%s for the value %j: %s', (words, taintValue, expected) => {
    const [operator = '', value = ''] = words.split(' ');
    const toleration = { key: 'k', operator, value };
    expect(toleratesTaint(toleration, { ...taint, value: taintValue })).toBe(expected);
  });
});

describe('the first taint not tolerated', () => {
  const taints = [
    { key: 'soft', effect: 'PreferNoSchedule' },
    { key: 'a', effect: 'NoSchedule' },
    { key: 'b', effect: 'NoExecute' },
  ];

  it('leaves out preferences', () => {
    expect(untoleratedTaint(taints, undefined)?.key).toBe('a');
    expect(untoleratedTaint(taints, [{ key: 'a' }])?.key).toBe('b');
    expect(untoleratedTaint(taints, [{ key: 'a' }, { key: 'b' }])).toBeUndefined();
    expect(untoleratedTaint(undefined, undefined)).toBeUndefined();
  });

  it('looks only at the effects asked for', () => {
    expect(untoleratedTaint(taints, [], ['PreferNoSchedule'])?.key).toBe('soft');
    expect(untoleratedTaint(taints, [], ['NoExecute'])?.key).toBe('b');
  });
});
