import { describe, expect, it } from 'vitest';
import type { Json } from '../store/json.js';
import { node, template, testCluster } from './controllers.test-kit.js';

type Cluster = ReturnType<typeof testCluster>;

function deployment(replicas: number, more: Json = {}, image = 'nginx:1') {
  const spec = { replicas, selector: { matchLabels: { app: 'web' } }, template: template('web', image), ...more };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default' }, spec };
}

const ofWeb = (cluster: Cluster) => cluster.get('apps/deployments', 'default/web');
const condition = (cluster: Cluster, type: string) =>
  ofWeb(cluster)?.status?.conditions?.find((one) => one.type === type);
const newImage = (image: string): Json => ({ spec: { template: { spec: { containers: [{ name: 'c', image }] } } } });
const sizes = (cluster: Cluster) =>
  cluster
    .list('apps/replicasets')
    .map((set) => `${set.spec?.template?.spec?.containers[0]?.image} ${set.spec?.replicas}`)
    .toSorted();

/** Plays the node until nothing changes: pods run, and those that are deleted go. */
async function play(cluster: Cluster, watch: () => void = () => undefined): Promise<void> {
  for (let round = 0; round < 50; round++) {
    const pending = cluster
      .list('pods')
      .filter((pod) => pod.status?.phase === 'Pending' && pod.metadata.deletionTimestamp === undefined);
    const leaving = cluster.list('pods').filter((pod) => pod.metadata.deletionTimestamp !== undefined);
    if (pending.length + leaving.length === 0) return;
    for (const pod of pending) {
      await cluster.report([pod], 'Running');
      watch();
    }
    await cluster.finishDeletions();
    watch();
  }
}

async function started(replicas: number, more: Json = {}): Promise<Cluster> {
  const cluster = testCluster();
  await cluster.create(node('a', { allocatable: { pods: '100' } }), 'nodes');
  await cluster.create(deployment(replicas, more), 'deployments');
  await play(cluster);
  return cluster;
}

describe('a Deployment', () => {
  it('runs its pods through a ReplicaSet named by the hash of the template, and says when it is complete', async () => {
    const cluster = await started(3);
    const [set] = cluster.list('apps/replicasets');
    const hash = set?.metadata.labels?.['pod-template-hash'];
    expect(set?.metadata.name).toBe(`web-${hash}`);
    expect(set?.spec?.selector.matchLabels).toEqual({ app: 'web', 'pod-template-hash': hash });
    expect(ofWeb(cluster)?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
    expect(ofWeb(cluster)?.status).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    });
    expect(condition(cluster, 'Available')).toMatchObject({ status: 'True', reason: 'MinimumReplicasAvailable' });
    expect(condition(cluster, 'Progressing')).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
    expect(cluster.events()).toContain(`ScalingReplicaSet: Scaled up replica set ${set?.metadata.name} from 0 to 3`);
  });

  it('rolls to a new template within its bounds, and keeps the old ReplicaSet for a way back', async () => {
    const cluster = await started(4, {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
    });
    const most: number[] = [];
    const least: number[] = [];
    await cluster.patch('deployments', 'web', newImage('nginx:2'));
    await play(cluster, () => {
      const wanted = cluster.list('apps/replicasets').reduce((sum, set) => sum + (set.spec?.replicas ?? 0), 0);
      const ready = cluster
        .list('pods')
        .filter((pod) => pod.metadata.deletionTimestamp === undefined && pod.status?.phase === 'Running');
      most.push(wanted);
      least.push(ready.length);
    });
    expect(Math.max(...most)).toBe(5);
    expect(Math.min(...least)).toBeGreaterThanOrEqual(3);
    expect(sizes(cluster)).toEqual(['nginx:1 0', 'nginx:2 4']);
    expect(ofWeb(cluster)?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    expect(ofWeb(cluster)?.status).toMatchObject({
      replicas: 4,
      updatedReplicas: 4,
      availableReplicas: 4,
      observedGeneration: 2,
    });
    await cluster.patch('deployments', 'web', newImage('nginx:1'));
    await play(cluster);
    expect(sizes(cluster)).toEqual(['nginx:1 4', 'nginx:2 0']);
    expect(ofWeb(cluster)?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
    const back = cluster.list('apps/replicasets').find((set) => set.spec?.replicas === 4);
    expect(back?.metadata.annotations?.['deployment.kubernetes.io/revision-history']).toBe('1');
  });

  it('ends all old pods before the first new one where it recreates', async () => {
    const cluster = await started(2, { strategy: { type: 'Recreate' } });
    await cluster.patch('deployments', 'web', newImage('nginx:2'));
    const images = () => new Set(cluster.list('pods').map((pod) => pod.spec?.containers[0]?.image));
    expect(images()).toEqual(new Set(['nginx:1']));
    await play(cluster, () => expect(images().size).toBeLessThan(2));
    expect(images()).toEqual(new Set(['nginx:2']));
    expect(cluster.list('pods')).toHaveLength(2);
  });

  it('scales without a new ReplicaSet', async () => {
    const cluster = await started(1);
    await cluster.patch('deployments', 'web', { spec: { replicas: 5 } });
    await play(cluster);
    expect(sizes(cluster)).toEqual(['nginx:1 5']);
    expect(ofWeb(cluster)?.status).toMatchObject({ replicas: 5, availableReplicas: 5 });
  });

  it('shares a change of size among its ReplicaSets while it rolls', async () => {
    const cluster = await started(10, {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
    });
    await cluster.patch('deployments', 'web', newImage('nginx:2'));
    expect(sizes(cluster)).toEqual(['nginx:1 8', 'nginx:2 5']);
    await cluster.patch('deployments', 'web', { spec: { replicas: 15 } });
    expect(sizes(cluster)).toEqual(['nginx:1 11', 'nginx:2 7']);
  });

  it('waits while it is paused', async () => {
    const cluster = await started(2);
    await cluster.patch('deployments', 'web', { spec: { paused: true } });
    await cluster.patch('deployments', 'web', newImage('nginx:2'));
    await play(cluster);
    expect(sizes(cluster)).toEqual(['nginx:1 2']);
    expect(condition(cluster, 'Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' });
    await cluster.patch('deployments', 'web', { spec: { paused: false } });
    await play(cluster);
    expect(sizes(cluster)).toEqual(['nginx:1 0', 'nginx:2 2']);
  });

  it('says that it does not progress after its deadline', async () => {
    const cluster = testCluster();
    await cluster.create(deployment(1, { progressDeadlineSeconds: 60 }), 'deployments');
    expect(condition(cluster, 'Progressing')).toMatchObject({ status: 'True' });
    await cluster.clock.advance(61_000);
    expect(condition(cluster, 'Progressing')).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
  });

  it('keeps as many old ReplicaSets as its history allows', async () => {
    const cluster = await started(1, { revisionHistoryLimit: 1 });
    for (const image of ['nginx:2', 'nginx:3', 'nginx:4']) {
      await cluster.patch('deployments', 'web', newImage(image));
      await play(cluster);
    }
    expect(sizes(cluster)).toEqual(['nginx:3 0', 'nginx:4 1']);
  });
});
