import { describe, expect, it } from 'vitest';
import { without } from './without.js';

describe('a copy without some fields', () => {
  it('has all others, and leaves the value alone', () => {
    const value: { a: number; b?: string; c: object } = { a: 1, b: 'x', c: {} };
    expect(without(value, 'b', 'a')).toEqual({ c: {} });
    expect(without(value, 'b').c).toBe(value.c);
    expect(value.b).toBe('x');
  });

  it('takes no prototype from a field of that name', () => {
    const copy = without(JSON.parse('{"__proto__": {"evil": true}, "a": 1}') as { a: number; b?: number }, 'b');
    expect([Object.getPrototypeOf(copy), copy]).toEqual([Object.prototype, { a: 1 }]);
  });
});
