import { describe, expect, it } from 'vitest';
import type { Json } from '../store/json.js';
import { namesOf, node, template, testCluster } from './controllers.test-kit.js';

type Cluster = ReturnType<typeof testCluster>;

function statefulSet(replicas: number, more: Json = {}) {
  const spec = {
    replicas,
    serviceName: 'db',
    selector: { matchLabels: { app: 'db' } },
    template: template('db'),
    ...more,
  };
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db', namespace: 'default' }, spec };
}

async function started(replicas: number, more: Json = {}): Promise<Cluster> {
  const cluster = testCluster();
  await cluster.create(node('a', { allocatable: { pods: '100' } }), 'nodes');
  await cluster.create(statefulSet(replicas, more), 'statefulsets');
  return cluster;
}

const statusOf = (cluster: Cluster) => cluster.get('apps/statefulsets', 'default/db')?.status;
const pending = (cluster: Cluster) => cluster.list('pods').filter((pod) => pod.status?.phase === 'Pending');
const images = (cluster: Cluster) =>
  cluster.list('pods').map((pod) => `${pod.metadata.name} ${pod.spec?.containers[0]?.image}`);

async function settle(cluster: Cluster): Promise<void> {
  for (let round = 0; round < 30; round++) {
    await cluster.clock.advance(1);
    await cluster.report(pending(cluster), 'Running');
    await cluster.finishDeletions();
  }
}

describe('a StatefulSet', () => {
  it('makes its pods one after the other, each when the one before is ready', async () => {
    const cluster = await started(3);
    await cluster.clock.advance(1);
    expect(namesOf(cluster.list('pods'))).toEqual(['db-0']);
    const [first] = cluster.list('pods');
    expect(first?.spec).toMatchObject({ hostname: 'db-0', subdomain: 'db' });
    expect(first?.metadata.labels).toMatchObject({
      'statefulset.kubernetes.io/pod-name': 'db-0',
      'apps.kubernetes.io/pod-index': '0',
    });
    await cluster.report(pending(cluster), 'Running');
    expect(namesOf(cluster.list('pods'))).toEqual(['db-0', 'db-1']);
    await settle(cluster);
    expect(statusOf(cluster)).toMatchObject({
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
    });
    expect(statusOf(cluster)?.currentRevision).toBe(statusOf(cluster)?.updateRevision);
    expect(cluster.troubles()).toEqual([]);
  });

  it('makes all at once where it may', async () => {
    const cluster = await started(3, { podManagementPolicy: 'Parallel' });
    await cluster.clock.advance(1);
    expect(namesOf(cluster.list('pods'))).toEqual(['db-0', 'db-1', 'db-2']);
  });

  it('gives the same name and the same claim to a pod that comes again', async () => {
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    const cluster = await started(1, { volumeClaimTemplates: [claim] });
    await settle(cluster);
    const [before] = cluster.list('pods');
    expect(before?.spec?.volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } });
    await cluster.remove('pods', 'db-0');
    await settle(cluster);
    const [after] = cluster.list('pods');
    expect(after?.metadata.name).toBe('db-0');
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(namesOf(cluster.list('persistentvolumeclaims'))).toEqual(['data-db-0']);
  });

  it('shrinks from the last', async () => {
    const cluster = await started(3);
    await settle(cluster);
    await cluster.patch('statefulsets', 'db', { spec: { replicas: 1 } });
    expect(namesOf(cluster.list('pods').filter((pod) => pod.metadata.deletionTimestamp !== undefined))).toEqual([
      'db-2',
    ]);
    await settle(cluster);
    expect(namesOf(cluster.list('pods'))).toEqual(['db-0']);
  });

  it('renews from the last, down to the partition, and keeps the revisions', async () => {
    const cluster = await started(3);
    await settle(cluster);
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } };
    await cluster.patch('statefulsets', 'db', {
      spec: { updateStrategy, template: { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } } },
    });
    await cluster.clock.advance(1);
    expect(namesOf(cluster.list('pods').filter((pod) => pod.metadata.deletionTimestamp !== undefined))).toEqual([
      'db-2',
    ]);
    await settle(cluster);
    expect(images(cluster)).toEqual(['db-0 nginx:1', 'db-1 nginx:2', 'db-2 nginx:2']);
    expect(statusOf(cluster)).toMatchObject({ currentReplicas: 1, updatedReplicas: 2 });
    await cluster.remove('pods', 'db-0');
    await settle(cluster);
    expect(images(cluster)[0]).toBe('db-0 nginx:1');
    await cluster.patch('statefulsets', 'db', { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
    await settle(cluster);
    expect(images(cluster)[0]).toBe('db-0 nginx:2');
    expect(statusOf(cluster)?.currentRevision).toBe(statusOf(cluster)?.updateRevision);
    expect(cluster.list('apps/controllerrevisions').map(({ revision }) => revision)).toHaveLength(2);
    await cluster.patch('statefulsets', 'db', {
      spec: { template: { spec: { containers: [{ name: 'c', image: 'nginx:1' }] } } },
    });
    await settle(cluster);
    const numbers = cluster.list('apps/controllerrevisions').map(({ revision = 0 }) => revision);
    expect(numbers.toSorted((x, y) => x - y)).toEqual([2, 3]);
    expect(images(cluster)).toEqual(['db-0 nginx:1', 'db-1 nginx:1', 'db-2 nginx:1']);
  });
});
