import { describe, expect, test } from 'vitest';
import { expectCurrent, two, world } from './informer-world.test-kit.js';
import type { World } from './informer-world.test-kit.js';

test('a page token that expires begins the list again and mixes no pages', async () => {
  const w = world((server) => {
    for (let i = 0; i < 700; i += 1) server.put(`t${i}`, 'x');
    server.faults.streaming = 'refused';
    let compacts = 0;
    server.faults.reply = ({ path }) => {
      if (!path.includes('continue=') || compacts >= 2) return undefined;
      compacts += 1;
      server.remove(`t${compacts}`);
      server.compact();
      return undefined;
    };
  });
  await w.informer.synced();
  expectCurrent(w);
  const whole = w.server.requests.filter(({ path }) => path === '/apis/test/v1/things');
  expect(whole).toHaveLength(1);
  w.stop.abort();
});

test('streams that break before the end of the list are replaced by pages', async () => {
  const w = world((server) => {
    two(server);
    server.faults.closeAtOnce = 2;
  });
  await w.clock.advance(10_000);
  expectCurrent(w);
  expect(w.server.requests.map(({ path }) => path.includes('limit=500'))).toEqual([false, false, true, false]);
  w.stop.abort();
});

describe('a list that comes as a stream', () => {
  /** An informer that asked for a list and was told nothing yet. */
  const asked = async (): Promise<World> => {
    const w = world(two);
    await w.clock.settle();
    w.server.faults.mute = true;
    void w.informer.resync();
    await w.clock.settle();
    return w;
  };
  const say = (w: World, type: string, text: string): void => {
    const [a] = w.server.objects();
    const metadata = { ...a?.metadata, resourceVersion: '990' };
    w.server.say(JSON.stringify({ type, object: { kind: 'Thing', apiVersion: 'test/v1', metadata, spec: { text } } }));
  };
  const end = (w: World, annotations: object = { 'k8s.io/initial-events-end': 'true' }): void =>
    w.server.say(JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '990', annotations } } }));

  test('changes nothing before its end', async () => {
    const w = await asked();
    say(w, 'ADDED', 'new');
    await w.clock.settle();
    expect(w.told).toEqual(['added a 1', 'added b 1']);
    end(w);
    await w.clock.settle();
    expect(w.told.slice(2)).toEqual(['deleted b 1', 'updated a new']);
    w.stop.abort();
  });

  test('may change while it comes', async () => {
    const w = await asked();
    say(w, 'ADDED', 'new');
    say(w, 'DELETED', 'new');
    end(w);
    await w.clock.settle();
    expect(w.informer.size).toBe(0);
    w.stop.abort();
  });

  test('is not mixed with what was known of own writes', async () => {
    const w = await asked();
    const uid = w.informer.byName('ns', 'a')?.metadata.uid ?? '';
    w.informer.observeWrite(uid, '990', (before) => ({ ...before, spec: { text: 'told' } }));
    say(w, 'MODIFIED', 'read');
    end(w);
    await w.clock.settle();
    expect(w.informer.byUid(uid)?.spec.text).toBe('read');
    w.stop.abort();
  });

  test('is none when a plain bookmark comes first: pages are asked for at once', async () => {
    const w = await asked();
    end(w, {});
    await w.clock.settle();
    expect(w.server.requests.at(-2)?.path).toContain('limit=500');
    expectCurrent(w);
    w.stop.abort();
  });
});
