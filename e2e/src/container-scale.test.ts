// Many pods on one engine: how long they take, and that an agent that dies in between disturbs none of them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import type { ContainerNode, SeenPod } from './container-node.js';
import { startContainerNode } from './container-node.js';
import { whyNoPodman } from './podman.js';

const missing = await whyNoPodman();
const reason = missing === undefined ? '' : ` (not run: ${missing})`;
/** Pods that run while the agent is killed, and pods at the end. */
const atRestart = 50;
const most = Number(process.env['CONTAINER_PODS'] ?? 100);

describe.runIf(missing === undefined)(`many pods on one engine${reason}`, () => {
  let node: ContainerNode;
  const selector = 'app=many';
  const set = (replicas: number): object => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'many', namespace: node.namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'many' } },
      template: {
        metadata: { labels: { app: 'many' } },
        spec: { ...node.where, terminationGracePeriodSeconds: 1, containers: [node.sh('main', 'exec sleep 1000000')] },
      },
    },
  });
  const readyReplicas = (count: number): Promise<string> =>
    node.kubectl('wait', 'replicaset/many', `--for=jsonpath={.status.readyReplicas}=${count}`, '--timeout=300s');
  const counts = (pods: readonly SeenPod[]): ReadonlyMap<string, unknown> =>
    new Map(pods.map(({ metadata, status }) => [metadata.name, status.containerStatuses]));

  beforeAll(async () => {
    node = await startContainerNode(sharedControlPlane(), { name: 'vk-many', config: { maxPods: most + 10 } });
  });
  afterAll(() => node.close(), 300_000);

  test(`an agent that is killed with ${atRestart} pods running finds the same processes and counts`, async () => {
    await node.user.create(set(atRestart));
    await readyReplicas(atRestart);
    const before = { processes: await node.engine.processes(), counts: counts(await node.pods(selector)) };
    expect(before.processes.size).toBe(atRestart);
    await node.killAgent();
    await node.startAgent();
    expect(await node.engine.processes()).toEqual(before.processes);
    expect(counts(await node.pods(selector))).toEqual(before.counts);
  }, 400_000);

  test(`${most} pods run at once, each with an address of its own`, async () => {
    await node.kubectl('scale', 'replicaset/many', `--replicas=${most}`);
    await readyReplicas(most);
    const pods = await node.pods(selector);
    expect(new Set(pods.map(({ status }) => status.podIP)).size).toBe(most);
    expect(pods.flatMap(({ status }) => status.containerStatuses ?? []).every((c) => c.restartCount === 0)).toBe(true);
  }, 400_000);

  test('they end together, and nothing is left on the engine', async () => {
    await node.kubectl('delete', 'replicaset/many', '--cascade=foreground', '--timeout=300s');
    expect((await node.engine.processes()).size).toBe(0);
    await waitFor('no pod is left', async () => ((await node.pods(selector)).length === 0 ? true : undefined));
  }, 400_000);
});
