import { ManualClock } from '@virtual-kubelet/base';
import { failures } from '@virtual-kubelet/provider';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateLimit } from './index.js';

function limited(rate: number, burst: number) {
  const clock = new ManualClock();
  const limit = rateLimit({ clock, rate, burst });
  const begun: number[] = [];
  const call = (signal?: AbortSignal): Promise<void> =>
    limit.run(async () => void begun.push(clock.monotonic()), signal);
  return { clock, limit, begun, call };
}

describe('a rate limit', () => {
  it('lets a burst through and then one after the other', async () => {
    const { clock, begun, call } = limited(10, 3);
    for (let i = 0; i < 6; i += 1) void call();
    await clock.advance(1_000);
    expect(begun).toEqual([0, 0, 0, 100, 200, 300]);
    expect(clock.pending).toBe(0);
  });

  it('never begins more calls in a second than burst and rate allow', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 10 }),
        async (pauses, rate, burst) => {
          const { clock, begun, call } = limited(rate, burst);
          for (const pause of pauses) {
            void call();
            await clock.advance(pause);
          }
          await clock.advance(60_000);
          expect(begun.length).toBe(pauses.length);
          for (const at of begun) {
            const within = begun.filter((other) => other >= at && other < at + 1_000).length;
            expect(within).toBeLessThanOrEqual(rate + burst);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('makes all wait as long as the platform asked, then goes slower, and recovers within a minute', async () => {
    const { clock, limit, begun, call } = limited(10, 1);
    const complaint = limit.run(async () => {
      throw failures.throttled('slow down', 5_000);
    });
    await expect(complaint).rejects.toThrow('slow down');
    for (let i = 0; i < 3; i += 1) void call();
    expect(limit.rate).toBe(5);
    await clock.advance(4_999);
    expect(begun).toEqual([]);
    await clock.advance(1_000);
    expect(begun.length).toBe(3);
    await clock.advance(60_000);
    expect(limit.rate).toBe(10);
  });

  it('holds back calls that already waited when the complaint came', async () => {
    const { clock, limit, begun, call } = limited(10, 1);
    let complain: (error: unknown) => void = () => undefined;
    const first = limit.run(() => new Promise((_, reject) => (complain = reject)));
    void call();
    await clock.advance(50);
    complain(failures.throttled('slow down', 3_000));
    await expect(first).rejects.toThrow('slow down');
    await clock.advance(2_900);
    expect(begun).toEqual([]);
    await clock.advance(200);
    expect(begun.length).toBe(1);
  });

  it('goes on one after the other after a complaint, never slower than a sixteenth', async () => {
    const { clock, limit, begun, call } = limited(16, 100);
    for (let i = 0; i < 10; i += 1) {
      const complaint = limit.run(async () => Promise.reject(failures.throttled('slow down', 10))).catch(String);
      await clock.advance(1_000);
      expect(await complaint).toContain('slow down');
    }
    expect(limit.rate).toBeGreaterThanOrEqual(1);
    expect(limit.rate).toBeLessThan(2);
    for (let i = 0; i < 4; i += 1) void call();
    const from = clock.monotonic();
    await clock.advance(300);
    expect(begun.filter((at) => at <= from + 300).length).toBeLessThanOrEqual(2);
    await clock.advance(10_000);
    expect(begun.length).toBe(4);
  });

  it('without a time of the platform waits a second', async () => {
    const { clock, limit, begun, call } = limited(10, 5);
    await expect(limit.run(async () => Promise.reject(failures.throttled('slow down')))).rejects.toThrow('slow down');
    void call();
    await clock.advance(2_000);
    expect(begun).toEqual([1_000]);
  });

  it('gives the turn of a call that is not wanted any more to the next', async () => {
    const { clock, begun, call } = limited(1, 1);
    void call();
    const leaving = new AbortController();
    const left = call(leaving.signal);
    await clock.settle();
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    void call();
    await clock.advance(1_000);
    expect(begun).toEqual([0, 1_000]);
    await expect(call(leaving.signal)).rejects.toThrow('gone');
  });

  it('takes other failures for what they are', async () => {
    const { limit } = limited(10, 1);
    await expect(limit.run(async () => Promise.reject(failures.capacity('full')))).rejects.toThrow('full');
    expect(limit.rate).toBe(10);
  });
});
