import type { ProbeCount } from '@virtual-kubelet/provider';
import { exposition } from './exposition.js';

/** Renders `/metrics/probes`. Empty without counts: a platform that probes by itself tells none. */
export function probeMetricsOf(counts: readonly ProbeCount[] = []): string {
  return exposition([
    {
      name: 'prober_probe_total',
      help: '[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.',
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
