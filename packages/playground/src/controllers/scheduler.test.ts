import { describe, expect, it } from 'vitest';
import type { Json } from '../store/json.js';
import { node, pod, testCluster } from './controllers.test-kit.js';

type Cluster = ReturnType<typeof testCluster>;

const placeOf = (cluster: Cluster, name: string): string | undefined =>
  cluster.get('pods', `default/${name}`)?.spec?.nodeName;
const whyNot = (cluster: Cluster, name: string): string | undefined =>
  cluster.get('pods', `default/${name}`)?.status?.conditions?.find((one) => one.type === 'PodScheduled')?.message;

describe('the scheduler', () => {
  it('binds a pod to a node, tells of it, and says on the pod that it is scheduled', async () => {
    const cluster = testCluster();
    await cluster.create(node('a'), 'nodes');
    await cluster.create(pod('web'), 'pods');
    expect(placeOf(cluster, 'web')).toBe('a');
    expect(cluster.events()).toEqual(['Scheduled: Successfully assigned default/web to a']);
    const condition = cluster.get('pods', 'default/web')?.status?.conditions?.[0];
    expect(condition).toMatchObject({ type: 'PodScheduled', status: 'True' });
  });

  it('leaves alone pods of other schedulers, pods with gates and pods that have a node', async () => {
    const cluster = testCluster();
    await cluster.create(node('a'), 'nodes');
    await cluster.create(pod('foreign', { schedulerName: 'mine' }), 'pods');
    await cluster.create(pod('gated', { schedulingGates: [{ name: 'example.com/wait' }] }), 'pods');
    await cluster.create(pod('preset', { nodeName: 'nowhere' }), 'pods');
    expect(placeOf(cluster, 'foreign')).toBeUndefined();
    expect(placeOf(cluster, 'gated')).toBeUndefined();
    expect(placeOf(cluster, 'preset')).toBe('nowhere');
    await cluster.patch('pods', 'gated', { spec: { schedulingGates: [] } });
    expect(placeOf(cluster, 'gated')).toBe('a');
  });

  it('says why no node can take a pod, once, and takes the first node that can', async () => {
    const cluster = testCluster();
    await cluster.create(pod('web'), 'pods');
    expect(whyNot(cluster, 'web')).toBe('no nodes available to schedule pods');
    await cluster.create(node('tainted', { spec: { taints: [{ key: 'x', effect: 'NoSchedule' }] } }), 'nodes');
    await cluster.create(node('cordoned', { spec: { unschedulable: true } }), 'nodes');
    await cluster.create(node('full', { allocatable: { pods: '0' } }), 'nodes');
    const why =
      '0/3 nodes are available: 1 Too many pods, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable.';
    expect(whyNot(cluster, 'web')).toBe(why);
    await cluster.patch('nodes', 'full', { metadata: { labels: { changed: 'yes' } } });
    const told = cluster.list('events').filter(({ message }) => message === why);
    expect(told.map(({ reason, count }) => `${reason} ${count}`)).toEqual(['FailedScheduling 1']);
    await cluster.patch('nodes', 'cordoned', { spec: { unschedulable: null } });
    expect(placeOf(cluster, 'web')).toBe('cordoned');
  });

  it('counts what pods ask for, and asks again when one has ended', async () => {
    const cluster = testCluster();
    await cluster.create(node('a', { allocatable: { cpu: '1' } }), 'nodes');
    const cpu = (amount: string) => ({ resources: { requests: { cpu: amount } } });
    await cluster.create(pod('first', {}, cpu('600m')), 'pods');
    await cluster.create(pod('second', {}, cpu('600m')), 'pods');
    expect(whyNot(cluster, 'second')).toBe('0/1 nodes are available: 1 Insufficient cpu.');
    const first = cluster.get('pods', 'default/first');
    await cluster.report(first ? [first] : [], 'Succeeded');
    expect(placeOf(cluster, 'second')).toBe('a');
  });

  it('follows selectors, affinity and tolerations', async () => {
    const cluster = testCluster();
    await cluster.create(node('plain'), 'nodes');
    await cluster.create(
      node('virtual', {
        labels: { type: 'virtual-kubelet' },
        spec: { taints: [{ key: 'virtual-kubelet.io/provider', value: 'mock', effect: 'NoSchedule' }] },
      }),
      'nodes',
    );
    await cluster.create(pod('selects', { nodeSelector: { type: 'virtual-kubelet' } }), 'pods');
    expect(whyNot(cluster, 'selects')).toBe(
      "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s).",
    );
    const tolerations = [{ operator: 'Exists' }];
    await cluster.create(pod('both', { nodeSelector: { type: 'virtual-kubelet' }, tolerations }), 'pods');
    expect(placeOf(cluster, 'both')).toBe('virtual');
    const terms = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['plain'] }] }];
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
    await cluster.create(pod('named', { affinity, tolerations }), 'pods');
    expect(placeOf(cluster, 'named')).toBe('plain');
  });

  it('keeps pods apart that refuse each other, and spreads those that must lie evenly', async () => {
    const cluster = testCluster();
    for (const name of ['a', 'b']) await cluster.create(node(name), 'nodes');
    const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { group: 'x' } } };
    const alone = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
    const labelled = (name: string, spec: object) => ({
      ...pod(name, spec as never),
      metadata: { name, labels: { group: 'x' } },
    });
    for (const name of ['one', 'two', 'three']) await cluster.create(labelled(name, alone), 'pods');
    expect(['one', 'two'].map((name) => placeOf(cluster, name))).toEqual(['a', 'b']);
    expect(whyNot(cluster, 'three')).toBe("0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.");
    await cluster.create(labelled('other', {}), 'pods');
    expect(whyNot(cluster, 'other')).toBe(
      "0/2 nodes are available: 2 node(s) didn't satisfy existing pods anti-affinity rules.",
    );
  });

  it('puts pods near those they need, the first of a group anywhere', async () => {
    const cluster = testCluster();
    for (const name of ['a', 'b']) await cluster.create(node(name), 'nodes');
    const near = (group: string) => ({
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { group } } },
          ],
        },
      },
    });
    const labelled = (name: string, group: string, spec: Json) => ({
      ...pod(name, spec),
      metadata: { name, labels: { group } },
    });
    await cluster.create(labelled('stranger', 'y', near('x')), 'pods');
    expect(whyNot(cluster, 'stranger')).toBe("0/2 nodes are available: 2 node(s) didn't match pod affinity rules.");
    await cluster.create(
      labelled('first', 'x', { ...near('x'), nodeSelector: { 'kubernetes.io/hostname': 'b' } }),
      'pods',
    );
    for (const name of ['second', 'third']) await cluster.create(labelled(name, 'x', near('x')), 'pods');
    expect(['first', 'second', 'third', 'stranger'].map((name) => placeOf(cluster, name))).toEqual([
      'b',
      'b',
      'b',
      'b',
    ]);
  });

  it('spreads evenly what must be, also over a node with less room', async () => {
    const cluster = testCluster();
    await cluster.create(node('a'), 'nodes');
    await cluster.create(node('large', { allocatable: { cpu: '400', memory: '800Gi' } }), 'nodes');
    const spread = {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 's' } },
    };
    const even = (name: string) => ({
      ...pod(name, { topologySpreadConstraints: [spread] }),
      metadata: { name, labels: { app: 's' } },
    });
    for (const name of ['s1', 's2', 's3', 's4']) await cluster.create(even(name), 'pods');
    expect(['s1', 's2', 's3', 's4'].map((name) => placeOf(cluster, name))).toEqual(['large', 'a', 'large', 'a']);
  });

  it('lets a pod wait for its claims', async () => {
    const cluster = testCluster();
    await cluster.create(node('a'), 'nodes');
    await cluster.create(
      pod('db', { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] }),
      'pods',
    );
    expect(whyNot(cluster, 'db')).toBe('0/1 nodes are available: persistentvolumeclaim "data" not found.');
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec };
    await cluster.create(claim, 'persistentvolumeclaims');
    expect(whyNot(cluster, 'db')).toBe('0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.');
    await cluster.patch('persistentvolumeclaims', 'data', { spec: { volumeName: 'disk' } });
    expect(placeOf(cluster, 'db')).toBe('a');
  });

  it('gives no host port twice', async () => {
    const cluster = testCluster();
    await cluster.create(node('a'), 'nodes');
    const port = { ports: [{ containerPort: 80, hostPort: 8080 }] };
    await cluster.create(pod('one', {}, port), 'pods');
    await cluster.create(pod('two', {}, port), 'pods');
    expect(whyNot(cluster, 'two')).toBe(
      "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
    );
  });

  it('spreads over nodes with room, away from nodes that would rather have none', async () => {
    const cluster = testCluster();
    await cluster.create(node('shunned', { spec: { taints: [{ key: 'x', effect: 'PreferNoSchedule' }] } }), 'nodes');
    for (const name of ['a', 'b']) await cluster.create(node(name), 'nodes');
    for (const name of ['1', '2', '3', '4']) await cluster.create(pod(`p${name}`), 'pods');
    expect(['p1', 'p2', 'p3', 'p4'].map((name) => placeOf(cluster, name))).toEqual(['a', 'b', 'a', 'b']);
  });
});
