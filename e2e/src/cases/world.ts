import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
  /** Starts the agent anew; resolves when its node is Ready. An earlier one that runs is left to the case. */
  startAgent(): Promise<void>;
  /** Starts one more agent of the node, with these flags, too. */
  startOther(...flags: readonly string[]): VirtualKubelet;
  /** UIDs of pods whose names begin so and that the mock has created, each as often as that was, its agents before included. */
  created(prefix: string): Promise<readonly string[]>;
  /** UIDs of those whose deletion the mock was not asked for. */
  living(prefix: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Gives a cluster a virtual node with the mock, which remembers its workloads as a platform does, and a namespace. */
export async function openWorld(cluster: Cluster, driver: Driver, node: string): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'vk-cases-'));
  const config = join(folder, 'mock.json');
  await writeFile(config, JSON.stringify({ [node]: { cpu: '2', memory: '32Gi', pods: '500', journal: 'workloads' } }));
  const agents: VirtualKubelet[] = [];
  const startOther: World['startOther'] = (...flags) => {
    const base = [...mockNodeFlags(node, cluster.kubeconfig()), '--provider-config', config];
    const agent = startVirtualKubelet([...base, ...flags]);
    agents.push(agent);
    return agent;
  };
  let agent: VirtualKubelet | undefined;
  const startAgent = async (): Promise<void> => {
    agent = startOther();
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
    startOther,
    created: async (prefix) =>
      (await journalIn(folder)).flatMap(({ put }) =>
        put?.revision === 1 && put.ref.name.startsWith(prefix) ? [put.ref.uid] : [],
      ),
    async living(prefix) {
      const live = new Set<string>();
      for (const { put } of await journalIn(folder)) {
        if (put?.ref.name.startsWith(prefix) !== true) continue;
        if (put.deletion === undefined) live.add(put.ref.uid);
        else live.delete(put.ref.uid);
      }
      return [...live];
    },
    agent() {
      if (agent === undefined) throw new Error('no agent was started');
      return agent;
    },
    async close() {
      await cluster.request(`/api/v1/namespaces/${node}`, { method: 'DELETE' });
      await Promise.all(agents.map((each) => each.stop()));
      await cluster.request(`/api/v1/nodes/${node}`, { method: 'DELETE' });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What is special about a pod of a case. */
export interface PodChoices {
  readonly behaviour?: Readonly<Record<string, string>>;
  readonly container?: object;
  readonly spec?: object;
}

/** A line of the mock's journal: mostly a workload after a change. */
interface JournalLine {
  readonly put?: {
    readonly ref: { readonly uid: string; readonly name: string };
    readonly revision: number;
    readonly deletion?: object;
  };
}

async function journalIn(folder: string): Promise<readonly JournalLine[]> {
  const lines = (await readFile(join(folder, 'workloads'), 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as JournalLine);
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

/** Pods that differ in the number at the end of their names only. */
export interface ManyPods extends PodChoices {
  readonly prefix: string;
  readonly count: number;
  /** @default the world's own */
  readonly namespace?: string;
}

/** Waits until all of these are Running and ready, and gives them by name. */
export function untilAllReady({ driver, node }: World, many: ManyPods): Promise<readonly Pod[]> {
  const { prefix, count, namespace = node } = many;
  return waitFor(`${count} pods ${prefix} are ready`, async () => {
    const pods = (await driver.list(resources.pods, namespace)).filter(({ metadata }) =>
      metadata?.name?.startsWith(`${prefix}-`),
    );
    const isReady = ({ status }: Pod): boolean =>
      status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
    const byName = pods.toSorted((a, b) => (a.metadata?.name ?? '').localeCompare(b.metadata?.name ?? ''));
    return byName.length === count && byName.every(isReady) ? byName : undefined;
  });
}

/** All of these, as {@link podOf} makes them. */
export function podsOf(world: World, many: ManyPods): readonly (ApiObject & Pod)[] {
  const { prefix, count, namespace = world.node } = many;
  return Array.from({ length: count }, (_, index) => {
    const pod = podOf(world, `${prefix}-${index}`, many);
    return { ...pod, metadata: { ...pod.metadata, namespace } };
  });
}

/** A pod whose deletion waits until its node has ended it. */
export const polite: PodChoices = { spec: { terminationGracePeriodSeconds: 30 } };

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

/** Annotations that tell the mock how to behave. */
export function annotationsOf(behaviour: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(behaviour).map(([key, value]) => [`mock.virtual-kubelet.io/${key}`, value]));
}

/** Fields of a spec that let the scheduler choose this node only. */
export function onNode(node: string): Pick<NonNullable<Pod['spec']>, 'nodeSelector' | 'tolerations'> {
  return { nodeSelector: { 'kubernetes.io/hostname': node }, tolerations: [{ operator: 'Exists' }] };
}
