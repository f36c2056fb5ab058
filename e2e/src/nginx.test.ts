// How the first scenario looks in stock kubectl; what must happen is in `cases/`.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane } from './harness/index.js';
import { nginxPod } from './nginx-pod.js';
import { userOf } from './user.js';
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

  test('the README shows exactly this pod', async () => {
    expect(await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8')).toContain(nginxPod);
  });
});
