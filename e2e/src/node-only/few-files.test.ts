// A process that may have few files open, and clients of its node's port that take as many connections as they get.
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { resources } from '@virtual-kubelet/client';
import { afterEach, describe, expect, test } from 'vitest';
import { untilNodeIsReady, untilReady } from '../cases/world.js';
import type { WireDriver } from '../drivers/wire-driver.js';
import { wireDriver } from '../drivers/wire-driver.js';
import { waitFor } from '../harness/wait.js';
import type { PlaygroundCluster } from '../playground-cluster.js';
import { startPlaygroundCluster } from '../playground-cluster.js';
import type { VirtualKubelet } from '../virtual-kubelet.js';
import { mockNodeFlags, startWithOpenFiles } from '../virtual-kubelet.js';

const node = 'vk-few-files';
let cluster: PlaygroundCluster;
let driver: WireDriver;
let agent: VirtualKubelet;
const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
}, 60_000);

async function start(files: number): Promise<number> {
  cluster = await startPlaygroundCluster();
  endings.push(() => cluster.close());
  driver = await wireDriver(cluster);
  endings.push(() => driver.close());
  await cluster.createNamespace(node);
  agent = startWithOpenFiles(files, mockNodeFlags(node, cluster.kubeconfig()));
  endings.push(() => agent.stop());
  await untilNodeIsReady(driver, node);
  const found = await driver.get(resources.nodes, { name: node });
  return found?.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
}

/** So many clients that connect, say nothing, and come again when they are cut; gives how often that was. */
function occupy(port: number, clients: number): { readonly cut: number; end(): void } {
  const open = new Set<Socket>();
  const load = { cut: 0, isOver: false };
  const come = (): void => {
    if (load.isOver) return;
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      load.cut += 1;
      setImmediate(come);
    });
  };
  for (let count = 0; count < clients; count += 1) come();
  const end = (): void => {
    load.isOver = true;
    for (const socket of open) socket.destroy();
  };
  endings.push(end);
  return {
    get cut() {
      return load.cut;
    },
    end,
  };
}

async function renewal(): Promise<string | undefined> {
  const { text } = await cluster.request(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node}`);
  return (JSON.parse(text) as { spec?: { renewTime?: string } }).spec?.renewTime;
}

async function untilRenewed(): Promise<void> {
  const before = await renewal();
  await waitFor('the Lease is renewed', async () => (await renewal()) !== before || undefined, { timeout: 40_000 });
}

describe.runIf(process.platform === 'linux').each([64, 256])('with %i open files', (files) => {
  test(
    'clients that take all connections take neither the heartbeat, nor the way back to the API server, nor pods',
    { timeout: 180_000 },
    async () => {
      const port = await start(files);
      const load = occupy(port, 400);
      await waitFor('clients are refused', async () => load.cut > 1_000 || undefined, { timeout: 40_000 });
      const openFiles = readdirSync(`/proc/${agent.process.pid}/fd`).length;
      expect(openFiles).toBeLessThan(files - 8);
      await untilRenewed();
      // Its connections end, and it needs new ones.
      await cluster.killApiServer();
      await cluster.startApiServer();
      await untilRenewed();
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace: node, name: 'under-load' },
        spec: { nodeName: node, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'busybox' }] },
      };
      await driver.create(pod);
      await untilReady(driver, { namespace: node, name: 'under-load' });
      expect(agent.process.exitCode).toBeNull();
      // Said once in ten seconds, not for each of them.
      expect(agent.log().match(/connections are refused/g)?.length).toBeLessThan(20);
      load.end();
      const heard = await waitFor('the port answers again', async () =>
        driver.exec({ namespace: node, name: 'under-load' }, ['hostname']).catch(() => undefined),
      );
      expect(heard.stdout.toString()).toBe('under-load\n');
    },
  );
});
