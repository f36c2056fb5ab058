import type { ContainerRef } from '@virtual-kubelet/provider';
import { exposition } from './exposition.js';

/** How often a probe ended in one way. */
export interface ProbeCount extends ContainerRef {
  readonly probe: 'Liveness' | 'Readiness' | 'Startup';
  readonly result: 'successful' | 'failed' | 'unknown';
  readonly count: number;
}

/** Renders `/metrics/probes`. Empty without counts: a platform that probes by itself tells none. */
export function probeMetricsOf(counts: readonly ProbeCount[] = []): string {
  return exposition([
    {
      name: 'prober_probe_total',
      help: 'Probes of a container by kind and result.',
      type: 'counter',
      samples: counts.map(({ pod, container, probe, result, count }) => ({
        labels: [
          ['container', container],
          ['namespace', pod.namespace],
          ['pod', pod.name],
          ['pod_uid', pod.uid],
          ['probe_type', probe],
          ['result', result],
        ],
        value: count,
      })),
    },
  ]);
}
