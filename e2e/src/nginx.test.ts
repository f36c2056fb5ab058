import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import { nginxPod } from './nginx-pod.js';
import { onVirtualNode, userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();
const user = userOf(plane);

describe('the first scenario users are told', () => {
  let folder = '';
  let vk: VirtualKubelet | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-e2e-'));
    const config = join(folder, 'mock.json');
    await writeFile(config, JSON.stringify({ 'vkubelet-mock-0': { cpu: '2', memory: '32Gi', pods: '128' } }));
    vk = await user.startNode('vkubelet-mock-0', '--provider-config', config);
  });

  afterAll(async () => {
    await user.stopNode('vkubelet-mock-0', vk);
    await rm(folder, { recursive: true, force: true });
  });

  test('the node is Ready with role agent, the capacity of its file, and the labels and taint users select by', async () => {
    const line = await user.kubectl('get', 'node', 'vkubelet-mock-0', '--no-headers');
    expect(line).toMatch(/^vkubelet-mock-0\s+Ready\s+agent\s+/);
    const node = JSON.parse(await user.kubectl('get', 'node', 'vkubelet-mock-0', '-o', 'json')) as {
      metadata: { labels: Record<string, string> };
      spec: { taints: { key: string; value?: string; effect: string }[] };
      status: { capacity: Record<string, string> };
    };
    expect(node.metadata.labels).toMatchObject({
      type: 'virtual-kubelet',
      'kubernetes.io/hostname': 'vkubelet-mock-0',
      'kubernetes.io/os': 'linux',
    });
    expect(node.spec.taints).toContainEqual({
      key: 'virtual-kubelet.io/provider',
      value: 'mock',
      effect: 'NoSchedule',
    });
    expect(node.status.capacity).toMatchObject({ cpu: '2', memory: '32Gi', pods: '128' });
  });

  test('the pod is scheduled, Running with the address 5.6.7.8, and gone at once on delete', async () => {
    await user.create(nginxPod);
    await user.kubectl('wait', 'pod/nginx', '--for=condition=Ready', '--timeout=30s');
    const line = await user.kubectl('get', 'pod', 'nginx', '-o', 'wide', '--no-headers');
    expect(line).toMatch(/^nginx\s+1\/1\s+Running\s+0\s+\S+\s+5\.6\.7\.8\s+vkubelet-mock-0\s/);
    const before = Date.now();
    await user.kubectl('delete', 'pod', 'nginx');
    // The default grace period is 30 s: a pod that ends at once must not wait for it.
    expect(Date.now() - before).toBeLessThan(15_000);
  });

  test('a Deployment comes up, is scaled and goes', async () => {
    await plane.createNamespace('vk-deployment');
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'vk-deployment' },
      spec: {
        replicas: 5,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [{ name: 'c', image: 'nginx' }],
            ...onVirtualNode,
          },
        },
      },
    };
    await user.create(deployment);
    await user.kubectl('rollout', 'status', 'deployment/web', '-n', 'vk-deployment', '--timeout=60s');
    await user.kubectl('scale', 'deployment/web', '-n', 'vk-deployment', '--replicas=1');
    await waitFor('one pod is left', async () => {
      const names = await user.kubectl('get', 'pods', '-n', 'vk-deployment', '-o', 'name');
      return names.trim().split('\n').length === 1 || undefined;
    });
  });

  test('a Job whose pod ends with exit code 0 completes, and the pod stays with its exit code', async () => {
    await plane.createNamespace('vk-job');
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once', namespace: 'vk-job' },
      spec: {
        template: {
          metadata: { annotations: { 'mock.virtual-kubelet.io/run-time': '1s' } },
          spec: {
            restartPolicy: 'Never',
            containers: [{ name: 'c', image: 'busybox' }],
            ...onVirtualNode,
          },
        },
      },
    };
    await user.create(job);
    await user.kubectl('wait', 'job/once', '-n', 'vk-job', '--for=condition=Complete', '--timeout=60s');
    const pods = JSON.parse(await user.kubectl('get', 'pods', '-n', 'vk-job', '-o', 'json')) as {
      items: { status: { phase: string; containerStatuses: { state: { terminated?: { exitCode: number } } }[] } }[];
    };
    expect(pods.items[0]?.status.phase).toBe('Succeeded');
    expect(pods.items[0]?.status.containerStatuses[0]?.state.terminated?.exitCode).toBe(0);
  });

  test('the README shows exactly this pod', async () => {
    expect(await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8')).toContain(nginxPod);
  });

  test('a pod waits for its ConfigMap with the reason users know, and heals by itself', async () => {
    await plane.createNamespace('vk-config');
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'needs-config', namespace: 'vk-config' },
      spec: {
        containers: [
          {
            name: 'c',
            image: 'busybox',
            env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'late', key: 'a' } } }],
          },
        ],
        ...onVirtualNode,
      },
    };
    await user.create(pod);
    await waitFor(
      'the pod says what it waits for',
      async () =>
        (await user.kubectl('get', 'pod', 'needs-config', '-n', 'vk-config', '--no-headers')).includes(
          'CreateContainerConfigError',
        ) || undefined,
    );
    await user.kubectl('create', 'configmap', 'late', '-n', 'vk-config', '--from-literal=a=1');
    await user.kubectl('wait', 'pod/needs-config', '-n', 'vk-config', '--for=condition=Ready', '--timeout=90s');
  });
});
