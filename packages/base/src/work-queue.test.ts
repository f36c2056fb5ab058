import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { Deferred, WorkQueueOptions } from './index.js';
import { ManualClock, deferred, seededRandom, workQueue } from './index.js';

function harness(options: Partial<WorkQueueOptions<string>> = {}) {
  const clock = new ManualClock();
  const calls: string[] = [];
  const gates = new Map<string, Deferred<void>>();
  const queue = workQueue<string>({
    clock,
    random: seededRandom(1),
    handle: async (key) => {
      calls.push(key);
      await gates.get(key)?.promise;
    },
    ...options,
  });
  return { clock, calls, gates, queue };
}

describe('a work queue', () => {
  it('handles a key that is added several times while it waits only once', async () => {
    const { queue, calls, clock } = harness({ workers: 1 });
    queue.add('a');
    queue.add('b');
    queue.add('b');
    await clock.settle();
    expect(calls).toEqual(['a', 'b']);
  });

  it('runs a key once more when it was added while it ran, and never twice at the same time', async () => {
    const { queue, calls, gates, clock } = harness();
    gates.set('a', deferred());
    queue.add('a');
    await clock.settle();
    queue.add('a');
    queue.add('a');
    await clock.settle();
    expect(calls).toEqual(['a']);
    gates.get('a')?.resolve();
    gates.delete('a');
    await clock.settle();
    expect(calls).toEqual(['a', 'a']);
  });

  it('never has more handlers running than workers', async () => {
    let running = 0;
    let most = 0;
    const clock = new ManualClock();
    const queue = workQueue<number>({
      clock,
      random: seededRandom(1),
      workers: 3,
      handle: async () => {
        most = Math.max(most, (running += 1));
        await clock.sleep(10);
        running -= 1;
      },
    });
    for (let i = 0; i < 20; i += 1) queue.add(i);
    await clock.advance(1_000);
    expect(most).toBe(3);
    expect(queue.size).toBe(0);
  });

  it('tries a failed key again with growing delays, for ever', async () => {
    const times: number[] = [];
    const { queue, clock } = harness({
      retry: { first: 100, most: 1_000, jitter: 0 },
      handle: async () => {
        times.push(clock.monotonic());
        throw new Error('no');
      },
    });
    queue.add('a');
    await clock.advance(5_000);
    expect(times).toEqual([0, 100, 300, 700, 1_500, 2_500, 3_500, 4_500]);
    expect(queue.failures('a')).toBe(8);
  });

  it('looks at a key at once when it is added while backing off, because something changed', async () => {
    const { queue, clock, calls } = harness({
      handle: async (key) => {
        calls.push(key);
        throw new Error('no');
      },
      retry: { first: 10_000, most: 10_000, jitter: 0 },
    });
    queue.add('a');
    await clock.advance(10);
    queue.add('a');
    await clock.settle();
    expect(calls.length).toBe(2);
  });

  it('keeps the earlier of two times', async () => {
    const { queue, clock, calls } = harness();
    queue.addAfter('a', 5_000);
    queue.addAfter('a', 1_000);
    queue.addAfter('a', 9_000);
    await clock.advance(1_000);
    expect(calls).toEqual(['a']);
    await clock.advance(60_000);
    expect(calls).toEqual(['a']);
  });

  it('waits as long as an error asks', async () => {
    const times: number[] = [];
    const { queue, clock } = harness({
      delayOf: () => 7_000,
      handle: async () => {
        times.push(clock.monotonic());
        if (times.length === 1) throw new Error('throttled');
      },
    });
    queue.add('a');
    await clock.advance(10_000);
    expect(times).toEqual([0, 7_000]);
  });

  it('looks again after the time a handler answers', async () => {
    const times: number[] = [];
    const { queue, clock } = harness({
      handle: async () => {
        times.push(clock.monotonic());
        return times.length < 3 ? { again: 50 } : undefined;
      },
    });
    queue.add('a');
    await clock.advance(1_000);
    expect(times).toEqual([0, 50, 100]);
  });

  it('stops by aborting its handlers and waiting for them', async () => {
    const { queue, clock } = harness({
      handle: (_key, signal) => clock.sleep(60_000, signal).catch(() => undefined),
    });
    queue.add('a');
    queue.addAfter('b', 1_000);
    await clock.settle();
    await queue.stop();
    expect(clock.pending).toBe(0);
    queue.add('c');
    expect(queue.size).toBe(0);
  });

  it('loses no key, whatever the order of adding, failing and finishing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 30 })), { maxLength: 40 }),
        async (script) => {
          const clock = new ManualClock();
          const wanted = new Map<number, number>();
          const seen = new Map<number, number>();
          const queue = workQueue<number>({
            clock,
            random: seededRandom(7),
            workers: 2,
            retry: { first: 5, most: 20 },
            handle: async (key) => {
              const level = wanted.get(key) ?? 0;
              await clock.sleep(key);
              if ((key + level) % 3 === 0 && clock.monotonic() < 500) throw new Error('flaky');
              seen.set(key, level);
            },
          });
          for (const [key, pause] of script) {
            wanted.set(key, (wanted.get(key) ?? 0) + 1);
            queue.add(key);
            await clock.advance(pause);
          }
          await clock.advance(2_000);
          expect(seen).toEqual(wanted);
          expect(queue.size).toBe(0);
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});
