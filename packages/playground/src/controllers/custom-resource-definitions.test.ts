import { expect, it } from 'vitest';
import type { Json } from '../store/json.js';
import type { OwnRequest } from '../store/own-requests.js';
import { adminUser } from '../store/user.js';
import type { TestCluster } from './controllers.test-kit.js';
import { testCluster } from './controllers.test-kit.js';

const apiVersion = 'apiextensions.k8s.io/v1';
const definitions = { apiVersion, resource: 'customresourcedefinitions' };
const widgets = { apiVersion: 'example.com/v1', resource: 'widgets', namespace: 'default' };

function clusterWithWidgets() {
  const cluster = testCluster();
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const spec = {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets' },
    versions: [{ name: 'v1', served: true, storage: true, schema }],
  };
  cluster.request({ verb: 'create', ...definitions, body: { metadata: { name: 'widgets.example.com' }, spec } });
  const request = (verb: OwnRequest['verb'], more: Partial<OwnRequest>) =>
    cluster.request({ verb, ...widgets, ...more });
  const widget = (name: string, metadata: object = {}, namespace = 'default') =>
    request('create', {
      namespace,
      body: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name, ...metadata } },
    });
  const names = () =>
    cluster.server.store.state
      .collection('example.com/widgets')
      .objects()
      .map((one) => one.metadata.name);
  return { cluster, request, widget, names };
}

it('a definition that is deleted goes after its objects, which wait for their finalizers', async () => {
  const { cluster, request, widget, names } = clusterWithWidgets();
  widget('a');
  widget('b', { finalizers: ['example.com/wait'] });
  cluster.request({ verb: 'delete', ...definitions, name: 'widgets.example.com' });
  await cluster.settle();
  expect(cluster.troubles()).toEqual([]);
  expect(names()).toEqual(['b']);
  const definition = () => cluster.get('apiextensions.k8s.io/customresourcedefinitions', 'widgets.example.com');
  expect(definition()?.status?.conditions?.at(-1)).toMatchObject({
    type: 'Terminating',
    reason: 'InstanceDeletionInProgress',
  });
  request('patch', { name: 'b', patchType: 'merge', body: { metadata: { finalizers: null } } });
  await cluster.settle();
  expect(definition()).toBeUndefined();
  expect(cluster.server.store.served.find('example.com/v1', 'widgets')).toBeUndefined();
});

/** Follows the widgets: what was seen, and whether the watch goes on. */
function followed({ server }: TestCluster): { readonly seen: string[]; isOver: boolean } {
  const message = { method: 'GET', target: '/apis/example.com/v1/widgets?watch=true', headers: {}, body: '' };
  const answer = server.handle({ ...message, user: adminUser });
  if (answer.is !== 'watch') throw new Error(answer.is);
  const state = { seen: [] as string[], isOver: false };
  const follow = async (): Promise<void> => {
    for await (const messages of server.follow(answer, new AbortController().signal))
      for (const { type, object } of messages)
        state.seen.push(`${type} ${(object['metadata'] as { readonly name: string }).name}`);
    state.isOver = true;
  };
  void follow();
  return state;
}

it('watches of a kind end with it, after its last event, and when it is defined anew', async () => {
  const { cluster, widget } = clusterWithWidgets();
  widget('a');
  const first = followed(cluster);
  await cluster.settle();
  const change = (body: Json): unknown =>
    cluster.request({ verb: 'patch', ...definitions, name: 'widgets.example.com', patchType: 'merge', body });
  change({ metadata: { labels: { some: 'label' } } });
  await cluster.settle();
  expect(first).toEqual({ seen: ['ADDED a'], isOver: false });
  change({ spec: { names: { shortNames: ['w'] } } });
  await cluster.settle();
  expect(first.isOver).toBe(true);
  const second = followed(cluster);
  widget('b');
  cluster.request({ verb: 'delete', ...definitions, name: 'widgets.example.com' });
  await cluster.settle();
  expect(second).toEqual({ seen: ['ADDED a', 'ADDED b', 'DELETED a', 'DELETED b'], isOver: true });
  expect(cluster.server.openWatches).toBe(0);
});

it('objects of custom kinds own others and are owned, and go with their namespace', async () => {
  const { cluster, request, widget, names } = clusterWithWidgets();
  const { body } = widget('owner');
  const { uid } = (body as { metadata: { uid: string } }).metadata;
  const owner = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'owner', uid };
  widget('owned', { ownerReferences: [owner] });
  widget('lost', { ownerReferences: [{ ...owner, uid: 'nobody' }] });
  await cluster.settle();
  expect(names()).toEqual(['owned', 'owner']);
  request('delete', { name: 'owner' });
  await cluster.settle();
  expect(names()).toEqual([]);
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } }, 'namespaces');
  widget('there', {}, 'team');
  await cluster.remove('namespaces', 'team');
  expect(names()).toEqual([]);
  expect(cluster.get('namespaces', 'team')).toBeUndefined();
  expect(cluster.troubles()).toEqual([]);
});
