import { leases, resources } from '@virtual-kubelet/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { untilNodeIsReady } from '../cases/world.js';
import type { WireDriver } from '../drivers/wire-driver.js';
import { wireDriver } from '../drivers/wire-driver.js';
import type { Cluster } from '../playground-cluster.js';
import { startPlaygroundCluster } from '../playground-cluster.js';
import type { VirtualKubelet } from '../virtual-kubelet.js';
import { mockNodeFlags, startVirtualKubelet } from '../virtual-kubelet.js';

let cluster: Cluster;
let driver: WireDriver;
let agent: VirtualKubelet | undefined;
beforeAll(async () => {
  cluster = await startPlaygroundCluster();
  driver = await wireDriver(cluster);
}, 60_000);
afterEach(async () => void (await agent?.stop()));
afterAll(async () => {
  await driver.close();
  await cluster.close();
}, 60_000);

async function startNode(name: string): Promise<void> {
  agent = startVirtualKubelet(mockNodeFlags(name, cluster.kubeconfig()));
  await untilNodeIsReady(driver, name);
}

/** Runs the command to its end. */
async function deregister(name: string, ...flags: readonly string[]): Promise<{ code: number | null; said: string }> {
  const which = ['--nodename', name, '--kubeconfig', cluster.kubeconfig()];
  const run = startVirtualKubelet(['deregister', ...which, ...flags]);
  const code = await run.ended();
  return { code, said: run.log() };
}

const nodeOf = (name: string) => driver.get(resources.nodes, { name });
const leaseOf = (name: string) => driver.get(leases, { namespace: 'kube-node-lease', name });

describe('virtual-kubelet deregister', () => {
  test('tells what it would remove, removes it, and finds nothing the next time', async () => {
    await startNode('vk-leaves');
    await agent?.stop();
    expect(await deregister('vk-leaves', '--dry-run')).toEqual({
      code: 0,
      said: 'node/vk-leaves would be deleted\nlease/vk-leaves would be deleted\n',
    });
    expect([await nodeOf('vk-leaves'), await leaseOf('vk-leaves')]).not.toContain(undefined);
    expect(await deregister('vk-leaves')).toEqual({
      code: 0,
      said: 'node/vk-leaves deleted\nlease/vk-leaves deleted\n',
    });
    expect([await nodeOf('vk-leaves'), await leaseOf('vk-leaves')]).toEqual([undefined, undefined]);
    const again = await deregister('vk-leaves');
    expect(again.code).toBe(1);
    expect(again.said).toContain('there is no node vk-leaves in this cluster');
    expect(again.said).toContain('code: VK_NODE_ABSENT');
  });

  test('tells machines what it did', async () => {
    await startNode('vk-json');
    await agent?.stop();
    const { code, said } = await deregister('vk-json', '-o', 'json');
    expect([code, JSON.parse(said)]).toEqual([0, { name: 'vk-json', node: 'deleted', lease: 'deleted' }]);
  });

  test('leaves the node of a machine alone', async () => {
    await driver.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'machine' } });
    const { code, said } = await deregister('machine');
    expect(code).toBe(1);
    expect(said).toContain('node machine is not a node of a virtual kubelet');
    expect(said).toContain('remedy: check --nodename');
    expect(said).toContain('code: VK_NODE_FOREIGN');
    expect(await nodeOf('machine')).toBeDefined();
  });

  test('leaves a node alone whose agent lives, and says who that is', async () => {
    await startNode('vk-lives');
    const before = await nodeOf('vk-lives');
    const { code, said } = await deregister('vk-lives');
    expect(code).toBe(1);
    expect(said).toContain('the agent did not let its node go');
    expect(said).toMatch(/node vk-lives is not removed, for an agent looks after it: \S+/);
    expect(said).toContain('code: VK_NODE_IN_USE');
    expect((await nodeOf('vk-lives'))?.spec).toEqual(before?.spec);
  }, 60_000);

  test('says that it knows no cluster', async () => {
    const run = startVirtualKubelet(['deregister', '--nodename', 'vk', '--kubeconfig', '/nonexistent/kubeconfig']);
    expect(await run.ended()).toBe(3);
    expect(run.log()).toContain('code: VK_KUBECONFIG_MISSING');
  });
});
