import { describe, expect, it } from 'vitest';
import type { Json } from '../store/json.js';
import { node, pod, template, testCluster } from './controllers.test-kit.js';

const configMap = (name: string, owners: readonly Json[] = [], more: Json = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ownerReferences: owners, ...more },
});

const ownedBy = (object: Json, more: Json = {}) => {
  const { name, uid } = object.metadata as { name: string; uid: string };
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid, ...more };
};

describe('garbage collection', () => {
  it('removes what the last owner left behind, and what that owned', async () => {
    const cluster = testCluster();
    const root = await cluster.create(configMap('root'), 'configmaps');
    const other = await cluster.create(configMap('other'), 'configmaps');
    const child = await cluster.create(configMap('child', [ownedBy(root)]), 'configmaps');
    await cluster.create(configMap('grandchild', [ownedBy(child)]), 'configmaps');
    await cluster.create(configMap('shared', [ownedBy(root), ownedBy(other)]), 'configmaps');
    await cluster.remove('configmaps', 'root');
    expect(
      cluster
        .list('configmaps')
        .filter((one) => one.metadata.namespace === 'default')
        .map((one) => one.metadata.name),
    ).toEqual(['kube-root-ca.crt', 'other', 'shared']);
    expect(cluster.get('configmaps', 'default/shared')?.metadata.ownerReferences).toMatchObject([{ name: 'other' }]);
  });

  it('removes what is made with an owner that is not there, but not where it cannot know the owner', async () => {
    const cluster = testCluster();
    const gone = { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: 'gone' };
    const foreign = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'w' };
    await cluster.create(configMap('lost', [gone]), 'configmaps');
    await cluster.create(configMap('kept', [foreign]), 'configmaps');
    expect(cluster.get('configmaps', 'default/lost')).toBeUndefined();
    expect(cluster.get('configmaps', 'default/kept')).toBeDefined();
  });

  it('lets an owner wait for what blocks it', async () => {
    const cluster = testCluster();
    const root = await cluster.create(configMap('root'), 'configmaps');
    await cluster.create(
      configMap('held', [ownedBy(root, { blockOwnerDeletion: true })], { finalizers: ['example.com/x'] }),
      'configmaps',
    );
    await cluster.create(configMap('free', [ownedBy(root)], { finalizers: ['example.com/y'] }), 'configmaps');
    await cluster.remove('configmaps', 'root', { propagationPolicy: 'Foreground' });
    expect(cluster.get('configmaps', 'default/root')?.metadata.finalizers).toEqual(['foregroundDeletion']);
    expect(cluster.get('configmaps', 'default/free')?.metadata.deletionTimestamp).toBeDefined();
    await cluster.patch('configmaps', 'held', { metadata: { finalizers: [] } });
    expect(cluster.get('configmaps', 'default/held')).toBeUndefined();
    expect(cluster.get('configmaps', 'default/root')).toBeUndefined();
    expect(cluster.get('configmaps', 'default/free')).toBeDefined();
  });

  it('sets free what an owner leaves behind where it is asked to', async () => {
    const cluster = testCluster();
    const spec = { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: template('web') };
    await cluster.create(
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web', namespace: 'default' }, spec },
      'replicasets',
    );
    await cluster.remove('replicasets', 'web', { propagationPolicy: 'Orphan' });
    expect(cluster.list('apps/replicasets')).toHaveLength(0);
    expect(cluster.list('pods').map((one) => one.metadata.ownerReferences ?? [])).toEqual([[]]);
  });
});

describe('a namespace that is deleted', () => {
  it('empties itself, waits for what has finalizers and pods that run, says so, and goes', async () => {
    const cluster = testCluster();
    await cluster.create(node('a'), 'nodes');
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } }, 'namespaces');
    const inTeam = { apiVersion: 'v1', namespace: 'team' };
    cluster.request({ verb: 'create', ...inTeam, resource: 'pods', body: pod('web') });
    cluster.request({
      verb: 'create',
      ...inTeam,
      resource: 'secrets',
      body: { metadata: { name: 's', finalizers: ['example.com/x'] } },
    });
    await cluster.settle();
    await cluster.remove('namespaces', 'team');
    const conditions = cluster.get('namespaces', 'team')?.status?.conditions?.map(({ message }) => message);
    expect(conditions).toEqual([
      'Some resources are remaining: pods has 1 resource instances, secrets has 1 resource instances',
      'Some content in the namespace has finalizers remaining: example.com/x in 1 resource instances',
    ]);
    await cluster.finishDeletions();
    cluster.request({
      verb: 'patch',
      patchType: 'merge',
      ...inTeam,
      resource: 'secrets',
      name: 's',
      body: { metadata: { finalizers: [] } },
    });
    await cluster.settle();
    expect(cluster.get('namespaces', 'team')).toBeUndefined();
    expect(cluster.list('serviceaccounts').filter((one) => one.metadata.namespace === 'team')).toEqual([]);
  });
});

describe('what every namespace has', () => {
  it('comes back when it is deleted or changed', async () => {
    const cluster = testCluster();
    const before = cluster.get('serviceaccounts', 'default/default')?.metadata.uid;
    await cluster.remove('serviceaccounts', 'default');
    const after = cluster.get('serviceaccounts', 'default/default')?.metadata.uid;
    expect(after).toBeDefined();
    expect(after).not.toBe(before);
    await cluster.patch('configmaps', 'kube-root-ca.crt', { data: { 'ca.crt': 'forged' } });
    expect(cluster.get('configmaps', 'default/kube-root-ca.crt')?.data).toEqual({ 'ca.crt': '' });
  });
});
