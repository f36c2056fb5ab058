import { ManualClock, seededRandom } from '@virtual-kubelet/base';
import type { Transport } from '@virtual-kubelet/base';
import fc from 'fast-check';
import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { acceptNodes } from './accept-nodes.js';
import { pods } from './resources.js';
import { failure } from './scripted-transport.test-kit.js';
import { watch } from './watch.js';
import type { WatchEvent } from './watch-event.js';

function object(name: string, more: object = {}): object {
  return { kind: 'Pod', apiVersion: 'v1', metadata: { name, uid: `u-${name}`, resourceVersion: '7', ...more } };
}

function transportOf(chunks: readonly Uint8Array[], status = 200): Transport {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  const refuse = (): Promise<never> => Promise.reject(new Error('not here'));
  return {
    request: refuse,
    upgrade: refuse,
    close: refuse,
    stream: async () => ({ status, headers: {}, body: body() }),
  };
}

async function read(transport: Transport): Promise<readonly WatchEvent<unknown>[]> {
  const clock = new ManualClock();
  const { signal } = new AbortController();
  const events: WatchEvent<unknown>[] = [];
  try {
    for await (const event of watch({ transport, clock, random: seededRandom(1), resource: pods, signal }))
      events.push(event);
  } finally {
    expect(clock.pending).toBe(0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  }
  return events;
}

const lines = [
  { type: 'ADDED', object: object('é€😀', { managedFields: [{}], labels: { __proto__x: '"]}' } }) },
  { type: 'MODIFIED', object: object('b', { annotations: { text: 'a\nb\u2028"managedFields":[' } }) },
  {
    type: 'BOOKMARK',
    object: { kind: 'Pod', metadata: { resourceVersion: '8', annotations: { 'k8s.io/initial-events-end': 'true' } } },
  },
  { type: 'DELETED', object: object('b') },
  { type: 'BOOKMARK', object: { kind: 'Pod', metadata: { resourceVersion: '9' } } },
];
const stream = new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

const expected = [
  { type: 'ADDED', object: object('é€😀', { labels: { __proto__x: '"]}' } }) },
  lines[1],
  { type: 'BOOKMARK', resourceVersion: '8', isInitialEnd: true },
  lines[3],
  { type: 'BOOKMARK', resourceVersion: '9', isInitialEnd: false },
];

function cutAt(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const borders = [0, ...places.toSorted((a, b) => a - b), bytes.length];
  return borders.slice(1).map((end, i) => bytes.slice(borders[i], end));
}

test('the same events come out however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(stream.length), { maxLength: 30 }), async (places) => {
      expect(await read(transportOf(cutAt(stream, places)))).toEqual(expected);
    }),
  );
  expect(await read(transportOf([...stream].map((byte) => Uint8Array.of(byte))))).toEqual(expected);
});

test('of a stream that ends anywhere, whole events come out and no part of one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(stream.length), async (end) => {
      const events = await read(transportOf([stream.slice(0, end)]));
      expect(events).toEqual(expected.slice(0, events.length));
      const whole = new TextDecoder().decode(stream.slice(0, end)).split('\n').length - 1;
      expect(events).toHaveLength(whole);
    }),
  );
});

test('an ERROR event becomes the error that it tells of', async () => {
  const status = { kind: 'Status', apiVersion: 'v1', code: 410, reason: 'Expired', message: 'too old' };
  const line = new TextEncoder().encode(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
  expect(await read(transportOf([line]))).toMatchObject([{ type: 'ERROR', error: { status: 410, reason: 'Expired' } }]);
  const odd = new TextEncoder().encode('{"type":"ERROR","object":null}\n');
  expect(await read(transportOf([odd]))).toMatchObject([{ type: 'ERROR', error: { status: 500 } }]);
});

test('a refusal is thrown with the words of the server', async () => {
  const { body, status } = failure(403, 'Forbidden');
  await expect(read(transportOf([body], status))).rejects.toMatchObject({ status: 403, reason: 'Forbidden' });
});

test('only a bookmark that says so ends the initial events', async () => {
  const mark = (value: unknown): string => {
    const metadata = { resourceVersion: '8', annotations: { 'k8s.io/initial-events-end': value } };
    return `${JSON.stringify({ type: 'BOOKMARK', object: { metadata } })}\n`;
  };
  const bytes = new TextEncoder().encode([mark('true'), mark('false'), mark(true)].join(''));
  expect(await read(transportOf([bytes]))).toMatchObject([
    { isInitialEnd: true },
    { isInitialEnd: false },
    { isInitialEnd: false },
  ]);
});

/** Says nothing for ever, and answers an abort with an error of its own, as real transports do. */
function silent(): Transport {
  async function* body(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode('\n');
    await new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('wrapped')), { once: true });
    });
  }
  return { ...transportOf([]), stream: async ({ signal }) => ({ status: 200, headers: {}, body: body(signal) }) };
}

test('silence and an abort are told as what they are, whatever the transport makes of them', async () => {
  for (const [ms, expected] of [
    [150_000, { code: 'VK_WATCH_SILENT' }],
    [0, { message: 'enough' }],
  ] as const) {
    const clock = new ManualClock();
    const stop = new AbortController();
    const options = { transport: silent(), clock, random: seededRandom(1), resource: pods, signal: stop.signal };
    const next = watch(options)
      .next()
      .catch((error: unknown) => error);
    await clock.advance(ms);
    if (ms === 0) stop.abort(new Error('enough'));
    expect(await next).toMatchObject(expected);
  }
});

test('empty lines are no events and no mistakes', async () => {
  expect(await read(transportOf([new TextEncoder().encode('\n\n')]))).toEqual([]);
});

const accepts = acceptNodes((node) => node === 'ours');
const yes = (value: unknown): boolean =>
  accepts(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));

test.each([
  ['a pod of ours', { spec: { nodeName: 'ours' } }, true],
  ['a pod of others', { spec: { nodeName: 'other' } }, false],
  ['a node whose name begins like ours', { spec: { nodeName: 'ours-2' } }, false],
  ['a pod of ours with a label of that name', { labels: { nodeName: 'other' }, spec: { nodeName: 'ours' } }, true],
  ['a label that lies', { labels: { nodeName: 'ours' }, spec: { nodeName: 'other' } }, true],
  ['the words in a text', { annotations: { a: '{"nodeName":"ours"}' }, spec: { nodeName: 'other' } }, false],
  ['no node', { spec: {} }, false],
  ['spaces', '{"spec": {"nodeName" : "other"}}', true],
  ['a cut line', '{"spec":{"nodeName":"oth', true],
])('a look at the bytes of %s', (_, value, accepted) => {
  expect(yes(value)).toBe(accepted);
});
