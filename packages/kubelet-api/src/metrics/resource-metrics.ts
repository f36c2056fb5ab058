import type { NodeUsage, PodUsage } from '../stats/usage.js';
import type { Labels, Sample, SampleFamily } from './exposition.js';
import { exposition } from './exposition.js';
import { cpuSamples, memorySamples, startSamples } from './usage-samples.js';

/** `pod` comes second in both orders: scripts pick it by position. */
function containerLabels({ pod }: PodUsage, container: string): Labels {
  return [
    ['container', container],
    ['pod', pod.name],
    ['namespace', pod.namespace],
  ];
}

function podLabels({ pod }: PodUsage): Labels {
  return [
    ['namespace', pod.namespace],
    ['pod', pod.name],
  ];
}

type SamplesOf = typeof cpuSamples;

function ofContainers(usage: NodeUsage, samples: SamplesOf): readonly Sample[] {
  return usage.pods.flatMap((pod) =>
    pod.containers.flatMap((container) => samples(containerLabels(pod, container.name), container)),
  );
}

function ofPods(usage: NodeUsage, samples: SamplesOf): readonly Sample[] {
  return usage.pods.flatMap((pod) => samples(podLabels(pod), pod.total));
}

function usageFamilies(usage: NodeUsage): readonly SampleFamily[] {
  return [
    {
      name: 'node_cpu_usage_seconds_total',
      help: 'CPU time the node has used, core-seconds.',
      type: 'counter',
      samples: cpuSamples([], usage.node),
    },
    {
      name: 'node_memory_working_set_bytes',
      help: 'Working set of the node, bytes.',
      type: 'gauge',
      samples: memorySamples([], usage.node),
    },
    {
      name: 'container_cpu_usage_seconds_total',
      help: 'CPU time the container has used, core-seconds.',
      type: 'counter',
      samples: ofContainers(usage, cpuSamples),
    },
    {
      name: 'container_memory_working_set_bytes',
      help: 'Working set of the container, bytes.',
      type: 'gauge',
      samples: ofContainers(usage, memorySamples),
    },
    {
      name: 'container_start_time_seconds',
      help: 'Start of the container, seconds since 1970.',
      type: 'gauge',
      samples: ofContainers(usage, startSamples),
    },
    {
      name: 'pod_cpu_usage_seconds_total',
      help: 'CPU time the pod has used, core-seconds.',
      type: 'counter',
      samples: ofPods(usage, cpuSamples),
    },
    {
      name: 'pod_memory_working_set_bytes',
      help: 'Working set of the pod, bytes.',
      type: 'gauge',
      samples: ofPods(usage, memorySamples),
    },
  ];
}

function outcomeFamilies(failed: boolean): readonly SampleFamily[] {
  const help = '1 if the use could not be read, otherwise 0.';
  const samples: readonly Sample[] = [{ labels: [], value: failed ? 1 : 0 }];
  return ['resource_scrape_error', 'scrape_error'].map((name) => ({ name, help, type: 'gauge', samples }));
}

/**
 * Renders `/metrics/resource`, names and labels of kubernetes/kubernetes:pkg/kubelet/metrics/collectors.
 * @param usage undefined when it could not be read: the answer is still 200 and says so
 */
export function resourceMetricsOf(usage: NodeUsage | undefined): string {
  return exposition([...(usage ? usageFamilies(usage) : []), ...outcomeFamilies(usage === undefined)]);
}
