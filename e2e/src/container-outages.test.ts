// What becomes of real processes when the engine, the machine or the Node goes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import type { ContainerNode, ContainerStatus, SeenPod } from './container-node.js';
import { startContainerNode, untilAsked } from './container-node.js';
import { whyNoPodman } from './podman.js';

const plane = sharedControlPlane();
const name = 'vk-outages';
const missing = await whyNoPodman();
const reason = missing === undefined ? '' : ` (not run: ${missing})`;
/** Whether to wait until the cluster itself collects the pods of a Node that is gone, which takes it a minute. */
const isLong = process.env['CONTAINER_POD_GC'] !== undefined;

describe.runIf(missing === undefined)(`processes and what happens to those who look after them${reason}`, () => {
  let node: ContainerNode;
  const reachable = (): Promise<string> =>
    node.kubectl('get', 'node', name, '-o', 'jsonpath={.status.conditions[?(@.type=="ProviderReachable")].status}');
  const status = async (pod: string): Promise<ContainerStatus> => {
    const [found] = (await node.pod(pod)).status.containerStatuses ?? [];
    if (!found) throw new Error(`pod ${pod} has no status`);
    return found;
  };
  /** Waits until the pod runs, after so many restarts. */
  const restarted = (pod: string, restarts: number): Promise<SeenPod> =>
    waitFor(`${pod} runs again`, async () => {
      const seen = await node.pod(pod);
      const [container] = seen.status.containerStatuses ?? [];
      return container?.ready && container.restartCount === restarts ? seen : undefined;
    }).catch(async (error: unknown) => {
      throw new Error(`${JSON.stringify((await node.pod(pod)).status, null, 1)}\n${node.log()}`, { cause: error });
    });
  const gone = (pod: string): Promise<boolean> =>
    waitFor(`no process of ${pod} is left`, async () => ((await node.engine.pids(pod)).size === 0 ? true : undefined));
  const counted = (script: string): object =>
    node.sh('c', `echo run >> /data/runs; ${script}`, { volumeMounts: [{ name: 'data', mountPath: '/data' }] });
  const data = [{ name: 'data', emptyDir: {} }];
  const short = { terminationGracePeriodSeconds: 1, volumes: data };

  beforeAll(async () => {
    const flags = async (): Promise<readonly string[]> => ['--node-lost-quarantine', '2s'];
    node = await startContainerNode(plane, { name, flags });
    const side = node.sh('side', untilAsked, { restartPolicy: 'Always' });
    const init = node.sh('init', 'echo init >> /data/runs', { volumeMounts: [{ name: 'data', mountPath: '/data' }] });
    await node.createPod('steady', { ...short, initContainers: [init, side], containers: [counted(untilAsked)] });
    await node.createPod('tries', { ...short, restartPolicy: 'OnFailure', containers: [counted(untilAsked)] });
    await node.createPod('once', { ...short, restartPolicy: 'Never', containers: [counted(untilAsked)] });
    await node.createPod('done', { ...short, restartPolicy: 'Never', containers: [node.sh('c', 'exit 0')] });
    await Promise.all(['steady', 'tries', 'once'].map(node.ready));
    await node.kubectl('wait', 'pod/done', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s');
  });
  afterAll(() => node.close());

  test('an engine that goes and comes back is shown on the node, and the processes go on', async () => {
    const before = await node.engine.processes();
    await node.engine.stopService();
    await waitFor('the node says that it is gone', async () => (await reachable()) === 'False' || undefined);
    expect((await node.pod('steady')).status.phase).toBe('Running');
    await node.engine.startService();
    await waitFor('the node says that it is back', async () => (await reachable()) !== 'False' || undefined);
    expect(await node.engine.processes()).toEqual(before);
    expect((await status('steady')).restartCount).toBe(0);
  });

  test('an engine that crashes with all it runs: each pod goes on by its policy, and counts it', async () => {
    await node.engine.crash();
    const { status: seen } = await restarted('steady', 1);
    expect(seen.containerStatuses?.[0]?.lastState['terminated']?.exitCode).toBeGreaterThan(0);
    expect(seen.initContainerStatuses?.map(({ restartCount }) => restartCount)).toEqual([1, 1]);
    // What was on the disk stays; init containers run again in the new sandbox.
    expect(await node.kubectl('exec', 'steady', '-c', 'c', '--', 'cat', '/data/runs')).toBe('init\nrun\ninit\nrun\n');
    await restarted('tries', 1);
    await waitFor('the pod that runs once has failed', async () =>
      (await node.pod('once')).status.phase === 'Failed' ? true : undefined,
    );
    expect((await status('once')).restartCount).toBe(0);
    expect((await node.pod('done')).status.phase).toBe('Succeeded');
  });

  test('a machine that starts anew, with the agent: the same, though nobody knows how anything ended', async () => {
    const ip = (await node.pod('steady')).status.podIP;
    await node.killAgent();
    await node.engine.reboot();
    await node.startAgent();
    const { status: seen } = await restarted('steady', 2);
    expect(await node.kubectl('exec', 'steady', '-c', 'c', '--', 'cat', '/data/runs')).toMatch(/^(init\nrun\n){3}$/);
    expect(seen.containerStatuses?.[0]?.lastState['terminated']?.exitCode).toBeGreaterThan(0);
    expect(seen.podIP).toBeDefined();
    expect(ip).toBeDefined();
    await restarted('tries', 2);
    expect((await node.pod('once')).status.phase).toBe('Failed');
    expect((await node.pod('done')).status.phase).toBe('Succeeded');
  });

  test('kubectl drain evicts: the process is asked to stop, and ends', async () => {
    await node.createPod('drained', {
      ...short,
      terminationGracePeriodSeconds: 30,
      containers: [node.sh('c', untilAsked)],
    });
    await node.kubectl('label', 'pod', 'drained', 'leaves=yes');
    await node.ready('drained');
    await node.kubectl(
      'drain',
      name,
      '--pod-selector=leaves=yes',
      '--force',
      '--delete-emptydir-data',
      '--timeout=30s',
    );
    await gone('drained');
    await node.kubectl('uncordon', name);
    expect((await status('steady')).restartCount).toBe(2);
  });

  test('a Node that is deleted under its agent is made again, and the processes go on', async () => {
    const before = await node.engine.processes();
    const uid = (): Promise<string> => node.kubectl('get', 'node', name, '-o', 'jsonpath={.metadata.uid}');
    const first = await uid();
    await node.kubectl('delete', 'node', name);
    await waitFor('the Node is back', async () => ((await uid()) === first ? undefined : true));
    await node.kubectl('wait', `node/${name}`, '--for=condition=Ready', '--timeout=60s');
    expect((await status('steady')).restartCount).toBe(2);
    expect(await node.engine.processes()).toEqual(before);
  });

  test('a Node that is deleted while nobody acts for it loses its pods, and the agent that comes back ends their processes', async () => {
    const pods = (): Promise<string> => node.kubectl('get', 'pods', '-o', 'name');
    await node.killAgent();
    await node.kubectl('delete', 'node', name);
    if (!isLong) await node.kubectl('delete', 'pods', '--all', '--force', '--grace-period=0');
    await waitFor('the pods are gone', async () => ((await pods()) === '' ? true : undefined), { timeout: 120_000 });
    expect((await node.engine.pids('steady')).size).toBeGreaterThan(0);
    await node.startAgent();
    await waitFor('no process is left', async () => ((await node.engine.processes()).size === 0 ? true : undefined));
  }, 240_000);
});
