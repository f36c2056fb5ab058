import { ManualClock, seededRandom } from '@virtual-kubelet/base';
import { expect, test } from 'vitest';
import { createApiClient } from './api-client.js';
import type { ApiClient, Patch } from './api.js';
import { leases, nodes, pods, serviceAccounts } from './resources.js';
import { json, scriptedTransport } from './scripted-transport.test-kit.js';
import type { Script, ScriptedTransport } from './scripted-transport.test-kit.js';

interface World {
  readonly client: ApiClient;
  readonly transport: ScriptedTransport;
  /** `METHOD path` of every request. */
  readonly lines: () => readonly string[];
}

function world(script: Script): World {
  const transport = scriptedTransport(script);
  const client = createApiClient({ transport, clock: new ManualClock(), random: seededRandom(1) });
  return { client, transport, lines: () => transport.requests.map(({ method, path }) => `${method} ${path}`) };
}

const web = { namespace: 'shop', name: 'web' };

test('reads an object and a subresource', async () => {
  const { client, lines } = world(() => json(200, { kind: 'Pod' }));
  expect(await client.get(pods, web)).toEqual({ kind: 'Pod' });
  await client.get(pods, web, { subresource: 'status' });
  expect(lines()).toEqual(['GET /api/v1/namespaces/shop/pods/web', 'GET /api/v1/namespaces/shop/pods/web/status']);
});

test('a page of a list says what its items are, without managed fields', async () => {
  const { client, lines } = world(() =>
    json(200, {
      kind: 'PodList',
      metadata: { resourceVersion: '7', continue: 'more', remainingItemCount: 3 },
      items: [{ metadata: { name: 'a', managedFields: [{}] } }],
    }),
  );
  const page = await client.list(pods, { fieldSelector: 'spec.nodeName=vk', limit: 1, continue: 'x y' });
  expect(page).toEqual({
    items: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }],
    resourceVersion: '7',
    continue: 'more',
  });
  expect(lines()).toEqual(['GET /api/v1/pods?fieldSelector=spec.nodeName%3Dvk&limit=1&continue=x%20y']);
});

test('the last page has no token, and a list may be null', async () => {
  const { client } = world(() => json(200, { metadata: { resourceVersion: '7', continue: '' }, items: null }));
  expect(await client.list(leases, { namespace: 'kube-node-lease' })).toEqual({ items: [], resourceVersion: '7' });
});

test.each([
  'null',
  '{}',
  '[]',
  '{"items":[]}',
  '{"metadata":{"resourceVersion":""},"items":[]}',
  '{"metadata":{"resourceVersion":"1"},"items":{}}',
])('an answer %s to a list is no empty list', async (body) => {
  const { client } = world(() => json(200, body));
  await expect(client.list(pods)).rejects.toMatchObject({ code: 'VK_API_MALFORMED' });
});

test('creates and replaces where the object says', async () => {
  const { client, transport, lines } = world((request) => json(200, String(request.body)));
  const lease = { metadata: { namespace: 'kube-node-lease', name: 'vk' }, spec: { leaseDurationSeconds: 40 } };
  await client.create(leases, lease);
  await client.replace(leases, lease);
  await client.replace(nodes, { metadata: { name: 'vk' } }, { subresource: 'status' });
  const root = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  expect(lines()).toEqual([`POST ${root}`, `PUT ${root}/vk`, 'PUT /api/v1/nodes/vk/status']);
  expect(transport.requests[0]?.headers).toEqual({ accept: 'application/json', 'content-type': 'application/json' });
  expect(JSON.parse(String(transport.requests[0]?.body))).toEqual(lease);
});

test('posts to a subresource', async () => {
  const { client, lines } = world(() => json(201, { status: { token: 't' } }));
  const name = { namespace: 'shop', name: 'default' };
  const answer = await client.createSubresource(serviceAccounts, name, { subresource: 'token', body: {} });
  expect(answer).toEqual({ status: { token: 't' } });
  expect(lines()).toEqual(['POST /api/v1/namespaces/shop/serviceaccounts/default/token']);
});

test.each<[Patch, string, string]>([
  [{ type: 'merge', body: { a: 1 } }, 'application/merge-patch+json', ''],
  [{ type: 'strategic', body: { a: 1 } }, 'application/strategic-merge-patch+json', ''],
  [{ type: 'json', body: [{ op: 'remove', path: '/a' }] }, 'application/json-patch+json', ''],
  [
    { type: 'apply', body: { a: 1 }, fieldManager: 'virtual kubelet', force: true },
    'application/apply-patch+yaml',
    '?fieldManager=virtual%20kubelet&force=true',
  ],
])('sends each kind of patch with its own type', async (patch, contentType, query) => {
  const { client, transport } = world(() => json(200, {}));
  await client.patch(nodes, { name: 'vk' }, { patch });
  const [request] = transport.requests;
  expect(request).toMatchObject({
    method: 'PATCH',
    path: `/api/v1/nodes/vk${query}`,
    headers: { 'content-type': contentType, accept: 'application/json' },
  });
  expect(JSON.parse(String(request?.body))).toEqual(patch.body);
});

test.each<[string, Patch, boolean]>([
  ['a patch with a UID', { type: 'strategic', body: { metadata: { uid: 'u' }, status: {} } }, true],
  ['a patch with a version', { type: 'merge', body: { metadata: { resourceVersion: '7' } } }, true],
  ['a JSON patch with a test', { type: 'json', body: [{ op: 'test', path: '/a', value: 1 }] }, true],
  ['an apply', { type: 'apply', body: {}, fieldManager: 'm' }, true],
  ['a patch without a precondition', { type: 'merge', body: { metadata: { labels: { uid: 'u' } } } }, false],
  ['a JSON patch without a test', { type: 'json', body: [{ op: 'add', path: '/a/-', value: 1 }] }, false],
])('%s is repeated after a drop: %s', async (_, patch, isRepeated) => {
  const clock = new ManualClock();
  const transport = scriptedTransport((__, count) => (count === 1 ? new Error('cut') : json(200, {})));
  const client = createApiClient({ transport, clock, random: seededRandom(1) });
  const answer = client.patch(nodes, { name: 'vk' }, { patch }).catch(() => undefined);
  await clock.advance(1_000);
  await answer;
  expect(transport.requests).toHaveLength(isRepeated ? 2 : 1);
});

/** As kube-apiserver answers a PATCH of pods/status that asks for metadata. */
const metadata =
  '{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"web","namespace":"shop","uid":"5a1e","resourceVersion":"1042","generation":1';

test('a quiet patch asks for metadata and reads no farther than the version', async () => {
  const { client, transport } = world(() => json(200, `${metadata},"labels":{"broken`));
  const patch: Patch = { type: 'strategic', body: { metadata: { uid: '5a1e' } } };
  const answer = await client.patchQuietly(pods, web, { subresource: 'status', patch });
  expect(answer).toEqual({ resourceVersion: '1042' });
  expect(transport.requests[0]).toMatchObject({
    path: '/api/v1/namespaces/shop/pods/web/status',
    headers: { accept: expect.stringContaining('as=PartialObjectMetadata') as string },
  });
});

test('a quiet patch understands servers that write in another order', async () => {
  const object = { metadata: { labels: { resourceVersion: '1' }, resourceVersion: '9', uid: 'u' }, kind: 'Pod' };
  const { client } = world(() => json(200, object));
  const patch: Patch = { type: 'merge', body: {} };
  expect(await client.patchQuietly(pods, web, { patch })).toEqual({ resourceVersion: '9' });
});

test('a quiet patch whose answer has no version fails', async () => {
  const { client } = world(() => json(200, {}));
  const answer = client.patchQuietly(pods, web, { patch: { type: 'merge', body: {} } });
  await expect(answer).rejects.toMatchObject({ code: 'VK_API_MALFORMED' });
});

test('a delete carries its conditions as parameters and has no body', async () => {
  const { client, transport, lines } = world(() => json(200, 'not even JSON'));
  await client.delete(pods, web, { uid: '5a1e', gracePeriodSeconds: 0 });
  await client.delete(pods, web);
  expect(lines()).toEqual([
    'DELETE /api/v1/namespaces/shop/pods/web?gracePeriodSeconds=0&uid=5a1e',
    'DELETE /api/v1/namespaces/shop/pods/web',
  ]);
  expect(transport.requests[0]?.body).toBeUndefined();
  expect(transport.requests[0]?.headers?.['content-type']).toBeUndefined();
});

test('mistakes of the caller reject and never throw at once', async () => {
  const { client, transport } = world(() => json(200, {}));
  const patch: Patch = { type: 'merge', body: {} };
  const needed = 'needs a namespace';
  const calls: readonly (readonly [() => Promise<unknown>, string])[] = [
    [() => client.get(pods, { name: 'web' }), needed],
    [() => client.list(pods, { namespace: '..' }), 'cannot be part of a path'],
    [() => client.create(pods, { metadata: { name: 'web' } }), 'cannot be created without a namespace'],
    [() => client.replace(nodes, {}), 'without a name'],
    [() => client.patch(pods, { name: 'web' }, { patch }), needed],
    [() => client.patchQuietly(pods, { name: 'web' }, { patch }), needed],
    [() => client.delete(pods, { name: 'web' }), needed],
    [() => client.createSubresource(pods, { name: 'web' }, { subresource: 'binding', body: {} }), needed],
  ];
  for (const [call, message] of calls) await expect(call()).rejects.toThrow(message);
  expect(transport.requests).toHaveLength(0);
});
