import { setMaxListeners } from 'node:events';
import type { Clock, Ids, Logger, MetricRegistry, Random, Transport } from '@virtual-kubelet/base';
import { lifetime, untilAborted } from '@virtual-kubelet/base';
import type { ApiClient, CallOptions, Informer } from '@virtual-kubelet/client';
import {
  acceptNodes,
  clientMetrics,
  clusterIdentity,
  createApiClient,
  createInformer,
  isForbidden,
  isNotFound,
  resources,
} from '@virtual-kubelet/client';
import type { Authenticator } from '@virtual-kubelet/kubelet-api';
import type { Node, Pod } from '@virtual-kubelet/kubernetes';
import type { Capabilities, ClusterNetwork, ProviderDefinition, ProviderSession } from '@virtual-kubelet/provider';
import type { KubeletSettings } from './kubelet/kubelet-port.js';
import { reviewingAuthenticator } from './kubelet/review-access.js';
import { openConnections } from './open-connections.js';
import type { ConfigRefresh } from './pod-configuration-source.js';
import { sharedConfiguration } from './pod-configuration-source.js';
import type { PodSources } from './pod-sources.js';
import { podSources } from './pod-sources.js';
import type { VirtualNode, VirtualNodeOptions } from './virtual-node.js';
import { createVirtualNode } from './virtual-node.js';

/** What an agent is made of; everything outside of the process comes in here. */
export interface AgentOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: MetricRegistry;
  readonly definition: ProviderDefinition;
  /** Checked by the definition's schema. */
  readonly config: unknown;
  /** Folder of the provider's configuration file. */
  readonly configFolder?: string;
  readonly capabilities: Capabilities;
  /** Environment variables the provider may read. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What `kubectl get nodes` shows as the version. */
  readonly kubeletVersion: string;
  readonly clusterNetwork: ClusterNetwork;
  /** How nodes serve their kubelet APIs; a function may use the agent's client. Absent: they serve none. */
  readonly kubelet?: KubeletSettings | ((client: ApiClient) => Promise<KubeletSettings>);
  /**
   * `one`: the watch asks for the pods of one node. `many`: for all bound pods, shared by any number of nodes; those of
   * other nodes are passed over unread.
   * @default many
   */
  readonly nodes?: { readonly one: string } | 'many';
  /** How changes of ConfigMaps and Secrets are found. `watch` needs the right to list and watch them. @default ttl */
  readonly configRefresh?: ConfigRefresh;
}

/** How to wait for the server. */
export interface ConnectOptions {
  /** Gives up; what was begun may go on until the process ends. */
  readonly signal?: AbortSignal;
  /** Whether an unanswered call is repeated a few times. False for who repeats `connect` itself. @default true */
  readonly retry?: boolean;
}

/** Virtual nodes of one process: one client, one watch and one provider session for all of them. */
export interface Agent {
  /**
   * Opens the provider and begins to watch. Resolves to a line about the server when it answers. May be called again after
   * it failed.
   */
  connect(options?: ConnectOptions): Promise<string>;
  /** Adds a node; resolves when it is Ready and its pods are being looked after. */
  addNode(options: VirtualNodeOptions, signal: AbortSignal): Promise<VirtualNode>;
  /** Stops looking after a node; its Node object and workloads are left as its options say. */
  removeNode(name: string, deadline: AbortSignal): Promise<void>;
  /** Why the agent is not ready, for a readiness probe. Empty when it is. */
  problems(): readonly string[];
  /**
   * Why the process should be started anew, for a liveness probe: a heartbeat that stands still. Empty when all is well, and
   * while the API server or the provider is away, which a new start would not mend.
   */
  stalled(): readonly string[];
  /** Stops all nodes within the deadline. */
  stop(deadline: AbortSignal): Promise<void>;
}

/** The cluster's identity for ownership tags; undefined when it may not be read. */
async function identityOf(client: ApiClient, options: CallOptions): Promise<string | undefined> {
  try {
    return await clusterIdentity(client, options);
  } catch (error) {
    if (isForbidden(error) || isNotFound(error)) return undefined;
    throw error;
  }
}

/** Makes an agent; nothing is sent before `connect`. */
export function createAgent(options: AgentOptions): Agent {
  const { transport, clock, random, logger, metrics, definition, nodes = 'many' } = options;
  const client = createApiClient({ transport, clock, random, logger, metrics: clientMetrics(metrics) });
  const life = lifetime();
  const names = new Set<string>();
  const isOurs = (node: string): boolean => names.has(node);
  const fieldSelector = nodes === 'many' ? 'spec.nodeName!=' : `spec.nodeName=${nodes.one}`;
  const informer: Informer<Pod> = createInformer({
    resource: resources.pods,
    selection: { fieldSelector },
    ...(nodes === 'many' ? { keep: (pod: Pod) => isOurs(pod.spec?.nodeName ?? ''), accept: acceptNodes(isOurs) } : {}),
    client,
    transport,
    clock,
    random,
    logger,
  });
  // One watch for all our Nodes: a deleted one is made again at once, long before its pods are collected (after about 40 s).
  const nodeInformer: Informer<Node> = createInformer({
    resource: resources.nodes,
    selection:
      nodes === 'many' ? { labelSelector: 'type=virtual-kubelet' } : { fieldSelector: `metadata.name=${nodes.one}` },
    client,
    transport,
    clock,
    random,
    logger,
  });
  const { configRefresh: refresh = 'ttl' } = options;
  const configuration = sharedConfiguration({ client, transport, clock, random, logger, refresh, life: life.signal });
  const sources: PodSources = podSources(informer);
  let isWatching = false;
  let nextLook: Promise<void> | undefined;

  /** Reads the pods of nodes that have joined; those that join together are read together. */
  const lookForPods = async (): Promise<void> => {
    await clock.turn();
    nextLook = undefined;
    if (isWatching) return nodes === 'many' ? informer.resync() : informer.synced();
    isWatching = true;
    informer.start(life.signal);
    return informer.synced();
  };

  const join = (name: string): Promise<void> => {
    names.add(name);
    nextLook ??= lookForPods();
    nextLook.catch(() => undefined);
    return nextLook;
  };

  const leave = (name: string): void => {
    names.delete(name);
    sources.drop(name);
    informer.prune();
  };
  const running = new Map<string, VirtualNode>();
  let session: ProviderSession | undefined;
  let opened:
    | {
        readonly session: ProviderSession;
        readonly cluster: string | undefined;
        readonly kubelet: KubeletSettings | undefined;
        readonly authenticator: Authenticator;
      }
    | undefined;

  const kubeletSettings = async (): Promise<KubeletSettings | undefined> =>
    typeof options.kubelet === 'function' ? options.kubelet(client) : options.kubelet;

  return {
    async connect(how = {}) {
      const cluster = await identityOf(client, how);
      session ??= await definition.open({
        config: options.config,
        clock,
        random,
        logger,
        environment: options.environment,
        ...(cluster === undefined ? {} : { cluster }),
        ...(options.configFolder === undefined ? {} : { configFolder: options.configFolder }),
      });
      how.signal?.throwIfAborted();
      const kubelet = await kubeletSettings();
      const anonymous = kubelet?.anonymous ?? false;
      opened = { session, cluster, kubelet, authenticator: reviewingAuthenticator(client, { clock, anonymous }) };
      nodeInformer.start(life.signal);
      void openConnections(transport);
      return cluster === undefined
        ? 'cluster identity unknown: dangling workloads will be left alone'
        : `cluster ${cluster}`;
    },
    async addNode(wanted, signal) {
      if (!opened) throw new TypeError('connect the agent before adding nodes');
      const { name } = wanted.node;
      if (running.has(name)) throw new TypeError(`node ${name} was added already`);
      const { kubelet: _settings, ...rest } = options;
      const { kubelet, ...found } = opened;
      setMaxListeners(0, signal);
      const listed = join(name);
      const node = await createVirtualNode(wanted, {
        ...rest,
        configuration,
        ...found,
        ...(kubelet ? { kubelet } : {}),
        client,
        pods: { ...sources.forNode(name), synced: (own = life.signal) => untilAborted(listed, own) },
        lastContact: () => informer.lastContact,
        nodes: nodeInformer,
      });
      running.set(name, node);
      await node.start(signal);
      return node;
    },
    async removeNode(name, deadline) {
      await running.get(name)?.stop(deadline);
      running.delete(name);
      leave(name);
    },
    problems() {
      if (!opened) return ['not connected to the API server yet'];
      const pods = informer.hasSynced || names.size === 0 ? [] : ['the pods have not been listed yet'];
      return [...pods, ...[...running.values()].flatMap((node) => node.problems())];
    },
    stalled: () => [...running.values()].flatMap((node) => node.stalled()),
    async stop(deadline) {
      // Every node listens to it, which is no leak.
      setMaxListeners(0, deadline);
      await Promise.all([...running.values()].map((node) => node.stop(deadline)));
      running.clear();
      life.abort(new DOMException('the agent was stopped', 'AbortError'));
      await session?.close(deadline);
    },
  };
}
