import { formatTime } from '@virtual-kubelet/kubernetes';
import type { PodRef } from '@virtual-kubelet/provider';
import type { ContainerUsage, NodeUsage, PodUsage, Usage } from './usage.js';

/** CPU of the summary. */
export interface CpuStats {
  readonly time: string;
  readonly usageNanoCores?: number;
  readonly usageCoreNanoSeconds?: number;
}

/** Memory of the summary. */
export interface MemoryStats {
  readonly time: string;
  readonly workingSetBytes: number;
}

/** One container of the summary. */
export interface ContainerStats {
  readonly name: string;
  readonly startTime: string | null;
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
}

/** One pod of the summary. */
export interface PodSummary {
  readonly podRef: PodRef;
  readonly startTime: string | null;
  readonly containers: readonly ContainerStats[];
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
}

/** The answer of `/stats/summary`: stats/v1alpha1 in the part a node without a machine can fill. */
export interface Summary {
  readonly node: {
    readonly nodeName: string;
    readonly startTime: string | null;
    readonly cpu?: CpuStats;
    readonly memory?: MemoryStats;
  };
  readonly pods: readonly PodSummary[];
}

/** What the summary says beside the use. */
export interface SummaryFacts {
  readonly nodeName: string;
  /** When the node started, milliseconds since 1970, unless the provider says so itself. */
  readonly startTime?: number;
  /** A pod's start as its status has it, RFC 3339. @default the start of its first container */
  readonly podStartTime?: (pod: PodRef) => string | undefined;
}

function cpu(usage: Usage): { readonly cpu?: CpuStats } {
  const { time, cpuNanoCores, cpuNanoSeconds } = usage;
  if (cpuNanoCores === undefined && cpuNanoSeconds === undefined) return {};
  return {
    cpu: {
      time: formatTime(time),
      ...(cpuNanoCores === undefined ? {} : { usageNanoCores: cpuNanoCores }),
      ...(cpuNanoSeconds === undefined ? {} : { usageCoreNanoSeconds: cpuNanoSeconds }),
    },
  };
}

function memory({ time, workingSetBytes }: Usage): { readonly memory?: MemoryStats } {
  return workingSetBytes === undefined ? {} : { memory: { time: formatTime(time), workingSetBytes } };
}

/** Unknown times are null, as Go writes a zero time. */
function timeText(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : formatTime(milliseconds);
}

function containerStats(container: ContainerUsage): ContainerStats {
  return {
    name: container.name,
    startTime: timeText(container.startTime),
    ...cpu(container),
    ...memory(container),
  };
}

function firstStart(pod: PodUsage): number | undefined {
  const starts = pod.containers.flatMap(({ startTime }) => startTime ?? []);
  return pod.total.startTime ?? (starts.length === 0 ? undefined : Math.min(...starts));
}

function podSummary(usage: PodUsage, facts: SummaryFacts): PodSummary {
  const { namespace, name, uid } = usage.pod;
  return {
    podRef: { name, namespace, uid },
    startTime: facts.podStartTime?.(usage.pod) ?? timeText(firstStart(usage)),
    containers: usage.containers.map(containerStats),
    ...cpu(usage.total),
    ...memory(usage.total),
  };
}

/** Renders `/stats/summary`; the query `only_cpu_and_memory` changes nothing, since there is nothing else. */
export function summaryOf(usage: NodeUsage, facts: SummaryFacts): Summary {
  return {
    node: {
      nodeName: facts.nodeName,
      startTime: timeText(usage.node.startTime ?? facts.startTime),
      ...cpu(usage.node),
      ...memory(usage.node),
    },
    pods: usage.pods.map((pod) => podSummary(pod, facts)),
  };
}
