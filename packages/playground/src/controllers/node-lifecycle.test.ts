import { describe, expect, it } from 'vitest';
import type { Json } from '../store/json.js';
import { node, pod, testCluster } from './controllers.test-kit.js';

type Cluster = ReturnType<typeof testCluster>;

const taints = (cluster: Cluster) =>
  cluster.get('nodes', 'a')?.spec?.taints?.map(({ key, effect }) => `${key}:${effect}`);
const ready = (cluster: Cluster) =>
  cluster.get('nodes', 'a')?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
const unreachable = ['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute'];

async function reportReady(cluster: Cluster, status: string): Promise<void> {
  const lastHeartbeatTime = new Date(cluster.clock.wall()).toISOString().replace('.000', '');
  const conditions = [{ type: 'Ready', status, reason: 'Test', lastHeartbeatTime }];
  cluster.request({
    verb: 'patch',
    patchType: 'merge',
    apiVersion: 'v1',
    resource: 'nodes',
    name: 'a',
    subresource: 'status',
    body: { status: { conditions } },
  });
  await cluster.settle();
}

async function renew(cluster: Cluster): Promise<void> {
  const renewTime = new Date(cluster.clock.wall()).toISOString().replace('Z', '000Z');
  const place = { apiVersion: 'coordination.k8s.io/v1', resource: 'leases', namespace: 'kube-node-lease' };
  const made = cluster.request({ verb: 'create', ...place, body: { metadata: { name: 'a' }, spec: { renewTime } } });
  if (made.code !== 201)
    cluster.request({ verb: 'patch', patchType: 'merge', ...place, name: 'a', body: { spec: { renewTime } } });
  await cluster.settle();
}

async function withPod(spec: Json = {}): Promise<Cluster> {
  const cluster = testCluster();
  await cluster.create(node('a'), 'nodes');
  await cluster.create(pod('web', spec), 'pods');
  await cluster.report(cluster.list('pods'), 'Running');
  return cluster;
}

describe('a node', () => {
  it('that stops speaking becomes unknown and tainted, and its pods are not ready', async () => {
    const cluster = await withPod();
    await cluster.clock.advance(51_000);
    expect(ready(cluster)).toBe('Unknown');
    expect(taints(cluster)).toEqual(unreachable);
    expect(cluster.get('pods', 'default/web')?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe(
      'False',
    );
    expect(cluster.events()).toContain('NodeNotReady: Node is not ready');
  });

  it('that renews its Lease stays as it is', async () => {
    const cluster = await withPod();
    for (let round = 0; round < 10; round++) {
      await renew(cluster);
      await cluster.clock.advance(20_000);
    }
    expect(ready(cluster)).toBe('True');
    expect(taints(cluster) ?? []).toEqual([]);
  });

  it('that says it is not ready, is cordoned or under pressure is tainted accordingly, and keeps the taints of others', async () => {
    const cluster = await withPod();
    await cluster.patch('nodes', 'a', {
      spec: { taints: [{ key: 'mine', effect: 'NoSchedule' }], unschedulable: true },
    });
    expect(taints(cluster)).toEqual(['mine:NoSchedule', 'node.kubernetes.io/unschedulable:NoSchedule']);
    await reportReady(cluster, 'False');
    expect(taints(cluster)).toEqual([
      'mine:NoSchedule',
      'node.kubernetes.io/unschedulable:NoSchedule',
      'node.kubernetes.io/not-ready:NoSchedule',
      'node.kubernetes.io/not-ready:NoExecute',
    ]);
    await cluster.patch('nodes', 'a', { spec: { unschedulable: null } });
    await reportReady(cluster, 'True');
    expect(taints(cluster)).toEqual(['mine:NoSchedule']);
  });
});

describe('eviction by taint', () => {
  it('deletes pods when their toleration has run out, not those whose node came back before', async () => {
    const cluster = await withPod();
    await cluster.clock.advance(51_000);
    await cluster.clock.advance(200_000);
    await reportReady(cluster, 'True');
    await cluster.clock.advance(49_000);
    expect(cluster.get('pods', 'default/web')?.metadata.deletionTimestamp).toBeUndefined();
    await cluster.clock.advance(302_000);
    const evicted = cluster.get('pods', 'default/web');
    expect(evicted?.metadata.deletionTimestamp).toBeDefined();
    expect(evicted?.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', reason: 'DeletionByTaintManager' }),
    );
  });

  it('deletes at once what does not tolerate a taint, and never what tolerates it for ever', async () => {
    const cluster = await withPod();
    await cluster.create(pod('tough', { tolerations: [{ operator: 'Exists' }] }), 'pods');
    await cluster.patch('nodes', 'a', { spec: { taints: [{ key: 'out', effect: 'NoExecute' }] } });
    expect(cluster.get('pods', 'default/web')?.metadata.deletionTimestamp).toBeDefined();
    expect(cluster.get('pods', 'default/tough')?.metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('pods of a node that is gone', () => {
  it('are removed after a while', async () => {
    const cluster = await withPod();
    await cluster.remove('nodes', 'a');
    await cluster.clock.advance(39_000);
    expect(cluster.list('pods')).toHaveLength(1);
    await cluster.clock.advance(2_000);
    expect(cluster.list('pods')).toHaveLength(0);
  });

  it('stay where the node is made again', async () => {
    const cluster = await withPod();
    await cluster.remove('nodes', 'a');
    await cluster.clock.advance(30_000);
    await cluster.create(node('a'), 'nodes');
    await cluster.clock.advance(30_000);
    expect(cluster.list('pods')).toHaveLength(1);
    await cluster.remove('nodes', 'a');
    await cluster.clock.advance(39_000);
    expect(cluster.list('pods')).toHaveLength(1);
  });
});
