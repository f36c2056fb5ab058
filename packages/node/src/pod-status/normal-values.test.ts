import { describe, expect, test } from 'vitest';
import { canonicalResources, clipped, int32, message, messageLimit, reason, wholeSeconds } from './normal-values.js';

describe('times', () => {
  test.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['2026-01-01T00:00:00.999Z', '2026-01-01T00:00:00Z'],
    ['2026-01-01T02:00:00+02:00', '2026-01-01T00:00:00Z'],
    ['2026-01-01T00:00:00-00:30', '2026-01-01T00:30:00Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z'],
    ['1969-12-31T23:59:59Z', undefined],
    ['0001-01-01T00:00:00Z', undefined],
    ['2026-02-30T00:00:00Z', undefined],
    ['yesterday', undefined],
    ['', undefined],
    [undefined, undefined],
    [17 as unknown as string, undefined],
  ])('%s is %s', (given, normal) => expect(wholeSeconds(given)).toBe(normal));
});

describe('whole numbers', () => {
  test.each([
    [0, 0],
    [-137, -137],
    [2_147_483_647, 2_147_483_647],
    [-2_147_483_647, -2_147_483_647],
    [2_147_483_648, undefined],
    [0.5, undefined],
    [Number.NaN, undefined],
    [Infinity, undefined],
    [undefined, undefined],
    ['1' as unknown as number, undefined],
  ])('%s is %s', (given, normal) => expect(int32(given)).toBe(normal));
});

describe('texts', () => {
  test.each([
    { one: 'a', bytes: 1 },
    { one: '\u007f', bytes: 1 },
    { one: '\u0080', bytes: 2 },
    { one: '\u07ff', bytes: 2 },
    { one: '\u0800', bytes: 3 },
    { one: '\uffff', bytes: 3 },
    { one: '\u{10000}', bytes: 4 },
    { one: '\u{1f600}', bytes: 4 },
  ])('of characters with $bytes bytes are cut between two of them', ({ one, bytes }) => {
    expect(clipped(one.repeat(3), bytes * 2)).toBe(one.repeat(2));
    expect(clipped(one.repeat(3), bytes * 3 - 1)).toBe(one.repeat(2));
    expect(clipped(one.repeat(3), bytes * 3)).toBe(one.repeat(3));
    expect(clipped(`${one}${'x'.repeat(9)}`, bytes + 9)).toBe(`${one}${'x'.repeat(9)}`);
    expect(clipped(`${one}${'x'.repeat(9)}`, bytes + 8)).toBe(`${one}${'x'.repeat(8)}`);
  });

  test('without room are empty', () => expect(clipped('ab', 0)).toBe(''));

  test('lose half characters, which no server stores', () => {
    expect(clipped('\ud83dx\ude00\u{1f600}', 99)).toBe('\ufffdx\ufffd\u{1f600}');
  });

  test('that say nothing are none', () => {
    expect(message('', 9)).toBeUndefined();
    expect(message(undefined, 9)).toBeUndefined();
    expect(message({}, 9)).toBeUndefined();
    expect(message('m', 9)).toBe('m');
  });

  test('that are reasons are short', () => expect(reason('R'.repeat(999))).toHaveLength(256));

  test('of one pod share their room', () => {
    expect([0, 1, 3, 4, 12].map(messageLimit)).toEqual([4_096, 4_096, 4_096, 3_072, 1_024]);
  });
});

describe('resources', () => {
  test('are written as the API server writes them', () => {
    expect(canonicalResources({ requests: { cpu: '0.5', memory: '1024Mi' }, claims: [{ name: 'c' }] })).toStrictEqual({
      requests: { cpu: '500m', memory: '1Gi' },
      claims: [{ name: 'c' }],
    });
    expect(canonicalResources({ limits: { cpu: '1000m' } })).toStrictEqual({ limits: { cpu: '1' } });
  });

  test('that are no quantities are left out', () => {
    expect(canonicalResources({ limits: { cpu: 'many', memory: '1' } })).toStrictEqual({ limits: { memory: '1' } });
  });
});
