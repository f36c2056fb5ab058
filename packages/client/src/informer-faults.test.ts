import { expect, test } from 'vitest';
import { expectCurrent, two, world } from './informer-world.test-kit.js';
import { failure } from './scripted-transport.test-kit.js';

test('a watch that drops goes on from the last version, without a list', async () => {
  const w = world(two);
  await w.clock.settle();
  w.server.put('a', '2');
  await w.clock.settle();
  w.server.close(new Error('cut'));
  w.server.put('a', '3');
  w.server.remove('b');
  await w.clock.advance(2_000);
  expectCurrent(w);
  expect(w.lists()).toBe(1);
  expect(w.server.requests.at(-1)?.path).toContain('resourceVersion=103&');
  w.stop.abort();
});

test('a bookmark moves the version that a watch goes on from', async () => {
  const w = world(two);
  await w.clock.settle();
  const other = w.server.put('z', '1');
  w.server.remove('z');
  w.server.bookmark();
  await w.clock.settle();
  w.server.compact();
  w.server.close();
  await w.clock.advance(2_000);
  expect(Number(w.server.version)).toBeGreaterThan(Number(other.metadata.resourceVersion));
  expect(w.server.requests.at(-1)?.path).toContain(`resourceVersion=${w.server.version}&`);
  expect(w.lists()).toBe(1);
  w.stop.abort();
});

test('asks for bookmarks and for a time between five and ten minutes', async () => {
  const w = world(two);
  await w.clock.settle();
  for (let i = 0; i < 20; i += 1) {
    w.server.close();
    await w.clock.advance(31_000);
  }
  const seconds = w.server.requests.map(({ path }) =>
    Number(new URL(path, 'http://x').searchParams.get('timeoutSeconds')),
  );
  expect(Math.min(...seconds)).toBeGreaterThanOrEqual(300);
  expect(Math.max(...seconds)).toBeLessThanOrEqual(600);
  expect(new Set(seconds).size).toBeGreaterThan(10);
  expect(w.server.requests.every(({ path }) => path.includes('allowWatchBookmarks=true'))).toBe(true);
  w.stop.abort();
});

test('during an outage attempts become rare and resume without a list', async () => {
  const w = world(two);
  await w.clock.settle();
  w.server.faults.reply = () => new Error('refused');
  w.server.close(new Error('cut'));
  const before = w.server.requests.length;
  await w.clock.advance(10 * 60_000);
  const attempts = w.server.requests.length - before;
  expect(attempts).toBeGreaterThan(20);
  expect(attempts).toBeLessThan(50);
  w.server.faults.reply = () => undefined;
  await w.clock.advance(30_000);
  expect(w.lists()).toBe(1);
  w.stop.abort();
});

test('a silent connection is dead: the watch goes on over another', async () => {
  const w = world(two);
  await w.clock.settle();
  w.server.faults.mute = true;
  w.server.put('a', '2');
  await w.clock.advance(149_000);
  expect(w.informer.byName('ns', 'a')?.spec.text).toBe('1');
  w.server.faults.mute = false;
  await w.clock.advance(5_000);
  expectCurrent(w);
  expect(w.lists()).toBe(1);
  expect(w.server.watches).toBe(1);
  w.stop.abort();
});

test('a calm watch with bookmarks is left alone', async () => {
  const w = world(two);
  await w.clock.settle();
  for (let i = 0; i < 10; i += 1) {
    await w.clock.advance(60_000);
    w.server.bookmark();
  }
  await w.clock.advance(149_000);
  expect(w.server.requests).toHaveLength(1);
  w.stop.abort();
});

test('a list that is on its way is no cure yet', async () => {
  const w = world((server) => {
    two(server);
    server.faults.reply = () => new Error('down');
  });
  await w.clock.settle();
  w.server.faults.mute = true;
  w.server.faults.reply = () => undefined;
  await w.clock.advance(2_000);
  expect(w.server.watches).toBe(1);
  expect(w.informer.problem?.kind).toBe('broken');
  w.stop.abort();
});

test('a request for a watch that is never answered is given up', async () => {
  const w = world(two);
  await w.clock.settle();
  const { stream } = w.server.transport;
  w.server.transport.stream = () => new Promise<never>(() => undefined);
  w.server.close();
  await w.clock.advance(20_000);
  w.server.transport.stream = stream;
  w.server.put('c', '1');
  await w.clock.advance(60_000);
  expect(w.informer.byName('ns', 'c')?.spec.text).toBe('1');
  expectCurrent(w);
  w.stop.abort();
});

test('watches that are closed at once, again and again, make it list once', async () => {
  const w = world(two);
  await w.clock.settle();
  w.server.faults.closeAtOnce = 5;
  w.server.close();
  await w.clock.advance(180_000);
  expect(w.lists()).toBe(2);
  expect(w.metrics()).toContain('virtual_kubelet_informer_lists_total{resource="things",reason="closed"} 1');
  expectCurrent(w);
  w.stop.abort();
});

test('expired versions in a loop do not make it list in a loop', async () => {
  const w = world((server) => {
    two(server);
    server.faults.reply = ({ path }) => (path.includes('resourceVersion=') ? failure(410, 'Expired') : undefined);
  });
  await w.clock.settle();
  w.server.close();
  await w.clock.advance(5 * 60_000);
  for (let i = 0; i < 40; i += 1) {
    w.server.close();
    await w.clock.advance(15_000);
  }
  expect(w.lists()).toBeLessThan(60);
  expectCurrent(w);
  w.stop.abort();
});

test.each([
  ['garbage', 'what?'],
  ['half an event', '{"type":"ADDED","object":{"metadata":{"name":"x"'],
  ['null', 'null'],
  ['an unknown type', '{"type":"CHANGED","object":{"metadata":{"name":"x","uid":"u","resourceVersion":"1"}}}'],
  ['an object that is null', '{"type":"ADDED","object":null}'],
  ['no metadata', '{"type":"ADDED","object":{"kind":"Thing"}}'],
  ['no UID', '{"type":"ADDED","object":{"metadata":{"name":"x","resourceVersion":"1"}}}'],
  ['no version', '{"type":"MODIFIED","object":{"metadata":{"name":"x","uid":"u"}}}'],
  ['a bookmark without a version', '{"type":"BOOKMARK","object":{"metadata":{}}}'],
])('a line of %s is never skipped: everything is read again', async (_, line) => {
  const w = world(two);
  await w.clock.settle();
  w.server.say(line);
  await w.clock.settle();
  expect(w.informer.problem?.kind).toBe('malformed');
  expect(w.lines).toContainEqual(expect.objectContaining({ level: 'warn', message: 'a watch was interrupted' }));
  w.server.put('a', '2');
  await w.clock.advance(2_000);
  expect(w.lists()).toBe(2);
  expectCurrent(w);
  expect(w.informer.problem).toBeUndefined();
  w.stop.abort();
});

test('a malformed line is not quoted, for it may hold a secret', async () => {
  const w = world(two);
  await w.clock.settle();
  w.server.say('{"type":"ADDED","object":{"data":"canary');
  await w.clock.settle();
  expect(JSON.stringify(w.lines)).not.toContain('canary');
  expect(String(w.informer.problem?.error)).toContain('not JSON');
  w.stop.abort();
});

test('a lost permission is visible, asked for slowly, and found when it is back', async () => {
  const w = world((server) => {
    two(server);
    server.faults.reply = () => failure(403, 'Forbidden');
  });
  await w.clock.advance(10 * 60_000);
  expect(w.informer.problem).toMatchObject({ kind: 'refused', since: 0, error: { status: 403 } });
  expect(w.informer.hasSynced).toBe(false);
  expect(w.server.requests.length).toBeLessThan(25);
  w.server.faults.reply = () => undefined;
  await w.clock.advance(60_000);
  expect(w.informer.problem).toBeUndefined();
  expectCurrent(w);
  w.stop.abort();
});

test('a server that asks for time gets it', async () => {
  const w = world(two);
  await w.clock.settle();
  const throttled = failure(429, 'TooManyRequests');
  w.server.faults.reply = () => ({ ...throttled, headers: { 'retry-after': '20' } });
  w.server.close();
  await w.clock.advance(2_000);
  const before = w.server.requests.length;
  await w.clock.advance(18_000);
  expect(w.server.requests).toHaveLength(before);
  expect(w.informer.problem?.kind).toBe('busy');
  w.stop.abort();
});

test('a cluster that came back from a backup is read again, whatever its versions look like', async () => {
  const w = world(two);
  await w.clock.settle();
  for (const text of ['2', '3', '4']) w.server.put('a', text);
  await w.clock.settle();
  w.server.close(new Error('cut'));
  w.server.restore(102);
  w.server.remove('b');
  w.server.put('c', '1');
  w.server.put('a', 'from the backup');
  await w.clock.advance(2_000);
  expect(w.server.requests.at(-1)?.path).toContain('resourceVersion=105&');
  w.server.restore(104);
  w.server.bookmark();
  await w.clock.advance(2_000);
  expectCurrent(w);
  expect(w.told.slice(-3)).toEqual(['deleted b 1', 'updated a from the backup', 'added c 1']);
  expect(w.lines).toContainEqual(expect.objectContaining({ level: 'warn' }));
  w.stop.abort();
});
