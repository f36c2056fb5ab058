import { describe, expect, it } from 'vitest';
import { extended } from './index.js';

describe('extended', () => {
  it('copies, and adds and replaces fields', () => {
    const value = { a: 1, b: 2 };
    expect(extended(value, { b: 3, c: 4 })).toEqual({ a: 1, b: 3, c: 4 });
    expect(value).toEqual({ a: 1, b: 2 });
  });
});
