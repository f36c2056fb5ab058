import { ManualClock, metricRegistry, recordingLogger, seededRandom } from '@virtual-kubelet/base';
import type { LogLine } from '@virtual-kubelet/base';
import { expect, test } from 'vitest';
import { createApiClient } from './api-client.js';
import type { ApiClient } from './api.js';
import { clientMetrics } from './client-metrics.js';
import { clientError } from './errors.js';
import { configMaps, nodes, secrets } from './resources.js';
import { failure, json, scriptedTransport } from './scripted-transport.test-kit.js';
import type { Script, ScriptedTransport } from './scripted-transport.test-kit.js';
import { TransportError } from './transport/transport-error.js';

interface World {
  readonly clock: ManualClock;
  readonly transport: ScriptedTransport;
  readonly client: ApiClient;
  readonly lines: LogLine[];
  readonly text: () => string;
}

function world(script: Script): World {
  const clock = new ManualClock();
  const transport = scriptedTransport(script);
  const lines: LogLine[] = [];
  const registry = metricRegistry();
  const client = createApiClient({
    transport,
    clock,
    random: seededRandom(1),
    logger: recordingLogger(lines),
    metrics: clientMetrics(registry),
  });
  return { clock, transport, client, lines, text: () => registry.render() };
}

const node = { metadata: { name: 'vk' } };

function broken(maybeSent: boolean): TransportError {
  return new TransportError({ kind: 'reset', server: 'https://x', detail: 'gone', maybeSent });
}

test('a call that may be repeated survives drops and errors of the server', async () => {
  const replies = [broken(true), json(500, 'x'), json(200, node)];
  const { clock, client, transport, text } = world((_, count) => replies[count - 1] ?? 'never');
  const answer = client.get(nodes, { name: 'vk' });
  await clock.advance(10_000);
  expect(await answer).toEqual(node);
  expect(transport.requests).toHaveLength(3);
  expect(text()).toContain('virtual_kubelet_api_call_retries_total{verb="get",resource="nodes",because="dropped"} 1');
  expect(text()).toContain('virtual_kubelet_api_call_retries_total{verb="get",resource="nodes",because="500"} 1');
  expect(text()).toContain('virtual_kubelet_api_call_duration_seconds_count{verb="get",resource="nodes"} 1');
  expect(clock.pending).toBe(0);
});

test('a create whose fate is in doubt is not repeated', async () => {
  const { client, transport } = world(() => broken(true));
  await expect(client.create(nodes, node)).rejects.toMatchObject({ code: 'VK_API_UNREACHABLE' });
  expect(transport.requests).toHaveLength(1);
});

test('a create that no server saw is repeated', async () => {
  const { clock, client } = world((_, count) => (count < 3 ? broken(false) : json(201, node)));
  const answer = client.create(nodes, node);
  await clock.advance(10_000);
  expect(await answer).toEqual(node);
});

test('a create that was throttled is repeated when the server says', async () => {
  const reply = failure(429, 'TooManyRequests');
  const throttled = { ...reply, headers: { 'retry-after': '3' } };
  const { clock, client, transport } = world((_, count) => (count === 1 ? throttled : json(201, node)));
  const answer = client.create(nodes, node);
  await clock.advance(2_999);
  expect(transport.requests).toHaveLength(1);
  await clock.advance(1_000);
  expect(await answer).toEqual(node);
});

test('gives up after five attempts with the last error', async () => {
  const { clock, client, transport } = world(() => failure(500, 'InternalError'));
  const answer = client.get(nodes, { name: 'vk' }).catch((error: unknown) => error);
  await clock.advance(60_000);
  expect(await answer).toMatchObject({ name: 'ApiError', status: 500 });
  expect(transport.requests).toHaveLength(5);
});

test.each([
  [409, 'Conflict'],
  [404, 'NotFound'],
  [403, 'Forbidden'],
])('%i is handed to the caller at once', async (status, reason) => {
  const { client, transport } = world(() => failure(status, reason));
  await expect(client.get(nodes, { name: 'vk' })).rejects.toMatchObject({ status, reason });
  expect(transport.requests).toHaveLength(1);
});

test('an attempt without an answer ends after its time limit, and is in doubt', async () => {
  const { clock, client, transport } = world(() => 'never');
  const answer = client.create(nodes, node, { timeout: 5_000 }).catch((error: unknown) => error);
  await clock.advance(5_000);
  expect(await answer).toMatchObject({
    code: 'VK_API_TIMEOUT',
    message: 'POST /api/v1/nodes had no answer within 5 s',
  });
  expect(transport.requests).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

test('a time limit holds for each attempt', async () => {
  const { clock, client, transport } = world((_, count) => (count < 3 ? 'never' : json(200, node)));
  const answer = client.get(nodes, { name: 'vk' }, { timeout: 1_000 });
  await clock.advance(5_000);
  expect(await answer).toEqual(node);
  expect(transport.requests).toHaveLength(3);
});

test('a transport that is deaf to its signal holds nobody', async () => {
  const clock = new ManualClock();
  const deaf = { ...scriptedTransport(() => 'never'), request: () => new Promise<never>(() => undefined) };
  const client = createApiClient({ transport: deaf, clock, random: seededRandom(1) });
  const answer = client.create(nodes, node, { timeout: 1_000 }).catch((error: unknown) => error);
  await clock.advance(1_000);
  expect(await answer).toMatchObject({ code: 'VK_API_TIMEOUT' });
});

test('aborting ends a call at once with the reason, in an attempt and between two', async () => {
  for (const reply of ['never', json(500, 'x')] as const) {
    const { clock, client, transport } = world(() => reply);
    const stop = new AbortController();
    const answer = client.get(nodes, { name: 'vk' }, { signal: stop.signal }).catch((error: unknown) => error);
    await clock.settle();
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await answer).toBe(reason);
    expect(transport.requests).toHaveLength(1);
    expect(clock.pending).toBe(0);
  }
});

test('aborting ends a call with the reason, whatever the transport makes of it', async () => {
  const stop = new AbortController();
  const { client, transport } = world(({ signal }) => {
    const wrapped = new TransportError({ kind: 'aborted', server: 'https://x', detail: 'aborted', maybeSent: true });
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(wrapped), { once: true }));
  });
  const answer = client.get(nodes, { name: 'vk' }, { signal: stop.signal }).catch((error: unknown) => error);
  await Promise.resolve();
  const reason = new Error('enough');
  stop.abort(reason);
  expect(await answer).toBe(reason);
  expect(transport.requests).toHaveLength(1);
});

test('a call with an aborted signal sends nothing', async () => {
  const { client, transport } = world(() => json(200, node));
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(client.get(nodes, { name: 'vk' }, { signal })).rejects.toThrow('enough');
  expect(transport.requests).toHaveLength(0);
});

test('credentials that are not there are not asked for again', async () => {
  const missing = clientError('VK_CREDENTIALS_FILE', { path: '/token', detail: 'is empty' });
  const { client, transport } = world(() => missing);
  await expect(client.get(nodes, { name: 'vk' })).rejects.toBe(missing);
  expect(transport.requests).toHaveLength(1);
});

test('what is sent and what comes back malformed never shows in errors or logs', async () => {
  const secret = { metadata: { namespace: 'a', name: 'b' }, stringData: { password: 'canary-1' } };
  const { clock, client, lines } = world((request, count) =>
    request.method === 'GET'
      ? json(200, '{"data":{"password":"canary-2"')
      : count < 3
        ? broken(false)
        : json(418, 'no'),
  );
  const created = client.create(secrets, secret).catch((error: unknown) => error);
  const read = client.get(configMaps, { namespace: 'a', name: 'b' }).catch((error: unknown) => error);
  await clock.advance(60_000);
  const seen = [await created, await read].map((error) =>
    JSON.stringify([error, String(error), (error as Error).cause]),
  );
  expect(await read).toMatchObject({ code: 'VK_API_MALFORMED' });
  expect(`${seen.join('')}${JSON.stringify(lines)}`).not.toContain('canary');
});

test('calls go to the lane that was asked for', async () => {
  const { client, transport } = world(() => json(200, node));
  await client.get(nodes, { name: 'vk' }, { lane: 'heartbeat' });
  await client.get(nodes, { name: 'vk' });
  expect(transport.requests.map(({ lane }) => lane)).toEqual(['heartbeat', 'pods']);
});
