import type { Clock, Ids, Logger, Random } from '@virtual-kubelet/base';
import { lifetime } from '@virtual-kubelet/base';
import type { ApiClient, Informer } from '@virtual-kubelet/client';
import type { Node } from '@virtual-kubelet/kubernetes';
import type {
  NodeController,
  NodeOptions,
  OnExit,
  PodController,
  PodPolicy,
  PodSource,
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

/** One virtual node as its operator wants it. Times in milliseconds; what is left out has the defaults of the controllers. */
export interface VirtualNodeOptions {
  readonly node: NodeOptions;
  /** Identity that takes the node over at once after a restart. */
  readonly instance: string;
  readonly internalIP?: string;
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
  readonly pods: PodSource;
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
  /** Resolves when the node is Ready and its pods have been seen once. */
  start(signal: AbortSignal): Promise<void>;
  /** Why the node is not ready; empty when it is. */
  problems(): readonly string[];
  stop(deadline: AbortSignal): Promise<void>;
}

/** An agent that has not heard of its pods for this long must not say that the node is well. A watch speaks once a minute. */
const longestSilence = 300_000;

function nodeController(options: VirtualNodeOptions, around: NodeSurroundings, provider: Provider): NodeController {
  const { client, clock, random, ids, logger } = around;
  const naive = new NaiveNodeProvider();
  const { configureNode, notifyNodeStatus } = provider;
  return createNodeController({
    node: options.node,
    facts: {
      kubeletVersion: around.kubeletVersion,
      ...(options.internalIP === undefined ? {} : { internalIP: options.internalIP }),
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

/** Makes a node from its provider; nothing is written before `start`. */
export async function createVirtualNode(options: VirtualNodeOptions, around: NodeSurroundings): Promise<VirtualNode> {
  const { name, operatingSystem = 'linux' } = options.node;
  const provider = await around.session.forNode({
    name,
    operatingSystem,
    ...(options.internalIP === undefined ? {} : { internalIP: options.internalIP }),
  });
  const controller = nodeController(options, around, provider);
  const pods = podController(options, around, { provider, controller });
  const life = lifetime();
  controller.events.subscribe((event) => {
    if (event.type === 'recreated' || (event.type === 'registered' && event.by === 'creation')) pods.nodeLost();
  });

  return {
    name,
    controller,
    pods,
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
    problems() {
      const { isRegistered, isClaimHeld, troubles } = controller.health();
      return [
        ...(isRegistered ? [] : [`node ${name} is not registered yet`]),
        ...(isClaimHeld ? [] : [`node ${name} is not held by this agent`]),
        ...troubles.map((trouble) => `node ${name}: ${trouble.error.message}`),
      ];
    },
    async stop(deadline) {
      await pods.stop(deadline);
      await controller.stop(deadline);
      life.abort(new DOMException('the node was stopped', 'AbortError'));
    },
  };
}
