import { seededRandom } from '@virtual-kubelet/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AttemptFailure, RetryQuestion } from './retry.js';
import { retryDelay } from './retry.js';

function isRetried(question: Omit<RetryQuestion, 'attempt'>): boolean {
  return retryDelay({ attempt: 1, ...question }, seededRandom(1)) !== undefined;
}

const http = (status: number, retryAfter?: number): AttemptFailure => ({
  kind: 'answer',
  status,
  retryAfter,
});

test.each<[string, AttemptFailure, boolean, boolean]>([
  // what happened, failure, repeatable call is tried again, other call is tried again
  ['throttled', http(429), true, true],
  ['throttled with a time', http(429, 1000), true, true],
  ['shutting down', http(503, 1000), true, true],
  ['503 of unknown origin', http(503), true, false],
  ['internal error', http(500), true, false],
  ['bad gateway', http(502), true, false],
  ['timeout of the server', http(504, 1000), true, false],
  ['no connection', { kind: 'unsent' }, true, true],
  ['dropped connection', { kind: 'dropped' }, true, false],
  ['no answer in time', { kind: 'timeout' }, true, false],
  ['conflict', http(409), false, false],
  ['conflict with a time', http(409, 1000), false, false],
  ['not found', http(404), false, false],
  ['gone', http(410), false, false],
  ['forbidden', http(403), false, false],
  ['unauthorized', http(401), false, false],
  ['invalid', http(422), false, false],
])('%s', (_, failure, whenRepeatable, otherwise) => {
  expect(isRetried({ failure, repeatable: true })).toBe(whenRepeatable);
  expect(isRetried({ failure, repeatable: false })).toBe(otherwise);
});

test('the caller decides for calls in doubt', () => {
  expect(isRetried({ failure: { kind: 'dropped' }, repeatable: false, retry: true })).toBe(true);
  expect(isRetried({ failure: { kind: 'dropped' }, repeatable: true, retry: false })).toBe(false);
  expect(isRetried({ failure: http(429), repeatable: true, retry: false })).toBe(false);
});

test('the fifth attempt is the last', () => {
  const failure = http(500);
  const at = (attempt: number) => retryDelay({ failure, attempt, repeatable: true }, seededRandom(1));
  expect([1, 2, 3, 4, 5].map((n) => at(n) !== undefined)).toEqual([true, true, true, true, false]);
});

test('waits at least as long as the server asks, at most 36 seconds, and never zero', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10 ** 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer(),
      (asked, attempt, seed) => {
        const question = { failure: http(429, asked), attempt, repeatable: false };
        const delay = retryDelay(question, seededRandom(seed)) ?? -1;
        expect(delay).toBeGreaterThanOrEqual(Math.min(asked, 30_000));
        expect(delay).toBeLessThanOrEqual(36_000);
        expect(delay).toBeGreaterThanOrEqual(100);
      },
    ),
  );
});

test('own delays grow from a fifth of a second to five seconds and are spread', () => {
  const delays = (seed: number) =>
    [1, 2, 3, 4].map((attempt) => retryDelay({ failure: http(500), attempt, repeatable: true }, seededRandom(seed)));
  const [first = 0, , , last = 0] = delays(1);
  expect(first).toBeLessThanOrEqual(200);
  expect(last).toBeGreaterThan(2_500);
  expect(last).toBeLessThanOrEqual(5_000);
  expect(delays(1)).not.toEqual(delays(2));
});
