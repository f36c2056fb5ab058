import type { ConfigUpdateHandler } from './config-updates.js';
import type { PodLifecycleHandler, PodNotifier } from './lifecycle.js';
import type { NodeProvider } from './node-provider.js';
import type { StatsProvider } from './stats.js';
import type { UpstreamProvider } from './upstream.js';
import type { AttachProvider, ExecProvider, LogProvider, PortForwardProvider } from './streams.js';

/** What a provider promises about its platform. The node relies on it: a wrong promise loses or doubles workloads. */
export interface Capabilities {
  /**
   * Whether a repeated create of the same UID and attempt makes one workload: for ever (`permanent`), for some seconds,
   * or not at all (`none`). Anything but `permanent` makes the node write evidence before it creates.
   */
  readonly createIdempotency: 'permanent' | { readonly windowSeconds: number } | 'none';
  /** Seconds a finished workload can still be found; `unlimited` when until deleted. Absence after it proves nothing. */
  readonly terminalRetention: number | 'unlimited';
  /** Whether workloads outlive the process of the virtual kubelet. */
  readonly durability: 'platform' | 'process';
  /** Whether reads see every earlier write. With `eventual`, absence counts only twice, apart in time. */
  readonly reads: 'consistent' | 'eventual';
  /**
   * Who runs containers again that ended. `provider`: the process of the virtual kubelet does, so after it has started again
   * it needs every pod once more, and the node repeats `createPod` for each that it finds. @default platform
   */
  readonly restarts?: 'platform' | 'provider';
  /** `observation`: the node computes the pod status. `whole`: the platform is a kubelet itself and reports one. @default observation */
  readonly status?: 'observation' | 'whole';
  /** Which inputs the provider reads; others are never fetched from the cluster. */
  readonly consumes: ConsumedInputs;
}

/** Inputs a provider can declare to use. */
export interface ConsumedInputs {
  /** Environment, command and args. */
  readonly env: boolean;
  /** Contents of ConfigMap, Secret, downward and projected volumes, and PersistentVolumeClaims. */
  readonly volumes: boolean;
  /** Tokens of the pod's ServiceAccount in projected volumes; needs `volumes`. */
  readonly tokens: boolean;
  readonly pullSecrets: boolean;
}

/** Optional abilities, found by the presence of the method. */
export type OptionalProvider = PodNotifier &
  NodeProvider &
  LogProvider &
  ExecProvider &
  AttachProvider &
  PortForwardProvider &
  UpstreamProvider &
  StatsProvider &
  ConfigUpdateHandler;

/** The provider of one virtual node: the pod life cycle, and whatever else it can do. */
export type Provider = PodLifecycleHandler & Partial<OptionalProvider>;

/** One row of the ability table: what users get, and the method that gives it. */
export interface Ability {
  readonly method: keyof OptionalProvider;
  readonly title: string;
  /** What happens without it. */
  readonly otherwise: string;
}

/** What each method gives, complete by its type. */
const table: Readonly<Record<keyof OptionalProvider, Omit<Ability, 'method'>>> = {
  notifyPods: { title: 'Notifications', otherwise: 'pods are polled every few seconds' },
  ping: { title: 'Health of the platform', otherwise: 'the platform always counts as reachable' },
  configureNode: { title: 'Own capacity and labels', otherwise: 'the node shows defaults' },
  notifyNodeStatus: { title: 'Changes of the node', otherwise: 'the node stays as registered' },
  getContainerLogs: { title: 'kubectl logs', otherwise: 'kubectl says that it is not supported' },
  exec: { title: 'kubectl exec and cp', otherwise: 'kubectl says that it is not supported' },
  attach: { title: 'kubectl attach and run -it', otherwise: 'kubectl says that it is not supported' },
  portForward: { title: 'kubectl port-forward', otherwise: 'kubectl says that it is not supported' },
  upstream: {
    title: 'Streams straight from another kubelet or API server',
    otherwise: 'streams are served by the four methods above',
  },
  getStats: { title: 'kubectl top', otherwise: 'kubectl top shows no use' },
  updateVolumes: { title: 'Volume updates', otherwise: 'volumes stay as they were when the pod started' },
};

/** Every optional ability; the documentation and `virtual-kubelet providers` are made from it. */
export const abilities: readonly Ability[] = (Object.keys(table) as (keyof OptionalProvider)[]).map((method) => ({
  method,
  ...table[method],
}));

/** The abilities a provider has. */
export function abilitiesOf(provider: Provider): readonly Ability[] {
  return abilities.filter((ability) => typeof provider[ability.method] === 'function');
}
