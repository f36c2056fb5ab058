// Stock kubectl against `virtual-kubelet playground`: scheduler, controllers and virtual nodes, as a user meets them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubectlReleases } from './harness/kubectl-releases.js';
import type { KubectlUser } from './harness/kubectl-user.js';
import { kubectlUser } from './harness/kubectl-user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';
import { startPlaygroundCommand } from './virtual-kubelet.js';

const template = (app: string, more: object = {}) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'main', image: 'nginx:1' }], ...more },
});
const metadata = (name: string) => ({ name, namespace: 'default' });
const selector = (app: string) => ({ matchLabels: { app } });

describe.each(kubectlReleases())('kubectl $release on the playground', ({ path }) => {
  let folder: string;
  let playground: VirtualKubelet;
  let user: KubectlUser;
  const kubectl = (args: string): Promise<string> => user.succeeds(args);
  const apply = (object: object): Promise<string> => user.succeeds('apply -f -', JSON.stringify(object));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-workloads-'));
    user = kubectlUser(path, folder);
    playground = await startPlaygroundCommand(['--nodes', '2', '--kubeconfig', join(folder, 'kubeconfig')]);
  });

  afterAll(async () => {
    await playground.stop();
    await rm(folder, { recursive: true });
  });

  test('rolls a Deployment forward and back, and scales it', async () => {
    await kubectl('create deployment web --image=nginx:1 --replicas=3');
    expect(await kubectl('rollout status deployment/web --timeout=30s')).toContain('successfully rolled out');
    await kubectl('set image deployment/web nginx=nginx:2');
    await kubectl('rollout status deployment/web --timeout=30s');
    expect(await kubectl('rollout history deployment/web')).toMatch(/^2 /m);
    await kubectl('rollout undo deployment/web');
    await kubectl('rollout status deployment/web --timeout=30s');
    expect(await kubectl('get deployment web -o jsonpath={.spec.template.spec.containers[0].image}')).toBe('nginx:1');
    await kubectl('scale deployment/web --replicas=1');
    await kubectl('wait deployment/web --for=jsonpath={.status.readyReplicas}=1 --timeout=30s');
  });

  test('waits for StatefulSets, DaemonSets and Jobs', async () => {
    const common = { apiVersion: 'apps/v1' };
    await apply({
      ...common,
      kind: 'StatefulSet',
      metadata: metadata('db'),
      spec: { replicas: 2, serviceName: 'db', selector: selector('db'), template: template('db') },
    });
    await kubectl('rollout status statefulset/db --timeout=30s');
    expect(await kubectl('get pods -l app=db -o name')).toBe('pod/db-0\npod/db-1');
    await apply({
      ...common,
      kind: 'DaemonSet',
      metadata: metadata('log'),
      spec: { selector: selector('log'), template: template('log') },
    });
    await kubectl('rollout status daemonset/log --timeout=30s');
    const ends = { annotations: { 'mock.virtual-kubelet.io/run-time': '1s' } };
    const job = { ...template('pi', { restartPolicy: 'Never' }), metadata: ends };
    await apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: metadata('pi'),
      spec: { completions: 2, parallelism: 2, template: job },
    });
    await kubectl('wait job/pi --for=condition=Complete --timeout=30s');
  });

  test('drains a node, whose pods move, and says why a pod finds no place', async () => {
    await kubectl('drain vkubelet-mock-1 --ignore-daemonsets --force');
    await kubectl('wait pod -l app=web --for=condition=Ready --timeout=30s');
    const nodes = await kubectl('get pods -l app=web -o jsonpath={.items[*].spec.nodeName}');
    expect(new Set(nodes.split(' '))).toEqual(new Set(['vkubelet-mock-0']));
    await kubectl('cordon vkubelet-mock-0');
    await kubectl('run lost --image=nginx');
    await kubectl('wait pod/lost --for=condition=PodScheduled=False --timeout=30s');
    expect(await kubectl('describe pod lost')).toContain('0/2 nodes are available: 2 node(s) were unschedulable.');
    await kubectl('uncordon vkubelet-mock-0');
    await kubectl('wait pod/lost --for=condition=Ready --timeout=30s');
  });

  test('reads logs, runs commands, and sees endpoints', async () => {
    expect(await kubectl('logs lost')).not.toBe('');
    expect(await kubectl('exec lost -- echo hello')).toBe('hello');
    await kubectl('expose deployment web --port=80');
    expect(await kubectl('describe service web')).toMatch(/Endpoints: +5\.6\.7\.8:80/);
  });

  test('deletes in the ways that cascade, and whole namespaces', async () => {
    await kubectl('delete deployment web --cascade=orphan');
    expect(await kubectl('get pods -l app=web -o name')).toMatch(/^pod\/web-/);
    await kubectl('delete replicaset -l app=web --cascade=foreground');
    await kubectl('wait pod -l app=web --for=delete --timeout=30s');
    await kubectl('create namespace team');
    await kubectl('run one -n team --image=nginx');
    await kubectl('delete namespace team --timeout=30s');
  });
});
