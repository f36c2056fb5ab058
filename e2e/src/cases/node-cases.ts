import { resources } from '@virtual-kubelet/client';
import { expect, test } from 'vitest';
import type { World } from './world.js';

/** The Node as users see it. */
export function nodeCases(world: () => World): void {
  test('the node has role agent, the capacity of its file, and the labels and taint users select by', async () => {
    const { driver, node: name } = world();
    const node = await driver.get(resources.nodes, { name });
    expect(node?.metadata?.labels).toMatchObject({
      type: 'virtual-kubelet',
      'kubernetes.io/role': 'agent',
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
    });
    expect(node?.spec?.taints).toContainEqual({
      key: 'virtual-kubelet.io/provider',
      value: 'mock',
      effect: 'NoSchedule',
    });
    expect(node?.status?.capacity).toMatchObject({ cpu: '2', memory: '32Gi', pods: '500' });
  });
}
