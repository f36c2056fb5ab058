import type { Pod, PodStatus } from '@virtual-kubelet/kubernetes';
import type { CallContext, OptionalProvider, PodInputs } from '@virtual-kubelet/provider';

/** What accompanies a call of the simple shape that hands over a pod. */
export interface SimpleCall extends CallContext {
  /** What the pod takes from the cluster beside its environment: contents of volumes, pull secrets, DNS. */
  readonly inputs: PodInputs;
}

/**
 * A provider in the simple shape: whole Pods in, whole Pods and statuses out, found by namespace and name. For providers
 * that are themselves something like a kubelet, that were written for such an interface, or that are small.
 *
 * "Does not exist" is `undefined`, or a failure of kind NotFound.
 */
export interface SimplePodHandler {
  /** Starts the pod. Environment, command lines and sub-paths are resolved in its spec. Keep its annotations and give them back. */
  createPod(pod: Pod, call: SimpleCall): Promise<void>;
  /** The pod as it is wanted now. */
  updatePod(pod: Pod, call: SimpleCall): Promise<void>;
  /** Begins to end the pod; `metadata.deletionGracePeriodSeconds` says how gently. */
  deletePod(pod: Pod, context: CallContext): Promise<void>;
  getPod(namespace: string, name: string, context: CallContext): Promise<Pod | undefined>;
  getPodStatus(namespace: string, name: string, context: CallContext): Promise<PodStatus | undefined>;
  /** All pods of this node. */
  getPods(context: CallContext): Promise<readonly Pod[]>;
  /** Registers a callback for pods whose status changed; without it the node polls. */
  notifyPods?(changed: (pod: Pod) => void, context: CallContext): void;
}

/** A simple provider, with whatever else it can do in the form of the contract: logs, exec, ping, stats, ... */
export type SimpleProvider = SimplePodHandler & Partial<Omit<OptionalProvider, 'notifyPods'>>;
