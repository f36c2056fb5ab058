/** The configuration of the pods of one node: what the pod controller asks. */
import { setMaxListeners } from 'node:events';
import type { Clock, Logger, Random } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { ClusterNetwork, ConsumedInputs, PodDns, PodInputs } from '@virtual-kubelet/provider';
import { clusterSource } from './cluster-source.js';
import type { ConfigSource } from './config-source.js';
import { configWatcher } from './config-watcher.js';
import { podRefOf } from './read-snapshot.js';
import type { InputsOutcome, ResolveContext, VolumesOutcome } from './resolve-inputs.js';
import { resolveInputs, resolveVolumes } from './resolve-inputs.js';
import type { ResourceList } from './resource-reference.js';

/** What {@link createPodConfiguration} needs. */
export interface PodConfigurationOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly clusterNetwork: ClusterNetwork;
  /** From the provider's capabilities: what it does not consume is never read. */
  readonly consumes: ConsumedInputs;
  readonly nodeName: string;
  /** Limits of containers without any, as the Node shows them. */
  readonly nodeAllocatable: () => ResourceList;
  /** Name resolution outside the cluster, for pods with `dnsPolicy: Default`. @default left to the platform */
  readonly hostDns?: PodDns;
  /** Milliseconds until a change of a ConfigMap or Secret is looked for. @default 60,000 */
  readonly ttl?: number;
  /** Where to read. @default the API server, object by object */
  readonly source?: ConfigSource;
}

/** Resolves pods, and tells when what running pods were given is out of date. */
export interface PodConfiguration {
  /**
   * Everything the pod takes from the cluster, read after the pod was first asked about here. Rejects with a
   * `ConfigReadError` when something could not be read, and with the signal's reason.
   */
  resolve(pod: Pod, signal?: AbortSignal): Promise<InputsOutcome>;
  /** Only the contents of volumes, for a pod that runs. Works even when other things it started with are gone. */
  resolveVolumes(pod: Pod, signal?: AbortSignal): Promise<VolumesOutcome>;
  /**
   * Watches the content volumes of a running pod; call it again with each new pod object and whatever the provider has
   * been given. Without `inputs`, as for a pod that ran before this process did, the first look counts as a change.
   */
  watch(pod: Pod, inputs?: Pick<PodInputs, 'volumes'>): void;
  /** Drops everything about a pod that is gone, tokens included. */
  forget(uid: string): void;
  /** Calls back when volumes of a watched pod changed or a token was renewed; returns the way to stop. */
  onChanged(listener: (uid: string) => void): () => void;
  /** Ends reads and looks. */
  close(): Promise<void>;
}

const usualTtl = 60_000;

/** Makes the configuration of the pods of one node. */
export function createPodConfiguration(options: PodConfigurationOptions): PodConfiguration {
  const {
    clock,
    random,
    logger,
    consumes,
    clusterNetwork,
    nodeName,
    nodeAllocatable,
    hostDns,
    ttl = usualTtl,
  } = options;
  const life = new AbortController();
  // Every read under way listens to it, which is no leak.
  setMaxListeners(0, life.signal);
  const source = options.source ?? clusterSource({ ...options, ttl, life: life.signal });
  const listeners = new Set<(uid: string) => void>();
  /** UID to the mark of the moment the pod was first asked about. */
  const firstSeen = new Map<string, number>();

  const markOf = (uid: string): number => {
    const mark = firstSeen.get(uid) ?? source.mark();
    firstSeen.set(uid, mark);
    return mark;
  };

  const contextFor = (pod: Pod, signal: AbortSignal = life.signal): ResolveContext => ({
    source,
    consumes,
    clusterNetwork,
    nodeName,
    nodeAllocatable: nodeAllocatable(),
    after: markOf(podRefOf(pod).uid),
    signal,
    ...(hostDns ? { hostDns } : {}),
  });

  const watcher = configWatcher({
    clock,
    random,
    logger,
    ttl,
    look: async (pod, signal) => (await resolveVolumes(pod, contextFor(pod, signal))).volumes,
    changed: (uid) => listeners.forEach((listener) => listener(uid)),
  });

  return {
    resolve: (pod, signal) => resolveInputs(pod, contextFor(pod, signal)),
    resolveVolumes: (pod, signal) => resolveVolumes(pod, contextFor(pod, signal)),
    watch(pod, inputs) {
      if (consumes.volumes) watcher.watch(pod, inputs?.volumes);
    },
    forget(uid) {
      firstSeen.delete(uid);
      watcher.forget(uid);
      source.forget(uid);
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      listeners.clear();
      life.abort(new DOMException('the configuration of pods was closed', 'AbortError'));
      await watcher.close();
    },
  };
}
