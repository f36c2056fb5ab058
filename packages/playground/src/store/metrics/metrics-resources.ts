/** The metrics API, `metrics.k8s.io`: what `kubectl top` reads. */
import type { ApiResource } from '@virtual-kubelet/kubernetes/internal';

const common = {
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  singularName: '',
  verbs: ['get', 'list'],
  shortNames: [],
  categories: [],
  subresources: [],
} as const;

/** Its resources. Nothing is kept of them: kubelets are asked each time. */
export const metricsResources: readonly ApiResource[] = [
  { ...common, name: 'nodes', kind: 'NodeMetrics', namespaced: false },
  { ...common, name: 'pods', kind: 'PodMetrics', namespaced: true },
];
