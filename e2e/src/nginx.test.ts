import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import { nginxPod } from './nginx-pod.js';
import type { VirtualKubelet } from './virtual-kubelet.js';
import { startVirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();

async function kubectl(...args: string[]): Promise<string> {
  const { stdout, stderr, code } = await plane.kubectl(args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout;
}

describe('the first scenario users are told', () => {
  let folder = '';
  let vk: VirtualKubelet | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-e2e-'));
    const config = join(folder, 'mock.json');
    await writeFile(config, JSON.stringify({ 'vkubelet-mock-0': { cpu: '2', memory: '32Gi', pods: '128' } }));
    const kubeconfig = plane.kubeconfig({ user: 'vk-nginx', groups: ['system:masters'] });
    vk = startVirtualKubelet([
      '--provider',
      'mock',
      '--nodename',
      'vkubelet-mock-0',
      '--provider-config',
      config,
      '--kubeconfig',
      kubeconfig,
      '--metrics-addr',
      '127.0.0.1:0',
    ]);
    await kubectl('wait', 'node/vkubelet-mock-0', '--for=create', '--timeout=60s').catch((error: unknown) => {
      throw new Error(`the node did not come up:\n${vk?.log() ?? ''}`, { cause: error });
    });
    await kubectl('wait', 'node/vkubelet-mock-0', '--for=condition=Ready', '--timeout=60s');
  });

  afterAll(async () => {
    await vk?.stop();
    await plane.kubectl(['delete', 'node', 'vkubelet-mock-0', '--ignore-not-found']);
    await rm(folder, { recursive: true, force: true });
  });

  test('the node is Ready with role agent, the capacity of its file, and the labels and taint users select by', async () => {
    const line = await kubectl('get', 'node', 'vkubelet-mock-0', '--no-headers');
    expect(line).toMatch(/^vkubelet-mock-0\s+Ready\s+agent\s+/);
    const node = JSON.parse(await kubectl('get', 'node', 'vkubelet-mock-0', '-o', 'json')) as {
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
    const created = await plane.kubectl(['apply', '-f', '-'], { input: nginxPod });
    expect(created).toMatchObject({ code: 0 });
    await kubectl('wait', 'pod/nginx', '--for=condition=Ready', '--timeout=30s');
    const line = await kubectl('get', 'pod', 'nginx', '-o', 'wide', '--no-headers');
    expect(line).toMatch(/^nginx\s+1\/1\s+Running\s+0\s+\S+\s+5\.6\.7\.8\s+vkubelet-mock-0\s/);
    const before = Date.now();
    await kubectl('delete', 'pod', 'nginx');
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
            nodeSelector: { type: 'virtual-kubelet' },
            tolerations: [{ operator: 'Exists' }],
          },
        },
      },
    };
    expect(await plane.kubectl(['apply', '-f', '-'], { input: JSON.stringify(deployment) })).toMatchObject({ code: 0 });
    await kubectl('rollout', 'status', 'deployment/web', '-n', 'vk-deployment', '--timeout=60s');
    await kubectl('scale', 'deployment/web', '-n', 'vk-deployment', '--replicas=1');
    await waitFor('one pod is left', async () => {
      const names = await kubectl('get', 'pods', '-n', 'vk-deployment', '-o', 'name');
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
            nodeSelector: { type: 'virtual-kubelet' },
            tolerations: [{ operator: 'Exists' }],
          },
        },
      },
    };
    expect(await plane.kubectl(['apply', '-f', '-'], { input: JSON.stringify(job) })).toMatchObject({ code: 0 });
    await kubectl('wait', 'job/once', '-n', 'vk-job', '--for=condition=Complete', '--timeout=60s');
    const pods = JSON.parse(await kubectl('get', 'pods', '-n', 'vk-job', '-o', 'json')) as {
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
        nodeSelector: { type: 'virtual-kubelet' },
        tolerations: [{ operator: 'Exists' }],
      },
    };
    expect(await plane.kubectl(['apply', '-f', '-'], { input: JSON.stringify(pod) })).toMatchObject({ code: 0 });
    await waitFor(
      'the pod says what it waits for',
      async () =>
        (await kubectl('get', 'pod', 'needs-config', '-n', 'vk-config', '--no-headers')).includes(
          'CreateContainerConfigError',
        ) || undefined,
    );
    await kubectl('create', 'configmap', 'late', '-n', 'vk-config', '--from-literal=a=1');
    await kubectl('wait', 'pod/needs-config', '-n', 'vk-config', '--for=condition=Ready', '--timeout=90s');
  });
});
