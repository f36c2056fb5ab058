import { describe, expect, it } from 'vitest';
import type { Controller } from './controller.js';
import { endpoints } from './endpoints.js';
import { node, testCluster, webPod, webService } from './controllers.test-kit.js';

type Cluster = ReturnType<typeof testCluster>;

const managed = { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' };
const found = (cluster: Cluster) => cluster.list('endpoints').find(({ metadata }) => metadata.name === 'web');
const shown = (cluster: Cluster) =>
  (found(cluster)?.subsets ?? []).map(({ addresses, notReadyAddresses, ports }) => [
    addresses?.map(({ ip }) => ip) ?? [],
    notReadyAddresses?.map(({ ip }) => ip) ?? [],
    ports?.map(({ port }) => port) ?? [],
  ]);

async function started(spec: object = {}): Promise<Cluster> {
  const cluster = testCluster();
  await cluster.create(node('a'), 'nodes');
  await cluster.create(webService(spec), 'services');
  return cluster;
}

async function running(cluster: Cluster, name: string, podIP: string, more: object = {}): Promise<void> {
  await cluster.report(
    cluster.list('pods').filter(({ metadata }) => metadata.name === name),
    'Running',
    { podIP, ...more },
  );
}

describe('the Endpoints of a Service', () => {
  it('name the pods it selects, ready ones apart, and let go of those that leave', async () => {
    const cluster = await started();
    expect(found(cluster)?.metadata.labels).toEqual({ of: 'web', ...managed });
    expect(shown(cluster)).toEqual([]);
    await cluster.create(webPod('one'), 'pods');
    await cluster.create(webPod('two'), 'pods');
    expect(shown(cluster)).toEqual([]);
    await running(cluster, 'one', '10.0.0.1');
    await running(cluster, 'two', '10.0.0.2', { conditions: [] });
    expect(found(cluster)?.subsets).toEqual([
      {
        addresses: [
          { ip: '10.0.0.1', nodeName: 'a', targetRef: expect.objectContaining({ kind: 'Pod', name: 'one' }) },
        ],
        notReadyAddresses: [expect.objectContaining({ ip: '10.0.0.2' })],
        ports: [{ port: 8080, protocol: 'TCP' }],
      },
    ]);
    await cluster.remove('pods', 'one');
    expect(shown(cluster)).toEqual([[[], ['10.0.0.2'], [8080]]]);
  });

  it('join the ports behind which the same pods are', async () => {
    const ports = [
      { name: 'web', port: 80, targetPort: 'http' },
      { name: 'admin', port: 81, targetPort: 9000 },
      { name: 'more', port: 82, targetPort: 9001 },
    ];
    const cluster = await started({ ports });
    await cluster.create(webPod('one'), 'pods');
    await cluster.create(webPod('two', 9090), 'pods');
    await running(cluster, 'one', '10.0.0.1');
    await running(cluster, 'two', '10.0.0.2');
    expect(shown(cluster)).toEqual([
      [['10.0.0.1'], [], [8080]],
      [['10.0.0.1', '10.0.0.2'], [], [9000, 9001]],
      [['10.0.0.2'], [], [9090]],
    ]);
  });

  it('of a headless Service without ports have addresses alone, and a label', async () => {
    const cluster = await started({ clusterIP: 'None', ports: [], publishNotReadyAddresses: true });
    await cluster.create(webPod('one'), 'pods');
    await running(cluster, 'one', '10.0.0.1', { conditions: [] });
    expect(shown(cluster)).toEqual([[['10.0.0.1'], [], []]]);
    expect(found(cluster)?.metadata.labels).toEqual({ of: 'web', 'service.kubernetes.io/headless': '', ...managed });
  });

  it('come back when somebody deletes or changes them, and go with the Service', async () => {
    const cluster = await started();
    const uid = found(cluster)?.metadata.uid;
    await cluster.remove('endpoints', 'web');
    expect(found(cluster)?.metadata.uid).not.toBe(uid);
    await cluster.remove('services', 'web');
    expect(found(cluster)).toBeUndefined();
  });

  it('are written only where something changes', async () => {
    const writes: number[] = [];
    const watched: Controller = {
      ...endpoints,
      reconcile(key, view) {
        const plan = endpoints.reconcile(key, view);
        writes.push(plan.writes.length);
        return plan;
      },
    };
    const cluster = testCluster([watched]);
    await cluster.create(webService(), 'services');
    await cluster.create(webPod('one'), 'pods');
    await running(cluster, 'one', '10.0.0.1');
    const before = writes.length;
    await cluster.patch('pods', 'one', { metadata: { annotations: { some: 'thing' } } });
    expect(writes.slice(before)).toEqual([0]);
    await cluster.patch('services', 'web', { metadata: { labels: { of: 'all' } } });
    expect(found(cluster)?.metadata.labels).toEqual({ of: 'all', ...managed });
    expect(writes.slice(before).filter((count) => count > 0)).toEqual([1]);
  });

  it('of many pods say that they leave some out', async () => {
    const cluster = testCluster([endpoints]);
    await cluster.create(webService(), 'services');
    const place = { apiVersion: 'v1', resource: 'pods', namespace: 'default' };
    for (let index = 0; index < 1001; index++) {
      const conditions = index < 999 ? [{ type: 'Ready', status: 'True' }] : [];
      const status = { phase: 'Running', podIP: `10.0.${index >> 8}.${index & 255}`, conditions };
      cluster.request({ verb: 'create', ...place, body: webPod(`pod-${index}`) });
      cluster.request({
        verb: 'patch',
        ...place,
        name: `pod-${index}`,
        subresource: 'status',
        patchType: 'merge',
        body: { status },
      });
    }
    await cluster.settle();
    expect(found(cluster)?.metadata.annotations).toEqual({ 'endpoints.kubernetes.io/over-capacity': 'truncated' });
    expect(shown(cluster).map(([ready, rest]) => [ready?.length, rest?.length])).toEqual([[999, 1]]);
    await cluster.remove('pods', 'pod-0');
    await cluster.finishDeletions();
    expect(found(cluster)?.metadata.annotations).toBeUndefined();
  });

  it('come with a warning to whoever asks for them', async () => {
    const cluster = await started();
    const place = { apiVersion: 'v1', resource: 'endpoints', namespace: 'default', name: 'web' };
    expect(cluster.request({ verb: 'get', ...place }).warnings).toEqual([
      'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
    ]);
  });

  it('without a Service, or of one without a selector, are left alone', async () => {
    const cluster = await started({ selector: undefined });
    expect(found(cluster)).toBeUndefined();
    for (const name of ['web', 'other'])
      await cluster.create({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name }, subsets: [] }, 'endpoints');
    await cluster.create(webPod('one'), 'pods');
    await running(cluster, 'one', '10.0.0.1');
    expect(shown(cluster)).toEqual([]);
    expect(cluster.list('endpoints').map(({ metadata }) => metadata.name)).toEqual(['other', 'web']);
  });
});
