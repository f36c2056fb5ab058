import { ManualClock, seededIds, seededRandom } from '@virtual-kubelet/base';
import { expect, it } from 'vitest';
import type { ControlPlane, ControlPlaneOptions } from './index.js';
import { readSnapshot, snapshotOf, startControlPlane } from './index.js';

function start(more: Partial<ControlPlaneOptions> = {}): Promise<ControlPlane> {
  const random = seededRandom(1);
  return startControlPlane({ clock: new ManualClock(), random, ids: seededIds(random), ...more });
}

const pods = { apiVersion: 'v1', resource: 'pods', namespace: 'default' } as const;

it('a control plane continues from a snapshot with the same objects, and versions that never fall', async () => {
  const first = await start();
  const body = { metadata: { name: 'a' }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
  first.playground.server.request({ verb: 'create', ...pods, body });
  first.playground.server.request({
    verb: 'delete',
    apiVersion: 'v1',
    resource: 'configmaps',
    namespace: 'kube-public',
    name: 'kube-root-ca.crt',
  });
  const snapshot = readSnapshot(JSON.parse(JSON.stringify(snapshotOf(first.playground.server.store.state))));
  await first.stop();
  if (snapshot === undefined) throw new Error('the snapshot cannot be read');
  const second = await start({ snapshot });
  const uid = (plane: ControlPlane) =>
    plane.playground.server.store.state.collection('pods').get('default/a')?.metadata.uid;
  expect(uid(second)).toBe(uid(first));
  const version = (plane: ControlPlane) =>
    Number(plane.playground.server.store.state.collection('pods').get('default/a')?.metadata.resourceVersion);
  expect(version(second)).toBeGreaterThan(version(first));
  await second.stop();
});

it('a control plane that continues serves custom resources as before', async () => {
  const first = await start();
  const { server } = first.playground;
  const schema = { openAPIV3Schema: { type: 'object' } };
  const versions = [{ name: 'v1', served: true, storage: true, schema }];
  const spec = { group: 'example.com', scope: 'Cluster', names: { kind: 'Widget', plural: 'widgets' }, versions };
  const definitions = { apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions' };
  server.request({ verb: 'create', ...definitions, body: { metadata: { name: 'widgets.example.com' }, spec } });
  const widgets = { apiVersion: 'example.com/v1', resource: 'widgets' };
  const body = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a' } };
  server.request({ verb: 'create', ...widgets, body });
  const snapshot = snapshotOf(server.store.state);
  await first.stop();
  const second = await start({ snapshot });
  expect(second.playground.server.request({ verb: 'get', ...widgets, name: 'a' })).toMatchObject({ code: 200 });
  await second.stop();
});

it('a value that is no snapshot is not taken for one', () => {
  for (const value of [
    null,
    1,
    {},
    { format: 2, version: 1, objects: {} },
    { format: 1, version: 1, objects: { pods: [1] } },
  ])
    expect(readSnapshot(value)).toBeUndefined();
});
