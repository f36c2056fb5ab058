import { describe, expect, test } from 'vitest';
import { tokenBucket, tokenBuckets } from './token-buckets.js';

describe('a bucket', () => {
  test('gives at once what it holds, then at its rate', () => {
    const bucket = tokenBucket({ burst: 2, rate: 10 });
    expect([0, 0, 0, 0].map((now) => bucket.take(now))).toEqual([0, 0, 100, 200]);
    expect(bucket.take(200)).toBe(100);
  });

  test('fills up to its size and no further', () => {
    const may = tokenBuckets({ burst: 2, rate: 1 }, 1);
    expect([0, 0, 0].map((now) => may('a', now))).toEqual([true, true, false]);
    expect([999, 1_000, 1_000].map((now) => may('a', now))).toEqual([false, true, false]);
    expect([99_000, 99_000, 99_000].map((now) => may('a', now))).toEqual([true, true, false]);
  });
});

test('the bucket unused for longest is forgotten, and full again', () => {
  const may = tokenBuckets({ burst: 1, rate: 0.001 }, 2);
  expect(['a', 'b', 'a'].map((key) => may(key, 0))).toEqual([true, true, false]);
  expect(may('c', 0)).toBe(true);
  expect(may('a', 0)).toBe(false);
  expect(may('b', 0)).toBe(true);
  expect(may('c', 0)).toBe(true);
});
