import { describe, expect, it } from 'vitest';
import { ManualClock } from './index.js';

describe('the manual clock', () => {
  it('fires timers in the order they are due, and those set meanwhile too', async () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    void clock.sleep(20).then(() => seen.push('b'));
    void clock.sleep(10).then(async () => {
      seen.push('a');
      await clock.sleep(5);
      seen.push('a2');
    });
    await clock.advance(20);
    expect(seen).toEqual(['a', 'a2', 'b']);
    expect(clock.monotonic()).toBe(20);
  });

  it('aborts deadlines with a timeout, and lets go of them when released', async () => {
    const clock = new ManualClock();
    const late = clock.deadline(10);
    const released = clock.deadline(10);
    released.release();
    await clock.advance(10);
    expect((late.signal.reason as Error).name).toBe('TimeoutError');
    expect(released.signal.aborted).toBe(false);
  });

  it('follows the parent signal of a deadline', () => {
    const clock = new ManualClock();
    const parent = new AbortController();
    const { signal } = clock.deadline(1_000, parent.signal);
    parent.abort('gone');
    expect(signal.reason).toBe('gone');
    expect(clock.pending).toBe(0);
  });

  it('moves the wall clock alone when it jumps', () => {
    const clock = new ManualClock(1_000);
    clock.jumpWall(-500);
    expect([clock.wall(), clock.monotonic()]).toEqual([500, 0]);
  });

  it('rejects a sleep with the reason of its signal', async () => {
    const clock = new ManualClock();
    const stop = new AbortController();
    const sleep = clock.sleep(100, stop.signal);
    stop.abort(new Error('enough'));
    await expect(sleep).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
  });
});
