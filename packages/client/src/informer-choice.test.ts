import { describe, expect, test } from 'vitest';
import { acceptNodes } from './accept-nodes.js';
import { two, world } from './informer-world.test-kit.js';
import type { World } from './informer-world.test-kit.js';
import type { Thing } from './model-server.test-kit.js';

describe('one watch for the objects of many nodes', () => {
  const many = (ours = new Set(['n1'])): World =>
    world(
      (server) => {
        server.put('a', '1', 'n1');
        server.put('b', '1', 'n2');
      },
      { keep: ({ spec }) => ours.has(spec.nodeName ?? ''), accept: acceptNodes((node) => ours.has(node)) },
    );

  test('parses and keeps only those of ours', async () => {
    const w = many();
    await w.clock.settle();
    w.server.put('c', '1', 'n1');
    w.server.put('d', '1', 'n2');
    await w.clock.settle();
    expect(w.told).toEqual(['added a 1', 'added c 1']);
    expect(w.metrics()).toContain('virtual_kubelet_informer_events_total{resource="things",type="skipped"} 2');
    w.stop.abort();
  });

  test('a node more is read at once, a node less leaves in silence', async () => {
    const ours = new Set(['n1']);
    const w = many(ours);
    await w.clock.settle();
    ours.add('n2');
    void w.informer.resync();
    await w.clock.settle();
    expect(w.told).toEqual(['added a 1', 'added b 1']);
    ours.delete('n1');
    void w.informer.resync();
    await w.clock.settle();
    expect(w.told).toHaveLength(2);
    expect(w.informer.list().map(({ metadata }) => metadata.name)).toEqual(['b']);
    w.stop.abort();
  });
});

describe('a wish for more', () => {
  test('is fulfilled when the list is complete, and not before', async () => {
    const ours = new Set(['n1']);
    const w = world((server) => server.put('b', '1', 'n2'), { keep: ({ spec }) => ours.has(spec.nodeName ?? '') });
    await w.clock.settle();
    ours.add('n2');
    const seen = w.informer.resync().then(() => w.informer.size);
    expect(w.informer.size).toBe(0);
    await w.clock.settle();
    expect(await seen).toBe(1);
    w.stop.abort();
  });

  test('fails when the informer ends before', async () => {
    const w = world(two);
    await w.clock.settle();
    const never = w.informer.resync();
    w.stop.abort(new Error('enough'));
    await expect(never).rejects.toThrow('enough');
  });

  test('of less is fulfilled without a word to anybody', async () => {
    const ours = new Set(['n1', 'n2']);
    const w = world(
      (server) => {
        server.put('a', '1', 'n1');
        server.put('b', '1', 'n2');
      },
      { keep: ({ spec }) => ours.has(spec.nodeName ?? '') },
    );
    await w.clock.settle();
    ours.delete('n1');
    w.informer.prune();
    expect(w.informer.list().map(({ metadata }) => metadata.name)).toEqual(['b']);
    expect(w.told).toEqual(['added a 1', 'added b 1']);
    w.stop.abort();
  });
});

test('an object that is no longer wanted leaves in silence', async () => {
  const w = world(two, { keep: ({ spec }) => spec.text !== 'out' });
  await w.clock.settle();
  w.server.put('a', 'out');
  await w.clock.settle();
  expect(w.told).toHaveLength(2);
  expect(w.informer.byName('ns', 'a')).toBeUndefined();
  w.stop.abort();
});

describe('a write of our own', () => {
  const written = async (): Promise<{ w: World; mine: Thing; parsed: () => string }> => {
    const w = world(two);
    await w.clock.settle();
    const mine = w.server.put('a', 'mine');
    return { w, mine, parsed: () => w.informer.byName('ns', 'a')?.spec.text ?? '' };
  };
  const effect = (before: Thing): Thing => ({ ...before, spec: { ...before.spec, text: 'told' } });

  test('is taken from its teller and not from the line', async () => {
    const { w, mine, parsed } = await written();
    w.informer.observeWrite(mine.metadata.uid, mine.metadata.resourceVersion, effect);
    await w.clock.settle();
    expect(parsed()).toBe('told');
    expect(w.informer.byName('ns', 'a')?.metadata.resourceVersion).toBe(mine.metadata.resourceVersion);
    expect(w.told.at(-1)).toBe('updated a told');
    w.server.put('a', 'theirs');
    await w.clock.settle();
    expect(parsed()).toBe('theirs');
    w.stop.abort();
  });

  test('works on the state that others left just before it', async () => {
    const w = world(two);
    await w.clock.settle();
    w.server.put('a', 'theirs');
    const mine = w.server.put('a', 'theirs and mine');
    w.informer.observeWrite(mine.metadata.uid, mine.metadata.resourceVersion, (before) => ({
      ...before,
      spec: { text: `${before.spec.text} and mine` },
    }));
    await w.clock.settle();
    expect(w.informer.byName('ns', 'a')?.spec.text).toBe('theirs and mine');
    w.stop.abort();
  });

  test('whose echo came first changes nothing', async () => {
    const { w, mine, parsed } = await written();
    await w.clock.settle();
    w.informer.observeWrite(mine.metadata.uid, mine.metadata.resourceVersion, effect);
    w.server.bookmark();
    await w.clock.settle();
    expect(parsed()).toBe('mine');
    w.stop.abort();
  });

  test('is read from the server when the list is read again before the echo', async () => {
    const { w, mine, parsed } = await written();
    w.informer.observeWrite(mine.metadata.uid, mine.metadata.resourceVersion, effect);
    void w.informer.resync();
    await w.clock.settle();
    expect(parsed()).toBe('mine');
    w.stop.abort();
  });

  test('whose teller throws is read from the line', async () => {
    const { w, mine, parsed } = await written();
    w.informer.observeWrite(mine.metadata.uid, mine.metadata.resourceVersion, () => {
      throw new Error('no');
    });
    await w.clock.settle();
    expect(parsed()).toBe('mine');
    expect(w.lines.some(({ level }) => level === 'error')).toBe(true);
    w.stop.abort();
  });
});
