import type { NodeStats, PodRef, ProbeCount } from '@virtual-kubelet/provider';

/** Use of a container, pod or node in the units of a kubelet. Numbers are whole. */
export interface Usage {
  /** Time of the reading, milliseconds since 1970. */
  readonly time: number;
  /** CPU time used, core-nanoseconds. Never falls, but where `startTime` moves on. */
  readonly cpuNanoSeconds?: number;
  /** CPU in use, nano-cores: a rate. Absent until there are two readings, where the provider gives none. */
  readonly cpuNanoCores?: number;
  readonly workingSetBytes?: number;
  /** Milliseconds since 1970. */
  readonly startTime?: number;
}

/** Use of one container. */
export interface ContainerUsage extends Usage {
  readonly name: string;
}

/** Use of one pod. */
export interface PodUsage {
  readonly pod: PodRef;
  readonly containers: readonly ContainerUsage[];
  readonly total: Usage;
}

/** Use of the node, and of the pods the provider reported. */
export interface NodeUsage {
  readonly node: Usage;
  readonly pods: readonly PodUsage[];
  /** Told by providers that run probes. */
  readonly probes?: readonly ProbeCount[];
}

/** Turns readings into use, remembering earlier readings. */
export interface UsageMeter {
  /**
   * Takes the next reading of the provider.
   * @param wall time of the reading where the provider tells none, milliseconds since 1970
   */
  take(stats: NodeStats, wall: number): NodeUsage;
}
