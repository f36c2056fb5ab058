import { describe, expect, it } from 'vitest';
import { logTime, parseLogTime } from './index.js';

describe('a time of a log', () => {
  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000000000Z'],
    ['2026-01-02T03:04:05.123456789Z', '2026-01-02T03:04:05.123456789Z'],
    ['2026-01-02T03:04:05.1234567891Z', '2026-01-02T03:04:05.123456789Z'],
    ['2026-01-02T03:04:05.12+02:00', '2026-01-02T01:04:05.120000000Z'],
    ['yesterday', undefined],
    ['2026-02-30T03:04:05Z', undefined],
  ])('%s is %s', (text, time) => {
    expect(parseLogTime(text)).toBe(time);
  });

  it('of milliseconds has nine digits', () => {
    expect(logTime(1_500.25)).toBe('1970-01-01T00:00:01.500250000Z');
  });
});
