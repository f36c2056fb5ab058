/** Rules an operator can choose for the pods of a node. Times in milliseconds. */
export interface PodPolicy {
  /**
   * What becomes of a pod the provider refuses. `hold`: it stays Pending and says why; `fail`: it becomes Failed.
   * A ReplicaSet replaces Failed pods at once and without end, so pods with a controller are held unless told otherwise.
   */
  readonly onRefusal: 'hold' | 'fail';
  /**
   * DaemonSet pods that tolerate every taint land here without being meant for a node without a machine. Those that name
   * this node's taint or select virtual nodes always run.
   */
  readonly daemonSetPods: 'hold' | 'run' | 'fail';
  /** `capacity`: refuse pods beyond the node's allocatable resources, as a kubelet does. */
  readonly admission: 'capacity' | 'none';
  /** After the grace period of a deletion the provider does not complete: ask for ever, or give the API object up after a time. */
  readonly unreachableDelete: 'wait' | { readonly forceAfter: number };
  /** A pod that got no room within this time becomes Failed, so that its controller places it elsewhere; absent: never. */
  readonly provisioningTimeout?: number;
  /** How long workloads outlive pods that vanished together with the Node object. */
  readonly nodeLostQuarantine: number;
  /** Whether a deleted pod's terminal status is written before the pod goes. `skip` is for simulations only: exit codes are lost. */
  readonly terminalStatus: 'write' | 'skip';
}

/** What a node does unless told otherwise. */
export const defaultPodPolicy: PodPolicy = {
  onRefusal: 'hold',
  daemonSetPods: 'hold',
  admission: 'capacity',
  unreachableDelete: 'wait',
  nodeLostQuarantine: 300_000,
  terminalStatus: 'write',
};
