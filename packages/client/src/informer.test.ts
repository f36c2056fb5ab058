import { ManualClock, metricRegistry, recordingLogger, seededRandom } from '@virtual-kubelet/base';
import type { LogLine } from '@virtual-kubelet/base';
import { describe, expect, test } from 'vitest';
import { acceptNodes } from './accept-nodes.js';
import { createApiClient } from './api-client.js';
import type { Informer, InformerEvent } from './api.js';
import { clientMetrics } from './client-metrics.js';
import { createInformer } from './informer.js';
import type { InformerOptions } from './informer.js';
import { modelServer, things } from './model-server.test-kit.js';
import type { ModelServer, Thing } from './model-server.test-kit.js';
import { failure } from './scripted-transport.test-kit.js';

interface World {
  readonly server: ModelServer;
  readonly clock: ManualClock;
  readonly informer: Informer<Thing>;
  /** `type name text` of every event told. */
  readonly told: string[];
  readonly lines: LogLine[];
  readonly stop: AbortController;
  readonly metrics: () => string;
  /** Lists and streamed lists that the server was asked for. */
  readonly lists: () => number;
}

function named(event: InformerEvent<Thing>): string {
  return `${event.type} ${event.object.metadata.name} ${event.object.spec.text}`;
}

function world(prepare: (server: ModelServer) => void, more: Partial<InformerOptions<Thing>> = {}): World {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const server = modelServer(seededRandom(2));
  prepare(server);
  const lines: LogLine[] = [];
  const told: string[] = [];
  const stop = new AbortController();
  const { transport } = server;
  const registry = metricRegistry();
  const client = createApiClient({ transport, clock, random });
  const informer = createInformer({
    resource: things,
    client,
    transport,
    clock,
    random,
    logger: recordingLogger(lines),
    metrics: clientMetrics(registry),
    freeze: true,
    ...more,
  });
  informer.subscribe((event) => told.push(named(event)));
  informer.start(stop.signal);
  return {
    server,
    clock,
    informer,
    told,
    lines,
    stop,
    metrics: () => registry.render(),
    lists: () => server.requests.filter(({ path }) => !path.includes('resourceVersion=')).length,
  };
}

/** What a consistent list would show now. */
function truth(server: ModelServer): unknown {
  return server.objects().map(({ metadata: { managedFields: _, ...metadata }, ...rest }) => ({ ...rest, metadata }));
}

function expectCurrent({ informer, server }: World): void {
  const byUid = (a: Thing, b: Thing): number => a.metadata.uid.localeCompare(b.metadata.uid);
  expect([...informer.list()].sort(byUid)).toEqual((truth(server) as Thing[]).sort(byUid));
}

const two = (server: ModelServer): void => {
  server.put('a', '1');
  server.put('b', '1');
};

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
        .sort(),
    ).toEqual(['a', 'c']);
  }
  w.stop.abort();
});

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
    w.informer.resync();
    await w.clock.settle();
    expect(w.told).toEqual(['added a 1', 'added b 1']);
    ours.delete('n1');
    w.informer.resync();
    await w.clock.settle();
    expect(w.told).toHaveLength(2);
    expect(w.informer.list().map(({ metadata }) => metadata.name)).toEqual(['b']);
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

describe('a list that comes as a stream', () => {
  /** An informer that asked for a list and was told nothing yet. */
  const asked = async (): Promise<World> => {
    const w = world(two);
    await w.clock.settle();
    w.server.faults.mute = true;
    w.informer.resync();
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
    w.informer.resync();
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
