import { describe, expect, it } from 'vitest';
import type { Json } from '../store/json.js';
import { node, template, testCluster } from './controllers.test-kit.js';

type Cluster = ReturnType<typeof testCluster>;

function daemonSet(more: Json = {}, spec: Json = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'log', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'log' } }, template: template('log', 'nginx:1', spec), ...more },
  };
}

const statusOf = (cluster: Cluster) => cluster.get('apps/daemonsets', 'default/log')?.status;
const shown = (cluster: Cluster) =>
  cluster
    .list('pods')
    .map((pod) => `${pod.spec?.nodeName} ${pod.spec?.containers[0]?.image}`)
    .toSorted((a, b) => (a < b ? -1 : 1));
const pending = (cluster: Cluster) =>
  cluster.list('pods').filter((pod) => pod.status?.phase === 'Pending' && pod.metadata.deletionTimestamp === undefined);

async function started(
  names: readonly string[],
  set: Json & { apiVersion: string; kind: string } = daemonSet(),
): Promise<Cluster> {
  const cluster = testCluster();
  for (const name of names) await cluster.create(node(name), 'nodes');
  await cluster.create(set, 'daemonsets');
  await cluster.report(pending(cluster), 'Running');
  return cluster;
}

describe('a DaemonSet', () => {
  it('has a pod on each node that fits, also on one that comes later or takes no other pods', async () => {
    const cluster = await started(['a', 'b']);
    await cluster.create(node('tainted', { spec: { taints: [{ key: 'x', effect: 'NoSchedule' }] } }), 'nodes');
    await cluster.create(node('cordoned', { spec: { unschedulable: true } }), 'nodes');
    expect(shown(cluster)).toEqual(['a nginx:1', 'b nginx:1', 'cordoned nginx:1']);
    await cluster.report(pending(cluster), 'Running');
    expect(statusOf(cluster)).toMatchObject({
      desiredNumberScheduled: 3,
      currentNumberScheduled: 3,
      numberReady: 3,
      numberAvailable: 3,
      updatedNumberScheduled: 3,
      numberMisscheduled: 0,
    });
    expect(cluster.troubles()).toEqual([]);
  });

  it('follows the node selector, and leaves nodes that stop matching', async () => {
    const cluster = await started(['a'], daemonSet({}, { nodeSelector: { disk: 'ssd' } }));
    expect(shown(cluster)).toEqual([]);
    await cluster.patch('nodes', 'a', { metadata: { labels: { disk: 'ssd' } } });
    expect(shown(cluster)).toEqual(['a nginx:1']);
    await cluster.patch('nodes', 'a', { metadata: { labels: { disk: null } } });
    await cluster.finishDeletions();
    expect(shown(cluster)).toEqual([]);
  });

  it('replaces a pod that failed or was deleted', async () => {
    const cluster = await started(['a', 'b']);
    const [first, second] = cluster.list('pods');
    await cluster.report(first ? [first] : [], 'Failed');
    await cluster.remove('pods', second?.metadata.name ?? '');
    await cluster.finishDeletions();
    expect(shown(cluster)).toEqual(['a nginx:1', 'b nginx:1']);
    expect(cluster.list('pods').map(({ metadata }) => metadata.uid)).not.toContain(first?.metadata.uid);
  });

  it('renews one node after the other', async () => {
    const cluster = await started(['a', 'b', 'c']);
    await cluster.patch('daemonsets', 'log', {
      spec: { template: { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } } },
    });
    const missing: number[] = [];
    for (let round = 0; round < 10; round++) {
      missing.push(
        3 -
          cluster
            .list('pods')
            .filter((pod) => pod.metadata.deletionTimestamp === undefined && pod.status?.phase === 'Running').length,
      );
      await cluster.finishDeletions();
      await cluster.report(pending(cluster), 'Running');
    }
    expect(Math.max(...missing)).toBe(1);
    expect(shown(cluster)).toEqual(['a nginx:2', 'b nginx:2', 'c nginx:2']);
    expect(statusOf(cluster)).toMatchObject({ updatedNumberScheduled: 3, observedGeneration: 2 });
    expect(cluster.list('apps/controllerrevisions').map(({ revision }) => revision)).toHaveLength(2);
  });

  it('brings the new pod first where it may surge', async () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    const cluster = await started(['a', 'b'], daemonSet({ updateStrategy }));
    await cluster.patch('daemonsets', 'log', {
      spec: { template: { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } } },
    });
    expect(shown(cluster)).toEqual(['a nginx:1', 'a nginx:2', 'b nginx:1']);
    for (let round = 0; round < 6; round++) {
      await cluster.report(pending(cluster), 'Running');
      await cluster.finishDeletions();
    }
    expect(shown(cluster)).toEqual(['a nginx:2', 'b nginx:2']);
  });
});
