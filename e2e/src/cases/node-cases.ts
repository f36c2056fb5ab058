import { resources } from '@virtual-kubelet/client';
import { expect, test } from 'vitest';
import { waitFor } from '../harness/wait.js';
import type { World } from './world.js';
import { podOf, untilNodeIsReady, untilReady } from './world.js';

/** The node and its agent, when something happens to them. */
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
    expect(node?.status?.capacity).toMatchObject({ cpu: '2', memory: '32Gi', pods: '128' });
  });

  test('a Node that is deleted is made again, and its pods go on', async () => {
    const { driver, node: name } = world();
    await driver.create(podOf(world(), 'goes-on'));
    const place = { namespace: name, name: 'goes-on' };
    const before = await untilReady(driver, place);
    const uid = async (): Promise<string | undefined> => (await driver.get(resources.nodes, { name }))?.metadata?.uid;
    const first = await uid();
    await driver.delete(resources.nodes, { name });
    await waitFor('the Node is back', async () => ([first, undefined].includes(await uid()) ? undefined : true));
    await untilNodeIsReady(driver, name);
    const after = await untilReady(driver, place);
    expect(after.metadata?.uid).toBe(before.metadata?.uid);
    expect(after.status?.containerStatuses).toEqual(before.status?.containerStatuses);
  });

  test('an agent that is killed and started again disturbs no pod, and learns what ended meanwhile', async () => {
    const { driver, node, agent, startAgent } = world();
    const short = podOf(world(), 'short', {
      behaviour: { 'run-time': '3s', 'exit-code': '4' },
      spec: { restartPolicy: 'Never' },
    });
    await driver.create(podOf(world(), 'steady'), podOf(world(), 'leaves'), short);
    const at = (name: string): { namespace: string; name: string } => ({ namespace: node, name });
    const before = await untilReady(driver, at('steady'));
    await untilReady(driver, at('leaves'));
    await untilReady(driver, at('short'));
    await agent().stop('SIGKILL');
    const deleted = driver.delete(resources.pods, at('leaves'));
    await startAgent();
    await deleted;
    const ended = await waitFor('the pod that ended is reported', async () => {
      const pod = await driver.get(resources.pods, at('short'));
      return pod?.status?.phase === 'Failed' ? pod : undefined;
    });
    expect(ended.status?.containerStatuses?.[0]?.state).toMatchObject({ terminated: { exitCode: 4 } });
    const after = await driver.get(resources.pods, at('steady'));
    expect([after?.status?.phase, after?.status?.containerStatuses]).toEqual([
      'Running',
      before.status?.containerStatuses,
    ]);
  });
}
