/** The configuration of the pods of one node: what the pod controller asks. */
import { setMaxListeners } from 'node:events';
import type { Clock, Logger, Random } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { ClusterNetwork, ConsumedInputs, PodDns } from '@virtual-kubelet/provider';
import { clusterSource } from './cluster-source.js';
import type { ConfigInformers } from './config-notices.js';
import { configNotices } from './config-notices.js';
import type { ConfigSource } from './config-source.js';
import type { GivenVolume } from './config-watcher.js';
import { configWatcher } from './config-watcher.js';
import { podRefOf } from './read-snapshot.js';
import type { InputsOutcome, ResolveContext, VolumesOutcome } from './resolve-inputs.js';
import { resolveInputs, resolveVolumes } from './resolve-inputs.js';
import { serviceVariablesMaker } from './service-environment.js';
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
  /** Where to read; nodes of one process may share it. @default an own one that reads from the API server, object by object */
  readonly source?: ConfigSource;
  /**
   * Watches ConfigMaps and Secrets of namespaces with pods, so that changes are known at once. Needs `list` and `watch` on
   * both, and holds all of them in memory. @default nothing is watched, changes are found within the time to live
   */
  readonly informers?: ConfigInformers;
}

/** Resolves pods, and tells when what running pods were given is out of date. */
export interface PodConfiguration {
  /**
   * The pod exists from now on. Pods that came together are then resolved from the same reads, however much later their
   * turn comes; without it a pod exists from when it is first asked about.
   */
  sighted(uid: string): void;
  /**
   * Everything the pod takes from the cluster, read after the pod was first sighted or asked about here. Rejects with a
   * `ConfigReadError` when something could not be read, and with the signal's reason.
   */
  resolve(pod: Pod, signal?: AbortSignal): Promise<InputsOutcome>;
  /** Only the contents of volumes, for a pod that runs. Works even when other things it started with are gone. */
  resolveVolumes(pod: Pod, signal?: AbortSignal): Promise<VolumesOutcome>;
  /**
   * Watches the content volumes of a running pod; call it again with each new pod object and whatever the provider has
   * been given. Without `given`, as for a pod that ran before this process did, the first look counts as a change.
   */
  watch(pod: Pod, given?: readonly GivenVolume[]): void;
  /** Drops everything about a pod that is gone, tokens included. */
  forget(uid: string): void;
  /**
   * Calls back when volumes of a watched pod changed or a token was renewed, and, with informers, when something that a
   * pod waits for changed. Returns the way to stop.
   */
  onChanged(listener: (uid: string) => void): () => void;
  /** Ends reads and looks. */
  close(): Promise<void>;
}

const usualTtl = 60_000;
/**
 * What was read may be used again for this part of the time between two looks at a pod: were it as long, a look could find
 * what the one before it had read, and a change would take two.
 */
const readAgain = 0.75;

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
  const source = options.source ?? clusterSource({ ...options, ttl: ttl * readAgain, life: life.signal });
  const serviceVariables = serviceVariablesMaker();
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
    serviceVariables,
    after: markOf(podRefOf(pod).uid),
    signal,
    ...(hostDns ? { hostDns } : {}),
  });

  /** Pods whose last answer was that something is missing. */
  const waiting = new Set<string>();
  const tell = (uid: string): void => listeners.forEach((listener) => listener(uid));

  const watcher = configWatcher({
    clock,
    random,
    logger,
    ttl,
    look: async (pod, signal) => (await resolveVolumes(pod, contextFor(pod, signal))).volumes,
    changed: tell,
  });
  const notices =
    options.informers &&
    configNotices({
      informers: options.informers,
      consumes,
      changed(object, uids) {
        source.outdate(object);
        for (const uid of uids) {
          watcher.check(uid);
          if (waiting.has(uid)) tell(uid);
        }
      },
    });

  const resolve = async (pod: Pod, signal?: AbortSignal): Promise<InputsOutcome> => {
    const { uid } = podRefOf(pod);
    notices?.follow(pod);
    const context = contextFor(pod, signal);
    waiting.add(uid);
    const outcome = await resolveInputs(pod, context);
    if (outcome.kind === 'resolved' || !firstSeen.has(uid)) waiting.delete(uid);
    return outcome;
  };

  return {
    sighted: (uid) => void markOf(uid),
    resolve,
    resolveVolumes: (pod, signal) => resolveVolumes(pod, contextFor(pod, signal)),
    watch(pod, given) {
      if (!consumes.volumes) return;
      notices?.follow(pod);
      watcher.watch(pod, given);
    },
    forget(uid) {
      firstSeen.delete(uid);
      waiting.delete(uid);
      notices?.forget(uid);
      watcher.forget(uid);
      source.forget(uid);
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      listeners.clear();
      notices?.close();
      life.abort(new DOMException('the configuration of pods was closed', 'AbortError'));
      await watcher.close();
    },
  };
}
