/** Topology spread constraints that must hold: how uneven the pods of a group may lie in the domains of a label. */
import type { Node, TopologySpreadConstraint } from '@virtual-kubelet/kubernetes';
import { allowsNode, matchesLabels, untoleratedTaint } from '@virtual-kubelet/kubernetes';
import type { ClusterView } from './cluster-view.js';
import type { Stored, StoredPod } from './kinds.js';
import { selectionOf } from './owned-pods.js';
import { isActive } from './pod-state.js';

const fault = "node(s) didn't match pod topology spread constraints";

/** Why a node would make the spread too uneven; empty where it does not. */
export function spreadFault(node: Stored<Node>, pod: StoredPod, view: ClusterView): readonly string[] {
  const constraints = (pod.spec?.topologySpreadConstraints ?? []).filter(
    (one) => one.whenUnsatisfiable === 'DoNotSchedule',
  );
  for (const constraint of constraints) {
    const domain = node.metadata.labels?.[constraint.topologyKey];
    if (domain === undefined) return [`${fault} (missing required label)`];
    if (isTooUneven(constraint, domain, { pod, view })) return [fault];
  }
  return [];
}

interface Group {
  readonly pod: StoredPod;
  readonly view: ClusterView;
}

function isTooUneven(constraint: TopologySpreadConstraint, domain: string, group: Group): boolean {
  const counts = domainCounts(constraint, group);
  const { minDomains = 1, maxSkew } = constraint;
  const least = counts.size < minDomains ? 0 : Math.min(...counts.values());
  const own = selectorOf(constraint, group.pod)(group.pod) ? 1 : 0;
  return (counts.get(domain) ?? 0) + own - least > maxSkew;
}

/** Pods of the group in each domain that the pod could use at all. */
function domainCounts(constraint: TopologySpreadConstraint, { pod, view }: Group): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const selects = selectorOf(constraint, pod);
  for (const node of view.list('nodes')) {
    const domain = node.metadata.labels?.[constraint.topologyKey];
    if (domain === undefined || !isCounted(constraint, node, pod)) continue;
    const pods = [...view.usageOf(node.metadata.name).pods.values()];
    const found = pods.filter(
      (other) => other.metadata.namespace === pod.metadata.namespace && isActive(other) && selects(other),
    );
    counts.set(domain, (counts.get(domain) ?? 0) + found.length);
  }
  return counts;
}

function isCounted(constraint: TopologySpreadConstraint, node: Stored<Node>, pod: StoredPod): boolean {
  const { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = constraint;
  const isAllowed = nodeAffinityPolicy === 'Ignore' || allowsNode(pod.spec ?? {}, node as Node);
  return isAllowed && (nodeTaintsPolicy === 'Ignore' || !untoleratedTaint(node.spec?.taints, pod.spec?.tolerations));
}

function selectorOf(constraint: TopologySpreadConstraint, pod: StoredPod): (other: StoredPod) => boolean {
  const requirements = selectionOf(constraint.labelSelector);
  const keys = (constraint.matchLabelKeys ?? []).filter((key) => pod.metadata.labels?.[key] !== undefined);
  return (other) =>
    matchesLabels(requirements, other.metadata.labels) &&
    keys.every((key) => other.metadata.labels?.[key] === pod.metadata.labels?.[key]);
}
