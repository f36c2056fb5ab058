import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiObject } from '@virtual-kubelet/client';
import { resources } from '@virtual-kubelet/client';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { Driver } from '../drivers/driver.js';
import { waitFor } from '../harness/wait.js';
import type { Cluster } from '../playground-cluster.js';
import type { VirtualKubelet } from '../virtual-kubelet.js';
import { mockNodeFlags, startVirtualKubelet } from '../virtual-kubelet.js';

/** Where cases happen: a cluster, somebody who works on it, and one virtual node, whose agent may be started again. */
export interface World {
  readonly cluster: Cluster;
  readonly driver: Driver;
  /** Name of the node, and of the namespace that is the cases' own. */
  readonly node: string;
  agent(): VirtualKubelet;
  /** Starts the agent anew; resolves when its node is Ready. */
  startAgent(): Promise<void>;
  close(): Promise<void>;
}

/** Gives a cluster a virtual node with the mock, which remembers its workloads as a platform does, and a namespace. */
export async function openWorld(cluster: Cluster, driver: Driver, node: string): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'vk-cases-'));
  const config = join(folder, 'mock.json');
  await writeFile(config, JSON.stringify({ [node]: { cpu: '2', memory: '32Gi', pods: '128', journal: 'workloads' } }));
  let agent: VirtualKubelet | undefined;
  const startAgent = async (): Promise<void> => {
    agent = startVirtualKubelet([...mockNodeFlags(node, cluster.kubeconfig()), '--provider-config', config]);
    try {
      await untilNodeIsReady(driver, node);
    } catch (error) {
      throw new Error(`node ${node} did not come up:\n${agent.log()}`, { cause: error });
    }
  };
  await cluster.createNamespace(node);
  await startAgent();
  return {
    cluster,
    driver,
    node,
    startAgent,
    agent() {
      if (agent === undefined) throw new Error('no agent was started');
      return agent;
    },
    async close() {
      await cluster.request(`/api/v1/namespaces/${node}`, { method: 'DELETE' });
      await agent?.stop();
      await cluster.request(`/api/v1/nodes/${node}`, { method: 'DELETE' });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until a node is Ready, by the word of its present agent. */
export function untilNodeIsReady(driver: Driver, name: string): Promise<unknown> {
  return waitFor(`node ${name} is Ready`, async () => {
    const node = await driver.get(resources.nodes, { name });
    return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') || undefined;
  });
}

/** Waits until a pod is Running and ready, and gives it. */
export function untilReady(driver: Driver, at: { readonly namespace: string; readonly name: string }): Promise<Pod> {
  return waitFor(`pod ${at.name} is ready`, async () => {
    const pod = await driver.get(resources.pods, at);
    const isReady = pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    return isReady === true ? pod : undefined;
  });
}

/** A pod of the mock on the world's node. Keys of `behaviour` are the mock's annotations, without their prefix. */
export function podOf(
  { node }: World,
  name: string,
  { behaviour = {}, container = {}, spec = {} }: PodChoices = {},
): ApiObject & Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: node, annotations: annotationsOf(behaviour) },
    spec: {
      ...onNode(node),
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'c', image: 'busybox', ...container }],
      ...spec,
    },
  };
}

/** What is special about a pod of a case. */
export interface PodChoices {
  readonly behaviour?: Readonly<Record<string, string>>;
  readonly container?: object;
  readonly spec?: object;
}

/** Annotations that tell the mock how to behave. */
export function annotationsOf(behaviour: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(behaviour).map(([key, value]) => [`mock.virtual-kubelet.io/${key}`, value]));
}

/** Fields of a spec that let the scheduler choose this node only. */
export function onNode(node: string): Pick<NonNullable<Pod['spec']>, 'nodeSelector' | 'tolerations'> {
  return { nodeSelector: { 'kubernetes.io/hostname': node }, tolerations: [{ operator: 'Exists' }] };
}
