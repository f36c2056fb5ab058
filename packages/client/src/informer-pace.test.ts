import { seededRandom } from '@virtual-kubelet/base';
import { expect, test } from 'vitest';
import { ApiError } from './api-error.js';
import { clientError } from './errors.js';
import { freshPace, interruptionKind, nextRound } from './informer-pace.js';
import type { Interruption, NextRound } from './informer-pace.js';

const status = (code: number, more: object = {}): ApiError =>
  new ApiError({ status: code, reason: '', message: '', ...more });

test.each([
  ['an end in good order', undefined, 'ended'],
  ['a cut', new Error('cut'), 'broken'],
  ['silence', clientError('VK_WATCH_SILENT', { seconds: 150 }), 'broken'],
  ['a line that is no event', clientError('VK_WATCH_MALFORMED', { detail: 'x' }), 'malformed'],
  ['data from a backup', clientError('VK_WATCH_RESTORED', { from: '9', to: '5' }), 'restored'],
  ['410', status(410), 'expired'],
  ['400, as for a version of another server', status(400), 'expired'],
  [
    'a version from the future',
    status(504, { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfter: 1 }),
    'expired',
  ],
  ['429', status(429), 'busy'],
  ['503 with a time', status(503, { retryAfter: 1000 }), 'busy'],
  ['503', status(503), 'broken'],
  ['500', status(500), 'broken'],
  ['401', status(401), 'refused'],
  ['403', status(403), 'refused'],
  ['404', status(404), 'refused'],
])('%s', (_, error, kind) => expect(interruptionKind(error)).toBe(kind));

const good: Interruption = { kind: 'ended', open: 400_000, hasBytes: true };
const atOnce: Interruption = { kind: 'ended', open: 5, hasBytes: false };
const down: Interruption = { kind: 'broken', open: undefined, hasBytes: false };

function rounds(...interruptions: readonly Interruption[]): readonly NextRound[] {
  const random = seededRandom(1);
  const result: NextRound[] = [];
  for (const interruption of interruptions)
    result.push(nextRound(result.at(-1)?.pace ?? freshPace, interruption, random));
  return result;
}

const repeat = (interruption: Interruption, count: number): readonly Interruption[] =>
  Array.from({ length: count }, () => interruption);

test('after a good watch the next one follows at once', () => {
  expect(rounds(good)).toEqual([{ pace: freshPace, delay: 0 }]);
});

test('delays begin near 0.8 s, grow to 30 s, and begin anew after a good watch', () => {
  const delays = rounds(...repeat(down, 10)).map(({ delay }) => delay);
  expect(delays[0]).toBeGreaterThanOrEqual(800);
  expect(delays[0]).toBeLessThanOrEqual(1_600);
  expect(Math.max(...delays)).toBeLessThanOrEqual(30_000);
  expect(delays.at(-1)).toBeGreaterThanOrEqual(15_000);
  const after = rounds(...repeat(down, 10), { ...good, kind: 'broken' }).at(-1);
  expect(after?.delay).toBeLessThanOrEqual(1_600);
  expect(after?.delay).toBeGreaterThanOrEqual(800);
});

test('a server that cannot be reached never makes it list', () => {
  expect(rounds(...repeat(down, 100)).some(({ list }) => list !== undefined)).toBe(false);
});

test('five closes at once make it list, outages between them or not', () => {
  const lists = rounds(...repeat(atOnce, 3), down, ...repeat(atOnce, 2), atOnce).map(({ list }) => list);
  expect(lists).toEqual([undefined, undefined, undefined, undefined, undefined, 'closed', undefined]);
  const spoken = { ...atOnce, hasBytes: true };
  expect(rounds(...repeat(atOnce, 4), spoken, ...repeat(atOnce, 4)).some(({ list }) => list)).toBe(false);
});

test('the first expired version is replaced at once, repeated ones ever more slowly', () => {
  const [first, second, third] = rounds(...repeat({ kind: 'expired', open: 5, hasBytes: true }, 3));
  expect(first).toMatchObject({ delay: 0, list: 'expired' });
  expect(second?.delay).toBeGreaterThanOrEqual(1_600);
  expect(third?.delay).toBeGreaterThanOrEqual(3_200);
});

test('a refusal is looked at again slowly', () => {
  const delays = rounds(...repeat({ kind: 'refused', open: undefined, hasBytes: false }, 8)).map(({ delay }) => delay);
  expect(delays[0]).toBeGreaterThanOrEqual(5_000);
  expect(delays.at(-1)).toBeGreaterThanOrEqual(30_000);
  expect(Math.max(...delays)).toBeLessThanOrEqual(60_000);
});

test('a server is given the time it asks for, up to half a minute', () => {
  const busy = (retryAfter: number): number =>
    rounds({ kind: 'busy', open: undefined, hasBytes: false, retryAfter })[0]?.delay ?? -1;
  expect(busy(20_000)).toBeGreaterThanOrEqual(20_000);
  expect(busy(20_000)).toBeLessThanOrEqual(24_000);
  expect(busy(10 ** 12)).toBeLessThanOrEqual(36_000);
  expect(busy(0)).toBeGreaterThanOrEqual(800);
});
