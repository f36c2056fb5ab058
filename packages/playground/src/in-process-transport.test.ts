import { ManualClock, seededIds, seededRandom } from '@virtual-kubelet/base';
import type { Transport, TransportRequest } from '@virtual-kubelet/base';
import type { ObjectMeta, PodSpec } from '@virtual-kubelet/kubernetes';
import { describe, expect, it } from 'vitest';
import type { InProcessTransportOptions } from './index.js';
import { createPlayground } from './index.js';

function open(options: InProcessTransportOptions = {}) {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const playground = createPlayground({ clock, random, ids: seededIds(random) });
  return { clock, playground, transport: playground.transport(options) };
}

async function call(transport: Transport, method: TransportRequest['method'], path: string, body?: unknown) {
  const headers = { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
  const request = { method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await transport.request(request);
  return { status: response.status, body: JSON.parse(new TextDecoder().decode(response.body)) as Tree };
}

/** The parts of objects, lists, Status and watch events that these tests look at. */
interface Tree {
  readonly kind?: string;
  readonly reason?: string;
  readonly type?: string;
  readonly metadata?: ObjectMeta;
  readonly spec?: PodSpec;
  readonly items?: readonly Tree[];
  readonly object?: Tree;
}

async function lines(body: AsyncIterable<Uint8Array>, count: number): Promise<readonly Tree[]> {
  const decoder = new TextDecoder();
  const found: Tree[] = [];
  for await (const chunk of body) {
    const text = decoder.decode(chunk).trimEnd().split('\n');
    found.push(...text.map((line) => JSON.parse(line) as Tree));
    if (found.length >= count) break;
  }
  return found;
}

function typeOf(chunk: unknown): string | undefined {
  return chunk instanceof Uint8Array ? (JSON.parse(new TextDecoder().decode(chunk)) as Tree).type : undefined;
}

const pod = { metadata: { name: 'a' }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
const pods = '/api/v1/namespaces/default/pods';

describe('the in-process transport', () => {
  it('creates, reads, lists, changes and deletes', async () => {
    const { transport } = open();
    expect((await call(transport, 'POST', pods, pod)).status).toBe(201);
    expect((await call(transport, 'GET', `${pods}/a`)).body.spec?.containers?.[0]?.imagePullPolicy).toBe('Always');
    expect((await call(transport, 'GET', pods)).body.items).toHaveLength(1);
    const changed = await call(transport, 'PATCH', `${pods}/a`, { metadata: { labels: { x: 'y' } } });
    expect(changed.body.metadata?.labels).toEqual({ x: 'y' });
    expect((await call(transport, 'DELETE', `${pods}/a`)).body.kind).toBe('Pod');
    expect((await call(transport, 'GET', `${pods}/a`)).body.reason).toBe('NotFound');
  });

  it('writes fields in the order of API servers, which clients read beginnings by', async () => {
    const { transport } = open();
    await call(transport, 'POST', pods, {
      spec: pod.spec,
      metadata: { labels: { x: 'y' }, namespace: 'default', name: 'a' },
    });
    const beginning =
      /^\{"kind":"Pod","apiVersion":"v1","metadata":\{"name":"a","namespace":"default","uid":"[^"]+","resourceVersion":"\d+","generation":\d,"creationTimestamp":"[^"]+",(?:"deletion\w+":[^,]+,)*"labels"/;
    const text = async (): Promise<string> =>
      new TextDecoder().decode((await transport.request({ method: 'GET', path: `${pods}/a` })).body);
    expect(await text()).toMatch(beginning);
    await call(transport, 'PATCH', `${pods}/a`, { metadata: { annotations: { a: 'b' } } });
    await call(transport, 'PATCH', `${pods}/a/status`, { status: { phase: 'Running' } });
    expect(await text()).toMatch(beginning);
    const { body } = await transport.stream({
      method: 'GET',
      path: `${pods}?watch=true&resourceVersion=0`,
      lane: 'watch',
    });
    await call(transport, 'DELETE', `${pods}/a`);
    const heard: string[] = [];
    for await (const chunk of body) {
      heard.push(...new TextDecoder().decode(chunk).trimEnd().split('\n'));
      if (heard.some((line) => line.startsWith('{"type":"DELETED"'))) break;
    }
    for (const line of heard) expect(/"object":(.*)\}$/.exec(line)?.[1]).toMatch(beginning);
  });

  it('streams a watch', async () => {
    const { transport } = open();
    const { resourceVersion } = (await call(transport, 'GET', pods)).body.metadata ?? {};
    const stream = await transport.stream({
      method: 'GET',
      path: `${pods}?watch=true&resourceVersion=${resourceVersion}`,
    });
    const seen = lines(stream.body, 2);
    await call(transport, 'POST', pods, pod);
    await call(transport, 'PATCH', `${pods}/a`, { metadata: { labels: { x: 'y' } } });
    expect((await seen).map((one) => one.type)).toEqual(['ADDED', 'MODIFIED']);
    expect(transport.openStreams).toBe(0);
  });

  it('ends a watch after its timeout, with a bookmark for who takes them', async () => {
    const { transport, clock } = open();
    const stream = await transport.stream({
      method: 'GET',
      path: `${pods}?watch=1&timeoutSeconds=90&allowWatchBookmarks=1`,
    });
    const seen = lines(stream.body, 99);
    await clock.advance(90_000);
    expect((await seen).map((one) => one.type)).toEqual(['BOOKMARK', 'BOOKMARK']);
    expect(clock.pending).toBe(0);
  });

  it('tells at once of what is written while a bookmark is read', async () => {
    const { transport, clock } = open();
    const { body } = await transport.stream({ method: 'GET', path: `${pods}?watch=1&allowWatchBookmarks=1` });
    const reader = body[Symbol.asyncIterator]();
    const next = reader.next();
    await clock.advance(60_000);
    const bookmark: unknown = (await next).value;
    await call(transport, 'POST', pods, pod);
    const event = reader.next();
    // A moment: the next bookmark would wake it, too.
    await clock.advance(1);
    await transport.close();
    const heard = [bookmark, (await event).value as unknown];
    expect(heard.map((chunk) => typeOf(chunk))).toEqual(['BOOKMARK', 'ADDED']);
  });

  it('loses answers, requests and connections where it is told to', async () => {
    const lost = new Error('lost');
    const plan = new Map<string, 'fail before' | 'fail after'>([
      ['POST', 'fail after'],
      ['DELETE', 'fail before'],
    ]);
    const { transport } = open({
      intercept: ({ method }) => {
        const fault = plan.get(method);
        return fault === undefined ? { do: 'pass' } : { do: fault, error: lost };
      },
    });
    await expect(call(transport, 'POST', pods, pod)).rejects.toBe(lost);
    await expect(call(transport, 'DELETE', `${pods}/a`)).rejects.toBe(lost);
    expect((await call(transport, 'GET', `${pods}/a`)).status).toBe(200);
    const stream = await transport.stream({ method: 'GET', path: `${pods}?watch=1` });
    const seen = lines(stream.body, 99);
    transport.cutStreams(lost);
    await expect(seen).rejects.toBe(lost);
  });

  it('breaks a stream in the middle of a line', async () => {
    const { transport, playground } = open({ intercept: () => ({ do: 'pass', cutAfter: 10 }) });
    await call(transport, 'POST', pods, pod);
    const stream = await transport.stream({ method: 'GET', path: `${pods}?watch=1` });
    const chunks: number[] = [];
    const read = async (): Promise<void> => {
      for await (const chunk of stream.body) chunks.push(chunk.length);
    };
    await expect(read()).rejects.toThrow('cut');
    expect(chunks).toEqual([10]);
    playground.close();
  });

  it('rejects with the reason of an abort, also while it waits', async () => {
    const { transport, clock } = open();
    const controller = new AbortController();
    const stream = await transport.stream({ method: 'GET', path: `${pods}?watch=1`, signal: controller.signal });
    const seen = lines(stream.body, 1);
    await clock.settle();
    controller.abort(new Error('enough'));
    await expect(seen).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
  });
});
