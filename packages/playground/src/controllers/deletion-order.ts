/** Which pods go first when there are too many (k8s.io/kubernetes:pkg/controller ActivePodsWithRanks). */
import { parseTime } from '@virtual-kubelet/kubernetes';
import type { StoredPod } from './kinds.js';
import { timeOf } from './times.js';
import { isReady, podCondition, restartsOf } from './pod-state.js';

const costAnnotation = 'controller.kubernetes.io/pod-deletion-cost';
const phases: readonly string[] = ['Pending', 'Unknown', 'Running'];

/** Pods in the order in which they are best deleted. */
export function deletionOrder(pods: readonly StoredPod[]): readonly StoredPod[] {
  const crowd = new Map<string, number>();
  for (const pod of pods) {
    const node = pod.spec?.nodeName ?? '';
    crowd.set(node, (crowd.get(node) ?? 0) + 1);
  }
  const rank = (pod: StoredPod): readonly number[] => [
    pod.spec?.nodeName === undefined ? 0 : 1,
    phases.indexOf(pod.status?.phase ?? 'Pending'),
    isReady(pod) ? 1 : 0,
    costOf(pod),
    // Among equals the node with most of them gives one up.
    -(crowd.get(pod.spec?.nodeName ?? '') ?? 0),
    -readySince(pod),
    -restartsOf(pod),
    -parseTime(pod.metadata.creationTimestamp),
  ];
  const ranked = pods.map((pod) => ({ pod, rank: rank(pod) }));
  return ranked
    .toSorted((a, b) => compare(a.rank, b.rank) || (a.pod.metadata.name < b.pod.metadata.name ? -1 : 1))
    .map(({ pod }) => pod);
}

function costOf(pod: StoredPod): number {
  const cost = Number(pod.metadata.annotations?.[costAnnotation] ?? '0');
  return Number.isInteger(cost) ? cost : 0;
}

function readySince(pod: StoredPod): number {
  return (isReady(pod) ? timeOf(podCondition(pod, 'Ready')?.lastTransitionTime) : undefined) ?? 0;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
