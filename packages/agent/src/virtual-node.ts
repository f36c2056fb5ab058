import type { Clock, Ids, Logger, MetricRegistry, Random } from '@virtual-kubelet/base';
import { lifetime } from '@virtual-kubelet/base';
import type { ApiClient, Informer } from '@virtual-kubelet/client';
import type { Authenticator } from '@virtual-kubelet/kubelet-api';
import type { Node } from '@virtual-kubelet/kubernetes';
import { parseQuantity, quantityMilliValue } from '@virtual-kubelet/kubernetes';
import type {
  NodeController,
  NodeOptions,
  OnExit,
  PodController,
  PodPolicy,
  ProviderOutage,
} from '@virtual-kubelet/node';
import {
  createEventRecorder,
  createNodeController,
  createPodConfiguration,
  createPodController,
} from '@virtual-kubelet/node';
import type {
  Capabilities,
  ClusterNetwork,
  Provider,
  ProviderDefinition,
  ProviderSession,
} from '@virtual-kubelet/provider';
import { NaiveNodeProvider } from '@virtual-kubelet/provider';
import type { KubeletAddress, KubeletPort, KubeletSettings } from './kubelet/kubelet-port.js';
import { declaredFeatures, openKubeletPort } from './kubelet/kubelet-port.js';
import type { SharedConfiguration } from './pod-configuration-source.js';
import type { NodePods } from './pod-sources.js';

/** One virtual node as its operator wants it. Times in milliseconds; what is left out has the defaults of the controllers. */
export interface VirtualNodeOptions {
  readonly node: NodeOptions;
  /** Identity that takes the node over at once after a restart. */
  readonly instance: string;
  readonly internalIP?: string;
  /** Where the kubelet API of the node is served; absent: nowhere. */
  readonly kubelet?: KubeletAddress;
  readonly providerOutage?: ProviderOutage;
  readonly onExit?: OnExit;
  readonly policy?: Partial<PodPolicy>;
  readonly workers?: number;
  readonly statusWrites?: number;
  readonly pollInterval?: number;
  readonly relistInterval?: number;
}

/** What a node shares with the others of its process. */
export interface NodeSurroundings {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly definition: ProviderDefinition;
  readonly capabilities: Capabilities;
  readonly session: ProviderSession;
  readonly cluster: string | undefined;
  readonly clusterNetwork: ClusterNetwork;
  readonly kubeletVersion: string;
  readonly pods: NodePods;
  readonly metrics: MetricRegistry;
  readonly kubelet?: KubeletSettings;
  readonly authenticator: Authenticator;
  /** Where all nodes of the process read what pods refer to. */
  readonly configuration: SharedConfiguration;
  /** The Nodes of all virtual kubelets of the cluster. */
  readonly nodes: Pick<Informer<Node>, 'subscribe'>;
  /** Monotonic time of the last byte from the watch of pods. */
  readonly lastContact: () => number | undefined;
}

/** A node that runs in this process. */
export interface VirtualNode {
  readonly name: string;
  readonly controller: NodeController;
  readonly pods: PodController;
  /** Port of the kubelet API; absent where none is served. */
  readonly kubeletPort?: number;
  /** Resolves when the node is Ready and its pods have been seen once. */
  start(signal: AbortSignal): Promise<void>;
  /** Why the node is not ready; empty when it is. */
  problems(): readonly string[];
  /** Why only a new start of the process helps the node; empty when it does not need one. */
  stalled(): readonly string[];
  stop(deadline: AbortSignal): Promise<void>;
}

/** An agent that has not heard of its pods for this long must not say that the node is well. A watch speaks once a minute. */
const longestSilence = 300_000;

interface NodeParts {
  readonly provider: Provider;
  readonly kubelet: KubeletPort | undefined;
}

function nodeController(options: VirtualNodeOptions, around: NodeSurroundings, parts: NodeParts): NodeController {
  const { client, clock, random, ids, logger } = around;
  const { provider, kubelet } = parts;
  const naive = new NaiveNodeProvider();
  const { configureNode, notifyNodeStatus } = provider;
  return createNodeController({
    node: options.node,
    facts: {
      kubeletVersion: around.kubeletVersion,
      ...(options.internalIP === undefined ? {} : { internalIP: options.internalIP }),
      ...(kubelet ? { kubeletPort: kubelet.port, declaredFeatures } : {}),
    },
    provider: {
      ping: (context) => (provider.ping ? provider.ping(context) : naive.ping(context)),
      ...(configureNode ? { configureNode: (context) => configureNode.call(provider, context) } : {}),
      ...(notifyNodeStatus
        ? { notifyNodeStatus: (sink, context) => notifyNodeStatus.call(provider, sink, context) }
        : {}),
    },
    client,
    clock,
    random,
    ids,
    logger,
    instance: options.instance,
    informer: around.nodes,
    watchFresh: () => clock.monotonic() - (around.lastContact() ?? clock.monotonic()) < longestSilence,
    ...(kubelet?.conditions ? { conditions: kubelet.conditions } : {}),
    ...(options.providerOutage ? { outage: options.providerOutage } : {}),
    ...(options.onExit ? { onExit: options.onExit } : {}),
  });
}

function podController(
  options: VirtualNodeOptions,
  around: NodeSurroundings,
  parts: { provider: Provider; controller: NodeController },
): PodController {
  const { client, clock, random, ids, logger, capabilities, cluster } = around;
  const { provider, controller } = parts;
  const { name, operatingSystem = 'linux' } = options.node;
  const events = createEventRecorder({ client, clock, ids, logger, component: `${name}/pod-controller`, host: name });
  const allocatable = (): Readonly<Record<string, string>> => controller.desired().status.allocatable;
  const configuration = createPodConfiguration({
    client,
    clock,
    random,
    logger,
    clusterNetwork: around.clusterNetwork,
    consumes: capabilities.consumes,
    nodeName: name,
    nodeAllocatable: allocatable,
    ...around.configuration,
  });
  const { taint } = options.node;
  return createPodController({
    node: name,
    operatingSystem,
    provider,
    capabilities,
    fidelity: around.definition.fidelity,
    pods: around.pods,
    client,
    configuration,
    events,
    claim: controller.claim,
    clock,
    random,
    logger: logger.with({ node: name }),
    allocatable,
    hostIPs: () =>
      controller
        .desired()
        .status.addresses.filter((address) => address.type === 'InternalIP')
        .map((address) => address.address),
    onShortage: (resource) => controller.setCapacityShortage(resource),
    verifyNode: (signal) => controller.verify(signal),
    ...(cluster === undefined ? {} : { cluster }),
    ...(options.policy ? { policy: options.policy } : {}),
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    ...(options.statusWrites === undefined ? {} : { statusWrites: options.statusWrites }),
    ...(options.pollInterval === undefined ? {} : { pollInterval: options.pollInterval }),
    ...(options.relistInterval === undefined ? {} : { relistInterval: options.relistInterval }),
    ...(taint === false
      ? {}
      : { taint: { key: taint?.key ?? 'virtual-kubelet.io/provider', effect: taint?.effect ?? 'NoSchedule' } }),
  });
}

function quantity(text: string | undefined): number | undefined {
  return text === undefined ? undefined : quantityMilliValue(parseQuantity(text)) / 1_000;
}

/** Opens the kubelet API where the node wants one; the Node object will name its port. */
async function kubeletPort(
  options: VirtualNodeOptions,
  around: NodeSurroundings,
  parts: {
    provider: Provider;
    capacity: () => Readonly<Record<string, string>>;
    problems: () => readonly string[];
    find: PodController['lookup'];
  },
): Promise<KubeletPort | undefined> {
  const { kubelet: settings } = around;
  const { kubelet: address, internalIP } = options;
  if (!settings || !address) return undefined;
  const { name } = options.node;
  return openKubeletPort({
    ...around,
    node: { name, ...(internalIP === undefined ? {} : { internalIP }) },
    address,
    settings,
    provider: parts.provider,
    problems: parts.problems,
    pods: { find: parts.find, list: () => around.pods.list() },
    capacity() {
      const { cpu, memory } = parts.capacity();
      const [cores, memoryBytes] = [quantity(cpu), quantity(memory)];
      return { ...(cores === undefined ? {} : { cores }), ...(memoryBytes === undefined ? {} : { memoryBytes }) };
    },
  });
}

function problemsOf(name: string, controller: NodeController): readonly string[] {
  const { isRegistered, isClaimHeld, takenOver, troubles } = controller.health();
  const notHeld = takenOver
    ? `${takenOver.message}; this one stands by until that has gone`
    : `node ${name} is not held by this agent`;
  return [
    ...(isRegistered ? [] : [`node ${name} is not registered yet`]),
    ...(isClaimHeld ? [] : [notHeld]),
    ...troubles.map((trouble) => `node ${name}: ${trouble.error.message}`),
  ];
}

function stalledOf(name: string, controller: NodeController): readonly string[] {
  const { stalledFor } = controller.health();
  if (stalledFor === undefined) return [];
  return [`the heartbeat of node ${name} has stood still for ${Math.round(stalledFor / 1_000)} s`];
}

/** Makes a node from its provider; nothing is written before `start`. */
export async function createVirtualNode(options: VirtualNodeOptions, around: NodeSurroundings): Promise<VirtualNode> {
  const { name, operatingSystem = 'linux' } = options.node;
  const provider = await around.session.forNode({
    name,
    operatingSystem,
    ...(options.internalIP === undefined ? {} : { internalIP: options.internalIP }),
  });
  const capacity = (): Readonly<Record<string, string>> => controller.desired().status.capacity;
  const problems = (): readonly string[] => problemsOf(name, controller);
  const find: PodController['lookup'] = (namespace, pod) => pods.lookup(namespace, pod);
  const kubelet = await kubeletPort(options, around, { provider, capacity, problems, find });
  const controller = nodeController(options, around, { provider, kubelet });
  const pods = podController(options, around, { provider, controller });
  const life = lifetime();
  controller.events.subscribe((event) => {
    if (event.type === 'recreated' || (event.type === 'registered' && event.by === 'creation')) pods.nodeLost();
  });

  return {
    name,
    controller,
    pods,
    ...(kubelet ? { kubeletPort: kubelet.port } : {}),
    async start(signal) {
      const stop = (): void => life.abort(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      pods.start();
      try {
        await Promise.all([controller.start(life.signal), pods.ready]);
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
    problems,
    stalled: () => stalledOf(name, controller),
    async stop(deadline) {
      await kubelet?.close();
      await pods.stop(deadline);
      await controller.stop(deadline);
      life.abort(new DOMException('the node was stopped', 'AbortError'));
    },
  };
}
