// Clients that mean harm at the port of a node: they cost it bounded memory and never its heartbeat.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { resources } from '@virtual-kubelet/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { World } from '../cases/world.js';
import { openWorld, podOf, untilReady } from '../cases/world.js';
import type { WireDriver } from '../drivers/wire-driver.js';
import { wireDriver } from '../drivers/wire-driver.js';
import { apiRequest } from '../harness/api-request.js';
import { startHostileLoad } from '../harness/hostile-load.js';
import { waitFor } from '../harness/wait.js';
import type { PlaygroundCluster } from '../playground-cluster.js';
import { startPlaygroundCluster } from '../playground-cluster.js';

/** Heartbeats that have to come under load, ten seconds apart; more of them make a long run of it. */
const heartbeats = Number(process.env['HOSTILE_HEARTBEATS'] ?? 3);
/** A Lease is renewed every 10 s and lasts for 40 s: longer than this between two renewals, and one was left out. Milliseconds. */
const longestGap = 20_000;
/** What hostile clients may make a node's process grow by. Bytes. */
const growth = 300 * 1_048_576;

const node = 'vk-hostile';
let cluster: PlaygroundCluster;
let driver: WireDriver;
let world: World;
let port = 0;

beforeAll(async () => {
  cluster = await startPlaygroundCluster();
  driver = await wireDriver(cluster);
  world = await openWorld(cluster, driver, node);
  const found = await driver.get(resources.nodes, { name: node });
  port = found?.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
  await driver.create(podOf(world, 'loud', { behaviour: { 'log-rate': '10000', 'log-line-bytes': '1000' } }));
  await untilReady(driver, { namespace: node, name: 'loud' });
}, 60_000);

afterAll(async () => {
  await world.close();
  await driver.close();
  await cluster.close();
}, 60_000);

/** Resident memory of the agent, bytes. */
async function memory(): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(world.agent().process.pid)]);
  return Number(stdout) * 1_024;
}

async function renewal(): Promise<string> {
  const { text } = await cluster.request(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node}`);
  return (JSON.parse(text) as { spec: { renewTime: string } }).spec.renewTime;
}

/** Streams that the agent counts as open. */
async function streams(): Promise<number> {
  const target = { baseUrl: `https://127.0.0.1:${port}`, verify: false, credentials: cluster.administrator };
  const { text } = await apiRequest(target, '/metrics');
  return Number(/^virtual_kubelet_kubelet_api_streams (\d+)$/m.exec(text)?.[1]);
}

/** Looks on until so many renewals came; gives the longest time between two of them, and the most memory. */
async function lookOn(): Promise<{ readonly gap: number; readonly peak: number }> {
  const seen = { renewal: await renewal(), at: performance.now(), count: 0, gap: 0, peak: 0 };
  await waitFor(
    `${heartbeats} heartbeats`,
    async () => {
      const [renewed, resident] = await Promise.all([renewal(), memory()]);
      const now = performance.now();
      seen.peak = Math.max(seen.peak, resident);
      seen.gap = Math.max(seen.gap, now - seen.at);
      if (renewed !== seen.renewal) Object.assign(seen, { renewal: renewed, at: now, count: seen.count + 1 });
      return seen.count >= heartbeats || undefined;
    },
    { timeout: heartbeats * longestGap, interval: 250 },
  );
  return seen;
}

test(
  'heartbeats go on under hostile load, memory is bounded, and nothing is left of it',
  { timeout: 120_000 + heartbeats * longestGap },
  async () => {
    const before = await memory();
    const load = startHostileLoad({ port, as: cluster.administrator, pod: `${node}/loud` });
    const { gap, peak } = await lookOn();
    const attempts = await load.stop();
    expect([...attempts].filter(([, count]) => count === 0)).toEqual([]);
    expect(gap).toBeLessThan(longestGap);
    expect(peak - before).toBeLessThan(growth);
    await waitFor('no stream is open', async () => (await streams()) === 0 || undefined);
    expect((await driver.exec({ namespace: node, name: 'loud' }, ['hostname'])).stdout.toString()).toBe('loud\n');
  },
);
