import { CodedError, ManualClock } from '@virtual-kubelet/base';
import { ApiError } from '@virtual-kubelet/client';
import { describe, expect, test } from 'vitest';
import { firstContact } from './first-contact.js';
import { startDeadline } from './start-deadline.js';

const unreachable = new CodedError('VK_API_UNREACHABLE', { message: 'nobody there', remedy: '', exit: 4 });

function attempt(failures: readonly unknown[], timeout = 0) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const told: string[] = [];
  let calls = 0;
  const start = startDeadline({ clock, began: 0, timeout, text: `${timeout} ms`, stop: stop.signal });
  const outcome = firstContact(
    async () => {
      const failure = failures[calls];
      calls += 1;
      if (failure !== undefined) throw failure;
      return 'there';
    },
    { clock, start, waiting: (error) => told.push(error.message) },
  );
  outcome.catch(() => undefined);
  return { clock, stop, outcome, told, calls: () => calls };
}

describe('the first answer of the API server', () => {
  test('is waited for while nobody listens, and that is told once', async () => {
    const { clock, outcome, told } = attempt([
      unreachable,
      unreachable,
      new ApiError({ status: 503, reason: '', message: 'starting' }),
    ]);
    await clock.advance(60_000);
    expect(await outcome).toBe('there');
    expect(told).toEqual(['nobody there']);
  });

  test('is not waited for when waiting mends nothing', async () => {
    const refused = new ApiError({ status: 401, reason: 'Unauthorized', message: 'who are you' });
    const { outcome, calls } = attempt([refused]);
    await expect(outcome).rejects.toBe(refused);
    expect(calls()).toBe(1);
  });

  test.each([
    [0, 30_000],
    [5_000, 5_000],
    [300_000, 300_000],
  ])('with a timeout of %i ms is given up after %i ms', async (timeout, end) => {
    const { clock, outcome } = attempt(
      Array.from({ length: 1_000 }, () => unreachable),
      timeout,
    );
    await clock.advance(end - 3_000);
    expect(await Promise.race([outcome.catch(() => 'ended'), Promise.resolve('waiting')])).toBe('waiting');
    await clock.advance(3_000);
    await expect(outcome).rejects.toBe(unreachable);
  });

  test('that never comes is given up at the end of the start, though the connection is deaf', async () => {
    const clock = new ManualClock();
    const start = startDeadline({ clock, began: 0, timeout: 100, text: '100ms', stop: new AbortController().signal });
    const outcome = firstContact(() => new Promise<never>(() => undefined), { clock, start, waiting: () => undefined });
    outcome.catch(() => undefined);
    await clock.advance(100);
    await expect(outcome).rejects.toMatchObject({ code: 'VK_STARTUP_TIMEOUT' });
  });

  test('ends a start in time, however soon that is, with what was wrong', async () => {
    const { clock, outcome } = attempt([unreachable], 100);
    await clock.advance(100);
    await expect(outcome).rejects.toBe(unreachable);
    const busy = attempt([new ApiError({ status: 503, reason: '', message: 'starting' })], 100);
    await busy.clock.advance(100);
    await expect(busy.outcome).rejects.toMatchObject({ code: 'VK_API_UNAVAILABLE', exit: 4 });
  });

  test('is not waited for after a signal to stop', async () => {
    const { clock, stop, outcome } = attempt(Array.from({ length: 100 }, () => unreachable));
    await clock.advance(1_000);
    stop.abort(new Error('stopped'));
    await expect(outcome).rejects.toThrow('stopped');
  });
});
