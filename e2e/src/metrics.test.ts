import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MetricsServer } from './harness/index.js';
import { metricsServerReleases, sharedControlPlane, startMetricsServer, waitFor } from './harness/index.js';
import { onVirtualNode, userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();
const user = userOf(plane);
const node = 'vk-metrics';

const releases = metricsServerReleases();

describe.runIf(plane.handle.kind === 'own').each(releases)('kubectl top, with metrics-server %s', (release) => {
  let vk: VirtualKubelet | undefined;
  let metrics: MetricsServer | undefined;

  beforeAll(async () => {
    vk = await user.startNode(node);
    metrics = await startMetricsServer(plane, release);
    await user.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'busy',
        annotations: { 'mock.virtual-kubelet.io/cpu-use': '250m', 'mock.virtual-kubelet.io/memory-use': '64Mi' },
      },
      spec: { ...onVirtualNode, nodeName: node, containers: [{ name: 'c', image: 'busybox' }] },
    });
    await user.kubectl('wait', 'pod/busy', '--for=condition=Ready', '--timeout=30s');
  });

  afterAll(async () => {
    await metrics?.stop();
    await plane.kubectl(['delete', 'pod', 'busy', '--ignore-not-found']);
    await user.stopNode(node, vk);
  });

  test('pods show the use their provider measured', async () => {
    const line = await waitFor(
      `the pod is measured\n${metrics?.log() ?? ''}`,
      async () => {
        const { stdout, code } = await plane.kubectl(['top', 'pod', 'busy', '--no-headers']);
        return code === 0 ? stdout : undefined;
      },
      { timeout: 100_000, interval: 1_000 },
    );
    const [, cpu, memory] = /^busy\s+(\d+)m\s+(\d+)Mi/.exec(line) ?? [];
    expect(Number(cpu)).toBeGreaterThan(50);
    expect(Number(cpu)).toBeLessThan(1_000);
    expect(Number(memory)).toBeGreaterThan(10);
    expect(Number(memory)).toBeLessThan(200);
  });

  test('the node shows the use of all', async () => {
    const line = await waitFor('the node is measured', async () => {
      const { stdout, code } = await plane.kubectl(['top', 'node', node, '--no-headers']);
      return code === 0 && !stdout.includes('unknown') ? stdout : undefined;
    });
    expect(line).toMatch(new RegExp(`^${node}\\s+\\d+m\\s+\\d+%\\s+\\d+Mi\\s+\\d+%`));
  });
});
