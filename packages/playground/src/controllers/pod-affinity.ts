/** Required affinity and anti-affinity between pods, in both directions. */
import type { Node, PodAffinityTerm } from '@virtual-kubelet/kubernetes';
import { matchesLabels } from '@virtual-kubelet/kubernetes';
import type { ClusterView } from './cluster-view.js';
import type { Stored, StoredPod } from './kinds.js';
import { selectionOf } from './owned-pods.js';
import { hasEnded } from './pod-state.js';

/** Why the pods that run elsewhere rule out a node; empty where they do not. */
export function affinityFault(node: Stored<Node>, pod: StoredPod, view: ClusterView): readonly string[] {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const wanted = podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const unwanted = podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (wanted.length > 0 && !isNearAll(wanted, node, { pod, view })) return ["node(s) didn't match pod affinity rules"];
  if (unwanted.some((term) => neighbours(term, node, { pod, view }).length > 0))
    return ["node(s) didn't match pod anti-affinity rules"];
  if (isUnwantedBySomebody(node, pod, view)) return ["node(s) didn't satisfy existing pods anti-affinity rules"];
  return [];
}

interface Place {
  readonly pod: StoredPod;
  readonly view: ClusterView;
}

/** A pod that all its own terms select may be the first of its group, where nobody matches them yet. */
function isNearAll(terms: readonly PodAffinityTerm[], node: Stored<Node>, place: Place): boolean {
  if (terms.some(({ topologyKey }) => node.metadata.labels?.[topologyKey] === undefined)) return false;
  if (terms.every((term) => neighbours(term, node, place).length > 0)) return true;
  const { pod, view } = place;
  const isAlone = terms.every((term) => !view.list('nodes').some((each) => neighbours(term, each, place).length > 0));
  return isAlone && terms.every((term) => selects(term, pod, place));
}

/** The pods in the node's domain that a term selects. */
function neighbours(term: PodAffinityTerm, node: Stored<Node>, place: Place): readonly StoredPod[] {
  return domainPods(term.topologyKey, node, place.view).filter((other) => selects(term, other, place));
}

function domainPods(topologyKey: string, node: Stored<Node>, view: ClusterView): readonly StoredPod[] {
  const domain = node.metadata.labels?.[topologyKey];
  if (domain === undefined) return [];
  const nodes = topologyKey === 'kubernetes.io/hostname' ? [node] : view.list('nodes');
  return nodes
    .filter((each) => each.metadata.labels?.[topologyKey] === domain)
    .flatMap((each) => [...view.usageOf(each.metadata.name).pods.values()])
    .filter((pod) => !hasEnded(pod));
}

/** Whether a term of a pod is about another pod. */
function selects(term: PodAffinityTerm, other: StoredPod, { pod, view }: Place): boolean {
  return (
    isInNamespaces(term, other, { pod, view }) && matchesLabels(selectionOf(term.labelSelector), other.metadata.labels)
  );
}

function isInNamespaces(term: PodAffinityTerm, other: StoredPod, { pod, view }: Place): boolean {
  const { namespaces = [], namespaceSelector } = term;
  const { namespace = '' } = other.metadata;
  if (namespaces.length === 0 && namespaceSelector === undefined) return namespace === pod.metadata.namespace;
  if (namespaces.includes(namespace)) return true;
  const labels = view.get('namespaces', namespace)?.metadata.labels;
  return namespaceSelector !== undefined && matchesLabels(selectionOf(namespaceSelector), labels);
}

/** Whether a pod that runs in the node's domain refuses this one as a neighbour. */
function isUnwantedBySomebody(node: Stored<Node>, pod: StoredPod, view: ClusterView): boolean {
  return view
    .list('nodes')
    .some((each) =>
      [...view.usageOf(each.metadata.name).withAntiAffinity.values()].some((other) =>
        antiTerms(other).some(
          (term) =>
            node.metadata.labels?.[term.topologyKey] !== undefined &&
            node.metadata.labels[term.topologyKey] === each.metadata.labels?.[term.topologyKey] &&
            selects(term, pod, { pod: other, view }),
        ),
      ),
    );
}

function antiTerms(pod: StoredPod): readonly PodAffinityTerm[] {
  return pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}
