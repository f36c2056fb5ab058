import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMicroTime, formatTime, parseTime, TimeError } from './index.js';

const year9999 = 253_402_300_799_999;

describe('times', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2006-01-02T15:04:05Z', 1_136_214_245_000],
    ['2006-01-02T15:04:05+07:00', 1_136_189_045_000],
    ['2006-01-02T15:04:05-00:30', 1_136_216_045_000],
    ['2006-01-02T15:04:05.5Z', 1_136_214_245_500],
    ['2006-01-02T15:04:05.123456Z', 1_136_214_245_123.456],
    ['2006-01-02T15:04:05.1234567891Z', 1_136_214_245_123.456_8],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000],
  ])('%s is %s ms', (text, milliseconds) => {
    expect(parseTime(text)).toBeCloseTo(milliseconds, 3);
  });

  it.each([
    '',
    '2006-01-02',
    '2006-01-02 15:04:05Z',
    '2006-01-02T15:04:05',
    '2006-01-02t15:04:05z',
    '2006-13-02T15:04:05Z',
    '2006-02-30T15:04:05Z',
    '2023-02-29T00:00:00Z',
    '2006-01-02T24:00:00Z',
    '2006-01-02T15:04:60Z',
    '2006-01-02T15:04:05+24:00',
    '+12006-01-02T15:04:05Z',
    ' 2006-01-02T15:04:05Z',
  ])('%j is refused', (text) => {
    expect(() => parseTime(text)).toThrow(TimeError);
  });

  it('writes whole seconds downwards, also before 1970', () => {
    expect(formatTime(1999)).toBe('1970-01-01T00:00:01Z');
    expect(formatTime(-1)).toBe('1969-12-31T23:59:59Z');
  });

  it('writes six digits of a MicroTime', () => {
    expect(formatMicroTime(1_136_214_245_123.456)).toBe('2006-01-02T15:04:05.123456Z');
    expect(formatMicroTime(0)).toBe('1970-01-01T00:00:00.000000Z');
    expect(formatMicroTime(999.999_9)).toBe('1970-01-01T00:00:01.000000Z');
  });

  it('refuses to write years of five digits', () => {
    expect(() => formatTime(year9999 + 1)).toThrow(RangeError);
  });

  it('reads back what it wrote', () => {
    const micro = fc.integer({ min: 0, max: 4_102_444_800_000_000 });
    fc.assert(
      fc.property(micro, (microseconds) => {
        const text = formatMicroTime(microseconds / 1000);
        expect(Math.round(parseTime(text) * 1000)).toBe(microseconds);
        expect(formatMicroTime(parseTime(text))).toBe(text);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }), (seconds) => {
        expect(parseTime(formatTime(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
  });
});
