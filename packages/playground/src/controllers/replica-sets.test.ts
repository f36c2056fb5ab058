import { describe, expect, it } from 'vitest';
import type { Json } from '../store/json.js';
import { namesOf, node, pod, template, testCluster } from './controllers.test-kit.js';

function replicaSet(replicas: number, more: Json = {}) {
  const spec = { replicas, selector: { matchLabels: { app: 'web' } }, template: template('web'), ...more };
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web', namespace: 'default' }, spec };
}

const statusOf = (cluster: ReturnType<typeof testCluster>) => cluster.get('apps/replicasets', 'default/web')?.status;

describe('a ReplicaSet', () => {
  it('has as many pods as it wants, and says how many are ready and available', async () => {
    const cluster = testCluster();
    await cluster.create(replicaSet(3, { minReadySeconds: 10 }), 'replicasets');
    expect(cluster.list('pods')).toHaveLength(3);
    expect(cluster.list('pods')[0]?.metadata.ownerReferences).toMatchObject([
      { kind: 'ReplicaSet', name: 'web', controller: true, blockOwnerDeletion: true },
    ]);
    expect(statusOf(cluster)).toMatchObject({ replicas: 3, fullyLabeledReplicas: 3, observedGeneration: 1 });
    await cluster.report(cluster.list('pods').slice(0, 2), 'Running');
    expect(statusOf(cluster)).toMatchObject({ replicas: 3, readyReplicas: 2 });
    expect(statusOf(cluster)?.availableReplicas).toBeUndefined();
    await cluster.clock.advance(10_000);
    expect(statusOf(cluster)).toMatchObject({ availableReplicas: 2 });
  });

  it('replaces pods that fail or are deleted', async () => {
    const cluster = testCluster();
    await cluster.create(replicaSet(2), 'replicasets');
    const [first, second] = cluster.list('pods');
    await cluster.report(first ? [first] : [], 'Failed');
    await cluster.remove('pods', second?.metadata.name ?? '');
    expect(cluster.list('pods').filter((one) => one.status?.phase !== 'Failed')).toHaveLength(2);
    expect(statusOf(cluster)).toMatchObject({ replicas: 2 });
  });

  it.each([0, 1, 2])('gives up first what serves least when it shrinks: pod %i', async (broken) => {
    const cluster = testCluster();
    await cluster.create(node('a'), 'nodes');
    await cluster.create(replicaSet(3), 'replicasets');
    const pods = cluster.list('pods');
    const good = pods.filter((_, index) => index !== broken);
    await cluster.report(good, 'Running');
    await cluster.patch('replicasets', 'web', { spec: { replicas: 2 } });
    const left = cluster.list('pods').filter((one) => one.metadata.deletionTimestamp === undefined);
    expect(namesOf(left)).toEqual(namesOf(good));
    expect(cluster.events()).toContain(`SuccessfulDelete: Deleted pod: ${pods[broken]?.metadata.name}`);
  });

  it('adopts pods that nobody owns and lets go of those that stop matching', async () => {
    const cluster = testCluster();
    await cluster.create({ ...pod('loose'), metadata: { name: 'loose', labels: { app: 'web' } } }, 'pods');
    await cluster.create(replicaSet(2), 'replicasets');
    expect(cluster.list('pods')).toHaveLength(2);
    expect(cluster.get('pods', 'default/loose')?.metadata.ownerReferences).toMatchObject([{ name: 'web' }]);
    await cluster.patch('pods', 'loose', { metadata: { labels: { app: 'else' } } });
    expect(cluster.get('pods', 'default/loose')?.metadata.ownerReferences ?? []).toEqual([]);
    expect(cluster.list('pods')).toHaveLength(3);
  });

  it('says on itself why pods cannot be made, and makes them when they can be', async () => {
    const cluster = testCluster();
    await cluster.create(
      replicaSet(1, { template: template('web', 'nginx', { serviceAccountName: 'robot' }) }),
      'replicasets',
    );
    expect(cluster.list('pods')).toHaveLength(0);
    expect(statusOf(cluster)?.conditions).toMatchObject([
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' },
    ]);
    expect(cluster.events()[0]).toMatch(/^FailedCreate: Error creating: pods "web-/);
    await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } }, 'serviceaccounts');
    await cluster.clock.advance(60_000);
    expect(cluster.list('pods')).toHaveLength(1);
    expect(statusOf(cluster)?.conditions ?? []).toEqual([]);
  });
});
