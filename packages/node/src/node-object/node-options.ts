import type { NodeAddress, NodeSystemInfo, Taint } from '@virtual-kubelet/kubernetes';
import type { Dictionary } from './dictionary.js';

/** The taint that keeps pods away which do not ask for a virtual node. */
export interface ProviderTaint {
  /** @default virtual-kubelet.io/provider */
  readonly key?: string;
  /** @default the provider's name */
  readonly value?: string;
  /** @default NoSchedule */
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

/** A virtual node as its operator wants it. */
export interface NodeOptions {
  /** Name of the Node and of its Lease; `spec.nodeName` of its pods. */
  readonly name: string;
  /** Value of the default taint. */
  readonly providerName: string;
  /** @default linux */
  readonly operatingSystem?: 'linux' | 'windows';
  /** As Go spells it. @default amd64 */
  readonly architecture?: string;
  /** Stronger than the node's own and the provider's. */
  readonly labels?: Dictionary;
  readonly annotations?: Dictionary;
  /** `false` for none: then every pod may be scheduled here. */
  readonly taint?: ProviderTaint | false;
  /** Beside the provider taint. */
  readonly taints?: readonly Taint[];
  /** Stronger than the provider's. */
  readonly capacity?: Dictionary;
  /**
   * Whose credential the agent uses. The Node authorizer's admission lets a node have no role label and change no taint after
   * it was created.
   * @default service-account
   */
  readonly identity?: 'service-account' | 'node';
}

/** What is known about a node only when the program runs. */
export interface NodeFacts {
  /** As `kubectl get nodes` shows it, such as `v1.37.2-vk-0.1.0`; tools parse the beginning. */
  readonly kubeletVersion: string;
  /** Port of the kubelet API; absent where none is served. */
  readonly kubeletPort?: number;
  /** Where the API server reaches the kubelet API. */
  readonly internalIP?: string;
  readonly addresses?: readonly NodeAddress[];
  /** KEP 5328: features of this node the scheduler may ask for. */
  readonly declaredFeatures?: readonly string[];
  readonly nodeInfo?: Partial<NodeSystemInfo>;
}
