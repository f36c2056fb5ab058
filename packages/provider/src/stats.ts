import type { CallContext } from './call-context.js';
import type { PodRef } from './pod-ref.js';
import type { ContainerRef } from './streams.js';

/** A reading of one container's, pod's or node's use. */
export interface UsageSample {
  /** RFC 3339 time of the reading. */
  readonly time: string;
  /** CPU time used since the start, seconds. */
  readonly cpuSeconds?: number;
  /** CPU cores in use at the moment. */
  readonly cpuCores?: number;
  /** Memory that cannot be reclaimed, bytes. */
  readonly workingSetBytes?: number;
  readonly startTime?: string;
}

/** Use of a pod's containers. */
export interface PodStats {
  readonly pod: PodRef;
  readonly containers: readonly (UsageSample & { readonly name: string })[];
  /** @default the containers' sum */
  readonly total?: UsageSample;
}

/** How often a probe of a container ended in one way. A pod that is gone takes its counts with it. */
export interface ProbeCount extends ContainerRef {
  readonly probe: 'Liveness' | 'Readiness' | 'Startup';
  readonly result: 'successful' | 'failed' | 'unknown';
  readonly count: number;
}

/** Use of the node and all its pods. */
export interface NodeStats {
  readonly node?: UsageSample;
  readonly pods: readonly PodStats[];
  /** For `/metrics/probes`, of providers that run probes themselves. @default none */
  readonly probes?: readonly ProbeCount[];
}

/** `kubectl top`. The kubelet formats are rendered from this. */
export interface StatsProvider {
  getStats(context: CallContext): Promise<NodeStats>;
}
