import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from './manual-clock.js';
import { timedKeys } from './timed-keys.js';

function world() {
  const clock = new ManualClock();
  const rung: [number, string][] = [];
  const keys = timedKeys<string>(clock, (due) => {
    for (const key of due) rung.push([clock.monotonic() - began, key]);
  });
  const began = clock.monotonic();
  return { clock, keys, rung, at: (ms: number) => began + ms };
}

describe('keys that wait for a time', () => {
  it('come up at their time, in its order, and wait no more', async () => {
    const { clock, keys, rung, at } = world();
    keys.set('late', at(300));
    keys.set('soon', at(100));
    keys.set('between', at(200));
    expect([keys.size, keys.due('soon')]).toEqual([3, at(100)]);
    await clock.advance(250);
    expect(rung).toEqual([
      [100, 'soon'],
      [200, 'between'],
    ]);
    expect([keys.size, keys.due('soon')]).toEqual([1, undefined]);
  });

  it('wait for the last time that was said, and not at all once deleted', async () => {
    const { clock, keys, rung, at } = world();
    keys.set('moved', at(100));
    keys.set('moved', at(50));
    keys.set('put off', at(60));
    keys.set('put off', at(500));
    keys.set('dropped', at(70));
    keys.delete('dropped');
    await clock.advance(1_000);
    expect(rung).toEqual([
      [50, 'moved'],
      [500, 'put off'],
    ]);
  });

  it('share one timer, which goes with the last of them', () => {
    const { clock, keys, at } = world();
    for (let i = 0; i < 1_000; i += 1) keys.set(String(i), at(1_000 + i));
    expect(clock.pending).toBe(1);
    for (let i = 0; i < 1_000; i += 1) keys.delete(String(i));
    expect(clock.pending).toBe(0);
  });

  it('come up exactly once at the last time said, whatever happened before', async () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      due: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 200 }), async (steps) => {
        const { clock, keys, rung, at } = world();
        const wanted = new Map<string, number>();
        for (const { key, due } of steps) {
          if (due === undefined) keys.delete(key);
          else keys.set(key, at(due));
          if (due === undefined) wanted.delete(key);
          else wanted.set(key, due);
        }
        await clock.advance(100);
        expect(new Map(rung.map(([time, key]) => [key, time]))).toEqual(wanted);
        expect(rung).toHaveLength(wanted.size);
      }),
      { numRuns: 50 },
    );
  });
});
