import { deferred, ManualClock } from '@virtual-kubelet/base';
import type { Deferred } from '@virtual-kubelet/base';
import { describe, expect, test } from 'vitest';
import type { FreshCache } from './fresh-cache.js';
import { freshCache } from './fresh-cache.js';

/** A cache over a source whose answers the test gives. */
function world(ttlOf: (value: string) => number = () => 60_000): {
  clock: ManualClock;
  cache: FreshCache<string>;
  reads: Deferred<string>[];
  mark: () => number;
  ask: (key: string, more?: { after?: number }) => Promise<string>;
  life: AbortController;
} {
  const clock = new ManualClock();
  const sequence = { last: 0 };
  const life = new AbortController();
  const cache = freshCache({ clock, sequence, ttlOf, unused: 120_000, life: life.signal });
  const reads: Deferred<string>[] = [];
  const read = (): Promise<string> => {
    const answer = deferred<string>();
    reads.push(answer);
    return answer.promise;
  };
  return {
    clock,
    cache,
    reads,
    life,
    mark: () => sequence.last,
    ask: (key, more = {}) => cache.get(key, { read, ...more }),
  };
}

describe('fresh cache', () => {
  test('asks once for all who ask at the same time, and not again while the answer is young', async () => {
    const { ask, reads, clock } = world();
    const both = Promise.all([ask('a'), ask('a')]);
    expect(reads).toHaveLength(1);
    reads[0]?.resolve('one');
    expect(await both).toEqual(['one', 'one']);
    await clock.advance(59_999);
    expect(await ask('a')).toBe('one');
    await clock.advance(1);
    void ask('a');
    expect(reads).toHaveLength(2);
  });

  test('an answer begun before the mark is not good enough, however young', async () => {
    const { ask, reads, mark } = world();
    const first = ask('a');
    reads[0]?.resolve('old');
    await first;
    const second = ask('a', { after: mark() });
    expect(reads).toHaveLength(2);
    reads[1]?.resolve('new');
    expect(await second).toBe('new');
  });

  test('who needs a younger answer than the one under way shares the next one', async () => {
    const { ask, reads, mark, clock } = world();
    const old = ask('a');
    const young = [ask('a', { after: mark() }), ask('a', { after: mark() })];
    expect(reads).toHaveLength(1);
    reads[0]?.reject(new Error('lost'));
    await expect(old).rejects.toThrow('lost');
    await clock.settle();
    expect(reads).toHaveLength(2);
    reads[1]?.resolve('new');
    expect(await Promise.all(young)).toEqual(['new', 'new']);
  });

  test('failures are not kept', async () => {
    const { ask, reads } = world();
    const failing = ask('a');
    reads[0]?.reject(new Error('lost'));
    await expect(failing).rejects.toThrow('lost');
    const again = ask('a');
    reads[1]?.resolve('found');
    expect(await again).toBe('found');
  });

  test('what is outdated is asked for again, and a read under way no longer counts', async () => {
    const { ask, reads, cache, clock } = world();
    const first = ask('a');
    reads[0]?.resolve('one');
    await first;
    cache.outdate('a');
    const early = ask('a');
    expect(reads).toHaveLength(2);
    cache.outdate('a');
    const late = ask('a');
    reads[1]?.resolve('two');
    expect(await early).toBe('two');
    await clock.settle();
    expect(reads).toHaveLength(3);
    reads[2]?.resolve('three');
    expect(await late).toBe('three');
    expect(await ask('a')).toBe('three');
    expect(reads).toHaveLength(3);
  });

  test('begins no read once its life is over', async () => {
    const { ask, reads, mark, life } = world();
    const old = ask('a');
    const young = ask('a', { after: mark() });
    life.abort(new Error('closed'));
    reads[0]?.reject(new Error('closed'));
    await expect(old).rejects.toThrow('closed');
    await expect(young).rejects.toThrow('closed');
    expect(reads).toHaveLength(1);
  });

  test('drops what is over, and what never ends once nobody asks for it', async () => {
    const { ask, reads, clock, cache } = world((value) => (value === 'for ever' ? Infinity : 1_000));
    const both = [ask('a'), ask('b')];
    reads[0]?.resolve('for ever');
    reads[1]?.resolve('short');
    await Promise.all(both);
    await clock.advance(100_000);
    expect(await ask('a')).toBe('for ever');
    cache.sweep();
    expect(cache.size).toBe(1);
    await clock.advance(120_000);
    cache.sweep();
    expect(cache.size).toBe(0);
  });

  test('sweeps by itself while it is used', async () => {
    const { ask, reads, clock, cache } = world(() => 1_000);
    const old = ask('old');
    reads[0]?.resolve('x');
    await old;
    await clock.advance(120_000);
    const young = ask('young');
    reads[1]?.resolve('y');
    await young;
    expect(cache.size).toBe(1);
  });
});
