import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLogQuery } from './index.js';

const now = Date.UTC(2026, 0, 1, 12);
const parse = (query: string) => parseLogQuery(new URLSearchParams(query), now);
const refused = (query: string): unknown => {
  const parsed = parse(query);
  return 'refusal' in parsed ? [parsed.refusal.status, parsed.refusal.message] : parsed.options;
};

describe('a log query', () => {
  it('without options asks for all lines once', () => {
    expect(parse('')).toEqual({ options: { follow: false, previous: false, timestamps: false, stream: 'All' } });
  });

  it('is read as API servers write it', () => {
    expect(
      parse('follow=true&limitBytes=5&previous=true&sinceSeconds=90&stream=All&tailLines=0&timestamps=true'),
    ).toEqual({
      options: {
        follow: true,
        previous: true,
        timestamps: true,
        stream: 'All',
        limitBytes: 5,
        tailLines: 0,
        sinceTime: '2026-01-01T11:58:30.000Z',
      },
    });
    expect(parse('sinceTime=2025-12-31T23%3A00%3A00%2B01%3A00')).toMatchObject({
      options: { sinceTime: '2025-12-31T23:00:00+01:00' },
    });
  });

  it.each([
    ['tail=7', { tailLines: 7 }],
    ['tail=7&tailLines=3', { tailLines: 7 }],
    ['tail=all&tailLines=3', {}],
    ['tail=', {}],
    ['tailLines=%2B4', { tailLines: 4 }],
    ['sinceTime=', {}],
    ['sinceTime=null', {}],
    ['sinceSeconds=9223372036854775807', {}],
    ['follow=', { follow: true }],
    ['follow=False', {}],
    ['follow=0', {}],
    ['follow=no', { follow: true }],
    ['stream=Stderr', { stream: 'Stderr' }],
    ['unknown=1', {}],
  ])('%s is understood', (query, options) => {
    expect(parse(query)).toEqual({
      options: { follow: false, previous: false, timestamps: false, stream: 'All', ...options },
    });
  });

  it.each([
    'tailLines=-1',
    'limitBytes=0',
    'limitBytes=-3',
    'sinceSeconds=0',
    'sinceSeconds=5&sinceTime=2026-01-01T00:00:00Z',
    'sinceSeconds=5&sinceTime=',
    'stream=stdout',
    'stream=',
    'stream=Stdout&tailLines=2',
  ])('%s is invalid', (query) => {
    expect(refused(query)).toEqual([422, '{"message": "Invalid request."}']);
  });

  it.each([
    'tailLines=',
    'tailLines=two',
    'tailLines=1.5',
    'tail=most',
    'limitBytes=9223372036854775808',
    'sinceSeconds=0x10',
    'sinceTime=yesterday',
    'sinceTime=2026-02-30T00:00:00Z',
  ])('%s cannot be decoded', (query) => {
    expect(refused(query)).toEqual([400, '{"message": "Unable to decode query."}']);
  });

  it('of any text gives options that hold, or a refusal', () => {
    const value = fc.oneof(fc.string(), fc.integer().map(String), fc.constantFrom('true', 'All', 'Stdout', ''));
    const names = fc.constantFrom('follow', 'tail', 'tailLines', 'limitBytes', 'sinceSeconds', 'sinceTime', 'stream');
    fc.assert(
      fc.property(fc.array(fc.tuple(names, value)), (pairs) => {
        const parsed = parseLogQuery(new URLSearchParams(pairs), now);
        const { tailLines = 0, limitBytes = 1, stream = 'All' } = 'options' in parsed ? parsed.options : {};
        expect('refusal' in parsed ? parsed.refusal.status : 400).toBeOneOf([400, 422]);
        expect(Math.min(tailLines, limitBytes - 1)).toBeGreaterThanOrEqual(0);
        expect(stream === 'All' || tailLines === 0).toBe(true);
      }),
    );
  });
});
