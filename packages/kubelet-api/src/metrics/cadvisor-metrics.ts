import type { ContainerRef, PodRef } from '@virtual-kubelet/provider';
import type { NodeUsage, PodUsage, Usage } from '../stats/usage.js';
import type { Labels, Sample, SampleFamily } from './exposition.js';
import { exposition } from './exposition.js';
import { cpuSamples, memorySamples, startSamples } from './usage-samples.js';

/** What the cAdvisor metrics say beside the use. All of it may be left out. */
export interface CadvisorFacts {
  /** Capacity of the node, whole or broken cores. */
  readonly cores?: number;
  /** Capacity of the node, bytes. */
  readonly memoryBytes?: number;
  readonly imageOf?: (container: ContainerRef) => string | undefined;
  /** The runtime's name of the container. */
  readonly containerIdOf?: (container: ContainerRef) => string | undefined;
}

interface Row {
  readonly labels: Labels;
  readonly usage: Usage;
}

/** The labels dashboards select on; every series has all of them, empty where they say nothing. */
function labelsOf(pod: PodRef, names: { container?: string; id: string; image?: string; name?: string }): Labels {
  const { container = '', id, image = '', name = '' } = names;
  return [
    ['container', container],
    ['id', id],
    ['image', image],
    ['name', name],
    ['namespace', pod.namespace],
    ['pod', pod.name],
  ];
}

function rowsOf(usage: PodUsage, facts: CadvisorFacts): readonly Row[] {
  const { pod } = usage;
  const id = `/kubepods/pod${pod.uid}`;
  const containers = usage.containers.map((container): Row => {
    const ref: ContainerRef = { pod, container: container.name };
    const image = facts.imageOf?.(ref);
    const name = facts.containerIdOf?.(ref);
    const names = { container: container.name, id: `${id}/${container.name}` };
    return {
      labels: labelsOf(pod, {
        ...names,
        ...(image === undefined ? {} : { image }),
        ...(name === undefined ? {} : { name }),
      }),
      usage: container,
    };
  });
  return [{ labels: labelsOf(pod, { id }), usage: usage.total }, ...containers];
}

function machine(name: string, help: string, value: number | undefined): SampleFamily {
  return { name, help, type: 'gauge', samples: value === undefined ? [] : [{ labels: [], value }] };
}

/** Renders `/metrics/cadvisor` in the part that can be known without cAdvisor: CPU, working set, start, the node's size. */
export function cadvisorMetricsOf(usage: NodeUsage | undefined, facts: CadvisorFacts = {}): string {
  const rows = usage?.pods.flatMap((pod) => rowsOf(pod, facts)) ?? [];
  const of = (samples: typeof cpuSamples): readonly Sample[] => rows.flatMap((row) => samples(row.labels, row.usage));
  return exposition([
    {
      name: 'container_cpu_usage_seconds_total',
      help: 'CPU time used, core-seconds.',
      type: 'counter',
      samples: of(cpuSamples),
    },
    {
      name: 'container_memory_working_set_bytes',
      help: 'Working set, bytes.',
      type: 'gauge',
      samples: of(memorySamples),
    },
    {
      name: 'container_start_time_seconds',
      help: 'Start, seconds since 1970.',
      type: 'gauge',
      samples: of(startSamples),
    },
    machine('machine_cpu_cores', 'CPU cores of the node.', facts.cores),
    machine('machine_memory_bytes', 'Memory of the node, bytes.', facts.memoryBytes),
  ]);
}
