import { describe, expect, it } from 'vitest';
import { node, pod, testCluster, webPod, webService } from './controllers.test-kit.js';

type Cluster = ReturnType<typeof testCluster>;

const slices = (cluster: Cluster) =>
  cluster
    .list('discovery.k8s.io/endpointslices')
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'web');
const shown = (cluster: Cluster) =>
  slices(cluster).flatMap(({ ports, endpoints }) =>
    (endpoints ?? []).map(
      ({ addresses, conditions }) =>
        `${addresses[0]}:${ports?.[0]?.port} ${conditions?.ready}/${conditions?.serving}/${conditions?.terminating}`,
    ),
  );

async function started(): Promise<Cluster> {
  const cluster = testCluster();
  await cluster.create(node('a'), 'nodes');
  await cluster.create(webService(), 'services');
  return cluster;
}

describe('the EndpointSlices of a Service', () => {
  it('name the pods it selects, and say which take traffic', async () => {
    const cluster = await started();
    expect(slices(cluster)).toHaveLength(1);
    await cluster.create(webPod('one'), 'pods');
    await cluster.create(webPod('two'), 'pods');
    await cluster.create(pod('other'), 'pods');
    expect(shown(cluster)).toEqual([]);
    const [one, , two] = cluster.list('pods');
    await cluster.report(one ? [one] : [], 'Running', { podIP: '10.0.0.1' });
    await cluster.report(two ? [two] : [], 'Running', { podIP: '10.0.0.2', conditions: [] });
    expect(shown(cluster)).toEqual(['10.0.0.1:8080 true/true/false', '10.0.0.2:8080 false/false/false']);
    expect(slices(cluster)[0]?.endpoints?.[0]).toMatchObject({
      nodeName: 'a',
      targetRef: { kind: 'Pod', name: 'one' },
    });
    await cluster.remove('pods', 'one');
    expect(shown(cluster)[0]).toBe('10.0.0.1:8080 false/true/true');
    await cluster.finishDeletions();
    expect(shown(cluster)).toEqual(['10.0.0.2:8080 false/false/false']);
  });

  it('are apart where a named port has several numbers, and go with the Service', async () => {
    const cluster = await started();
    await cluster.create(webPod('one'), 'pods');
    await cluster.create(webPod('two', 9090), 'pods');
    await cluster.report(cluster.list('pods'), 'Running', { podIP: '10.0.0.1' });
    expect(
      shown(cluster)
        .map((line) => line.split(' ')[0])
        .toSorted((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1)),
    ).toEqual(['10.0.0.1:8080', '10.0.0.1:9090']);
    await cluster.remove('services', 'web');
    expect(slices(cluster)).toHaveLength(0);
  });

  it('come back when somebody deletes them', async () => {
    const cluster = await started();
    await cluster.remove('endpointslices', slices(cluster)[0]?.metadata.name ?? '');
    expect(slices(cluster)).toHaveLength(1);
  });
});
