import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane } from './harness/index.js';
import { onVirtualNode, userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();
const user = userOf(plane);
const node = 'vk-node-proxy';
const pod = 'proxied';

/** API servers proxy to no loopback address. */
const address = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
const reason = address === undefined ? ' (not run: this machine has only a loopback address)' : '';

interface Named {
  readonly metadata: { readonly name: string };
}

describe.runIf(address !== undefined)(`paths through the API server's proxy of nodes${reason}`, () => {
  let vk: VirtualKubelet | undefined;
  const read = (path: string): Promise<string> => user.kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy${path}`);

  beforeAll(async () => {
    vk = await user.startNode(node, '--internal-ip', address ?? '');
    const containers = ['a', 'b', 'c'].map((name) => ({ name, image: 'busybox' }));
    await user.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: pod },
      spec: { ...onVirtualNode, nodeName: node, containers },
    });
    await user.kubectl('wait', `pod/${pod}`, '--for=condition=Ready', '--timeout=30s');
  });

  afterAll(async () => {
    await plane.kubectl(['delete', 'pod', pod, '--ignore-not-found']);
    await user.stopNode(node, vk);
  });

  test.each(['/pods', '/runningpods/'])('%s lists the pods', async (path) => {
    const list = JSON.parse(await read(path)) as { readonly kind: string; readonly items: readonly Named[] };
    expect(list.kind).toBe('PodList');
    expect(list.items.map(({ metadata }) => metadata.name)).toContain(pod);
  });

  test('/stats/summary tells of the node, the pod and its containers', async () => {
    const summary = JSON.parse(await read('/stats/summary')) as {
      readonly node: { readonly nodeName: string };
      readonly pods: readonly { readonly podRef: { readonly name: string }; readonly containers: readonly unknown[] }[];
    };
    expect(summary.node.nodeName).toBe(node);
    expect(summary.pods.find(({ podRef }) => podRef.name === pod)?.containers).toHaveLength(3);
  });

  test('/metrics/resource has the pod as the second label', async () => {
    const text = await read('/metrics/resource');
    expect(text).toMatch(new RegExp(`^pod_cpu_usage_seconds_total\\{[^,]+,pod="${pod}"\\} `, 'm'));
    const containers = text.match(new RegExp(`^container_cpu_usage_seconds_total\\{[^,]+,pod="${pod}",`, 'gm'));
    expect(containers).toHaveLength(3);
  });
});
