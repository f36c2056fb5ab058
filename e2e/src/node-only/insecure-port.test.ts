// What --insecure-allow-everybody opens, how loudly it says so, and that nothing of it is there without the flag.
import { resources } from '@virtual-kubelet/client';
import { systemClock } from '@virtual-kubelet/base';
import { openPortForward, openRemoteCommand } from '@virtual-kubelet/streams';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { untilNodeIsReady, untilReady } from '../cases/world.js';
import type { WireDriver } from '../drivers/wire-driver.js';
import { wireDriver } from '../drivers/wire-driver.js';
import { apiRequest } from '../harness/api-request.js';
import type { Cluster } from '../playground-cluster.js';
import { startPlaygroundCluster } from '../playground-cluster.js';
import type { VirtualKubelet } from '../virtual-kubelet.js';
import { mockNodeFlags, startVirtualKubelet } from '../virtual-kubelet.js';

const namespace = 'insecure';
const clock = systemClock;

let cluster: Cluster;
let driver: WireDriver;
beforeAll(async () => {
  cluster = await startPlaygroundCluster();
  driver = await wireDriver(cluster);
  await cluster.createNamespace(namespace);
}, 60_000);
afterAll(async () => {
  await driver.close();
  await cluster.close();
}, 60_000);

describe.each([
  { node: 'vk-open', flags: ['--insecure-allow-everybody'], isOpen: true },
  { node: 'vk-closed', flags: [], isOpen: false },
  { node: 'vk-closed-too', flags: ['--insecure-allow-everybody=false'], isOpen: false },
])('a node started with $flags', ({ node, flags, isOpen }) => {
  let agent: VirtualKubelet;
  let port = 0;

  beforeAll(async () => {
    agent = startVirtualKubelet([...mockNodeFlags(node, cluster.kubeconfig()), ...flags], {
      VKUBELET_INSECURE_ALLOW_EVERYBODY: 'true',
      INSECURE_ALLOW_EVERYBODY: 'true',
    });
    await untilNodeIsReady(driver, node);
    const found = await driver.get(resources.nodes, { name: node });
    port = found?.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
    await driver.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: node, namespace },
      spec: { nodeName: node, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'busybox' }] },
    } as object);
    await untilReady(driver, { namespace, name: node });
  }, 60_000);
  afterAll(async () => void (await agent.stop()));

  /** Somebody without credentials. */
  const stranger = (path: string, method: 'GET' | 'POST' = 'GET') => {
    // The certificate is self-signed: nobody vouches for it.
    return apiRequest({ baseUrl: `https://127.0.0.1:${port}`, verify: false }, path, { method });
  };
  const target = (path: string) => ({ url: `https://127.0.0.1:${port}${path}`, tls: { rejectUnauthorized: false } });

  test('tells what anybody may do, in the log and on the Node, or says nothing of it', async () => {
    const found = await driver.get(resources.nodes, { name: node });
    const condition = found?.status?.conditions?.find(({ type }) => type === 'KubeletAPIOpen');
    const lines = agent.log().trim().split('\n');
    const warnings = lines
      .map((line) => JSON.parse(line) as { level: string; message: string })
      .filter(({ message }) => message.includes('ANYBODY'));
    expect(condition && [condition.status, condition.reason]).toEqual(
      isOpen ? ['True', 'EverybodyAllowed'] : undefined,
    );
    expect(warnings.map(({ level, message }) => [level, message])).toEqual(
      isOpen ? [['warn', 'ANYBODY who reaches the port of the kubelet API may run commands in pods']] : [],
    );
  });

  test('answers strangers, or nobody it does not know', async () => {
    const asked = ['/pods', '/runningpods', '/configz', '/healthz', '/stats/summary', '/metrics', '/metrics/resource'];
    const statuses = await Promise.all(
      [...asked, `/containerLogs/${namespace}/${node}/c`].map(async (path) => (await stranger(path)).status),
    );
    expect(statuses).toEqual(statuses.map(() => (isOpen ? 200 : 401)));
    const ran = await stranger(`/run/${namespace}/${node}/c?cmd=hostname`, 'POST');
    expect(ran).toMatchObject(isOpen ? { status: 200, text: `${node}\n` } : { status: 401, text: 'Unauthorized\n' });
  });

  test.each(['spdy', 'websocket'] as const)('has streams over %s for strangers, or none', async (dialect) => {
    const ran = async (): Promise<unknown> => {
      const streams = { stdin: false, stdout: true, stderr: false, tty: false };
      const at = target(`/exec/${namespace}/${node}/c?command=hostname&output=1`);
      const client = await openRemoteCommand(at, { clock, dialect, streams });
      let said = '';
      for await (const bytes of client.stdout ?? []) said += Buffer.from(bytes).toString();
      return [said, await client.outcome];
    };
    const forwarded = async (): Promise<string> => {
      const options = { clock, dialect: dialect === 'spdy' ? dialect : 'tunnel', ports: [80] } as const;
      const session = await openPortForward(target(`/portForward/${namespace}/${node}`), options);
      session.destroy();
      return 'open';
    };
    const refused = (error: Error): string => (error.message.includes('401') ? 'refused' : error.message);
    expect([await ran().catch(refused), await forwarded().catch(refused)]).toEqual(
      isOpen ? [[`${node}\n`, { exitCode: 0 }], 'open'] : ['refused', 'refused'],
    );
  });
});
