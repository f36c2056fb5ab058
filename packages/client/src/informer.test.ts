import { describe, expect, test } from 'vitest';
import type { InformerEvent } from './api.js';
import { expectCurrent, named, two, world } from './informer-world.test-kit.js';
import type { World } from './informer-world.test-kit.js';
import type { Thing } from './model-server.test-kit.js';

describe.each(['yes', 'refused', 'ignored'] as const)('with a server whose streaming lists are "%s"', (streaming) => {
  const start = async (): Promise<World> => {
    const w = world((server) => {
      two(server);
      server.faults.streaming = streaming;
    });
    await w.clock.advance(31_000);
    return w;
  };

  test('lists, then follows every change, and leaves managed fields out', async () => {
    const w = await start();
    await w.informer.synced();
    expectCurrent(w);
    w.server.put('a', '2');
    w.server.remove('b');
    w.server.put('c', '1');
    await w.clock.settle();
    expectCurrent(w);
    expect(w.told).toEqual(['added a 1', 'added b 1', 'updated a 2', 'deleted b 1', 'added c 1']);
    expect(w.informer.problem).toBeUndefined();
    w.stop.abort();
    await w.clock.settle();
    expect(w.clock.pending).toBe(0);
    expect(w.server.watches).toBe(0);
  });

  test('finds deletions that it missed when it lists again', async () => {
    const w = await start();
    w.server.faults.reply = () => new Error('partition');
    w.server.close(new Error('cut'));
    w.server.remove('a');
    w.server.remove('b');
    w.server.put('b', 'another');
    w.server.compact();
    await w.clock.advance(20_000);
    expect(w.informer.problem?.kind).toBe('broken');
    w.server.faults.reply = () => undefined;
    await w.clock.advance(60_000);
    expectCurrent(w);
    expect(w.told.slice(2)).toEqual(['deleted a 1', 'deleted b 1', 'added b another']);
    expect(w.informer.problem).toBeUndefined();
    w.stop.abort();
  });
});

test('a server of many objects is asked for pages', async () => {
  const w = world((server) => {
    for (let i = 0; i < 1_201; i += 1) server.put(`t${i}`, 'x');
    server.faults.streaming = 'refused';
  });
  await w.informer.synced();
  expectCurrent(w);
  expect(w.server.requests.filter(({ path }) => path.includes('limit=500'))).toHaveLength(3);
  w.stop.abort();
});

test('another object of the same name is a deletion and an addition', async () => {
  const w = world(two);
  await w.clock.settle();
  const old = w.informer.byName('ns', 'a');
  const metadata = { ...old?.metadata, uid: 'another', resourceVersion: '990' };
  w.server.say(JSON.stringify({ type: 'ADDED', object: { metadata, spec: { text: 'other' } } }));
  await w.clock.settle();
  expect(w.told.slice(2)).toEqual(['deleted a 1', 'added a other']);
  expect(w.informer.byUid(old?.metadata.uid ?? '')).toBeUndefined();
  expect(w.informer.byName('ns', 'a')?.spec.text).toBe('other');
  w.stop.abort();
});

test('a deletion is told with the last state', async () => {
  const w = world(two);
  await w.clock.settle();
  const seen: InformerEvent<Thing>[] = [];
  w.informer.subscribe((event) => seen.push(event));
  w.server.remove('a');
  await w.clock.settle();
  expect(seen.at(-1)).toMatchObject({ type: 'deleted', object: { metadata: { resourceVersion: w.server.version } } });
  w.stop.abort();
});

test('the same version again is told once', async () => {
  const w = world((server) => {
    two(server);
    server.faults.duplicates = true;
  });
  await w.clock.settle();
  w.server.put('a', '2');
  w.server.remove('b');
  await w.clock.settle();
  expect(w.told).toEqual(['added a 1', 'added b 1', 'updated a 2', 'deleted b 1']);
  w.stop.abort();
});

test('a listener that throws is logged and disturbs nobody', async () => {
  const w = world(two);
  const later: string[] = [];
  w.informer.subscribe(() => {
    throw new Error('mine');
  });
  w.informer.subscribe((event) => later.push(named(event)));
  await w.clock.settle();
  w.server.put('a', '2');
  await w.clock.settle();
  expect(later).toEqual(w.told);
  expect(w.lines.filter(({ level }) => level === 'error')).toHaveLength(3);
  w.stop.abort();
});

test('who is sent away by another listener is told nothing more', async () => {
  const w = world(two);
  const seen: string[] = [];
  w.informer.subscribe(() => leave());
  const leave = w.informer.subscribe((event) => seen.push(named(event)));
  await w.clock.settle();
  expect(seen).toEqual([]);
  w.stop.abort();
});

test('nothing of a watch is told after the end', async () => {
  const w = world(two);
  await w.clock.settle();
  w.informer.subscribe(({ type }) => type === 'updated' && w.stop.abort());
  const [a] = w.server.objects();
  const line = (text: string): string => {
    const metadata = { ...a?.metadata, resourceVersion: `20${text}` };
    return JSON.stringify({ type: 'MODIFIED', object: { metadata, spec: { text } } });
  };
  w.server.say(`${line('2')}\n${line('3')}`);
  await w.clock.settle();
  expect(w.told.slice(2)).toEqual(['updated a 2']);
});

test('who subscribes late is told what is there, and who left is told nothing', async () => {
  const w = world(two);
  await w.clock.settle();
  const late: string[] = [];
  const leave = w.informer.subscribe((event) => late.push(named(event)));
  expect(late).toEqual(['added a 1', 'added b 1']);
  leave();
  w.server.put('a', '2');
  await w.clock.settle();
  expect(late).toHaveLength(2);
  w.stop.abort();
});

test('who subscribes in the middle of a list is told each object once', async () => {
  const w = world(two);
  const inner: string[] = [];
  let isFirst = true;
  w.informer.subscribe(() => {
    if (isFirst) w.informer.subscribe((event) => inner.push(named(event)));
    isFirst = false;
  });
  await w.clock.settle();
  expect(inner).toEqual(['added a 1', 'added b 1']);
  w.stop.abort();
});

test('an index follows every change', async () => {
  const w = world((server) => {
    server.put('a', '1', 'n1');
    server.put('b', '1', 'n1');
    server.put('c', '1');
  });
  const before = w.informer.index((thing) => thing.spec.nodeName);
  await w.clock.settle();
  const after = w.informer.index((thing) => thing.spec.nodeName);
  w.server.put('c', '2', 'n2');
  w.server.put('a', '2', 'n2');
  w.server.remove('b');
  await w.clock.settle();
  for (const onNode of [before, after]) {
    expect(onNode('n1')).toEqual([]);
    expect(
      onNode('n2')
        .map(({ metadata }) => metadata.name)
        .toSorted(),
    ).toEqual(['a', 'c']);
  }
  w.stop.abort();
});

test('says when it heard from the server last', async () => {
  const w = world(two);
  expect(w.informer.lastContact).toBeUndefined();
  await w.clock.advance(10_000);
  expect(w.informer.lastContact).toBe(0);
  w.server.bookmark();
  await w.clock.advance(10_000);
  expect(w.informer.lastContact).toBe(10_000);
  w.stop.abort();
});

test('ends with its signal, at any time', async () => {
  const w = world((server) => void (server.faults.reply = () => new Error('down')));
  const waiting = w.informer.synced().catch((error: unknown) => error);
  const impatient = w.informer.synced(AbortSignal.abort(new Error('no time'))).catch((error: unknown) => error);
  await w.clock.advance(5_000);
  w.stop.abort(new Error('over'));
  expect(await waiting).toMatchObject({ message: 'over' });
  expect(await impatient).toMatchObject({ message: 'no time' });
  await w.clock.settle();
  expect(w.clock.pending).toBe(0);
});

test('starts once', () => {
  const w = world(two);
  expect(() => w.informer.start(w.stop.signal)).toThrow(TypeError);
  w.stop.abort();
});
