import { CodedError, ManualClock, messageOf } from '@virtual-kubelet/base';
import { describe, expect, test } from 'vitest';
import { startDeadline } from './start-deadline.js';

const trouble = new CodedError('VK_API_UNREACHABLE', { message: 'nobody there', remedy: 'look', exit: 4 });

function begun(timeout: number) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const deadline = startDeadline({ clock, began: clock.monotonic(), timeout, text: '5s', stop: stop.signal });
  return { clock, stop, deadline };
}

describe('the deadline of a start', () => {
  test('ends it with a code, a remedy and the time that was given', async () => {
    const { clock, deadline } = begun(5_000);
    await clock.advance(4_999);
    expect(deadline.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(deadline.signal.reason).toMatchObject({
      code: 'VK_STARTUP_TIMEOUT',
      message: 'the node was not ready after 5s',
      remedy: expect.stringContaining('--startup-timeout') as unknown,
    });
  });

  test('names what is known to be wrong at that time, and not what was mended before', async () => {
    const first = begun(5_000);
    first.deadline.blame(() => trouble);
    await first.clock.advance(5_000);
    expect(first.deadline.signal.reason).toBe(trouble);
    const second = begun(5_000);
    second.deadline.blame(() => trouble);
    second.deadline.blame(() => undefined);
    await second.clock.advance(5_000);
    expect(second.deadline.signal.reason).toMatchObject({ code: 'VK_STARTUP_TIMEOUT' });
  });

  test('tells words about what is missing', async () => {
    const { clock, deadline } = begun(5_000);
    deadline.blame(() => 'node vk is not registered yet');
    await clock.advance(5_000);
    expect(messageOf(deadline.signal.reason)).toBe('the node was not ready after 5s: node vk is not registered yet');
  });

  test('counts the time before it was known', async () => {
    const clock = new ManualClock();
    await clock.advance(4_000);
    const { signal } = startDeadline({
      clock,
      began: 0,
      timeout: 5_000,
      text: '5s',
      stop: new AbortController().signal,
    });
    await clock.advance(1_000);
    expect(signal.aborted).toBe(true);
  });

  test('of 0 never comes', async () => {
    const { clock, deadline } = begun(0);
    await clock.advance(3_600_000);
    expect([deadline.signal.aborted, deadline.isBounded]).toEqual([false, false]);
  });

  test.each([0, 5_000])('of %i ms follows the signal to stop', async (timeout) => {
    const { stop, deadline } = begun(timeout);
    const reason = new Error('stopped');
    stop.abort(reason);
    expect(deadline.signal.reason).toBe(reason);
  });

  test('is forgotten once the start is over', async () => {
    const { clock, deadline } = begun(5_000);
    deadline.release();
    await clock.advance(10_000);
    expect(deadline.signal.aborted).toBe(false);
  });
});
