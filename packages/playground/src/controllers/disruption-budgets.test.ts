import { describe, expect, it } from 'vitest';
import type { Json } from '../store/json.js';
import { node, template, testCluster } from './controllers.test-kit.js';

type Cluster = ReturnType<typeof testCluster>;

const statusOf = (cluster: Cluster) => cluster.get('policy/poddisruptionbudgets', 'default/web')?.status;

async function started(spec: Json): Promise<Cluster> {
  const cluster = testCluster();
  await cluster.create(node('a'), 'nodes');
  const selector = { matchLabels: { app: 'web' } };
  await cluster.create(
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      spec: { replicas: 4, selector, template: template('web') },
    },
    'deployments',
  );
  await cluster.report(cluster.list('pods'), 'Running');
  await cluster.create(
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web', namespace: 'default' },
      spec: { selector, ...spec },
    },
    'poddisruptionbudgets',
  );
  return cluster;
}

async function evict(cluster: Cluster): Promise<number> {
  const pod = cluster
    .list('pods')
    .find((one) => one.metadata.deletionTimestamp === undefined && one.status?.phase === 'Running');
  const name = pod?.metadata.name ?? '';
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'default' } };
  const { code } = cluster.request({
    verb: 'create',
    apiVersion: 'v1',
    resource: 'pods',
    namespace: 'default',
    name,
    subresource: 'eviction',
    body,
  });
  await cluster.settle();
  return code;
}

describe('a PodDisruptionBudget', () => {
  it.each([
    [{ minAvailable: 3 }, { desiredHealthy: 3, disruptionsAllowed: 1 }],
    [{ minAvailable: '50%' }, { desiredHealthy: 2, disruptionsAllowed: 2 }],
    [{ maxUnavailable: 1 }, { desiredHealthy: 3, disruptionsAllowed: 1 }],
    [{ maxUnavailable: '30%' }, { desiredHealthy: 2, disruptionsAllowed: 2 }],
    [{ minAvailable: 4 }, { desiredHealthy: 4, disruptionsAllowed: 0 }],
  ])('%j of four pods means %j', async (spec, expected) => {
    expect(statusOf(await started(spec))).toMatchObject({ expectedPods: 4, currentHealthy: 4, ...expected });
  });

  it('lets pods be evicted one after the other, as new ones become ready', async () => {
    const cluster = await started({ maxUnavailable: 1 });
    expect(await evict(cluster)).toBe(201);
    expect(await evict(cluster)).toBe(429);
    await cluster.finishDeletions();
    expect(await evict(cluster)).toBe(429);
    await cluster.report(
      cluster.list('pods').filter((pod) => pod.status?.phase === 'Pending'),
      'Running',
    );
    expect(await evict(cluster)).toBe(201);
  });
});
