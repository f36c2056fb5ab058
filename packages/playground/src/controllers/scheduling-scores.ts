/** Which of the nodes that can take a pod is best: the one with most left, that the pod prefers and that keeps it least. */
import type { Node } from '@virtual-kubelet/kubernetes';
import { nodePreference, untoleratedTaint } from '@virtual-kubelet/kubernetes';
import type { Stored } from './kinds.js';
import { requestsOf } from './node-usage.js';
import type { Candidate } from './scheduling-filters.js';
import { allocatableOf } from './scheduling-filters.js';

/** What a pod that asks for nothing is taken to need: a tenth of a CPU, 200 MB (k8s.io/kubernetes:pkg/scheduler/util). */
const unasked: ReadonlyMap<string, number> = new Map([
  ['cpu', 100],
  ['memory', 200 * 1024 * 1024],
]);

/** The best node; the first by name among equals, so that the same cluster decides the same. */
export function bestNode(nodes: readonly Stored<Node>[], candidate: Candidate): Stored<Node> | undefined {
  let best: { readonly node: Stored<Node>; readonly score: number } | undefined;
  for (const node of nodes) {
    const score = scoreOf(node, candidate);
    if (best === undefined || score > best.score) best = { node, score };
  }
  return best?.node;
}

/** Weights are those of the default profile: taints 3, preferences 2, room 1. */
function scoreOf(node: Stored<Node>, candidate: Candidate): number {
  const { pod } = candidate;
  const isShunned = untoleratedTaint(node.spec?.taints, pod.spec?.tolerations, ['PreferNoSchedule']) !== undefined;
  return (
    (isShunned ? 0 : 300) + 2 * Math.min(nodePreference(pod.spec ?? {}, node as Node), 100) + roomOn(node, candidate)
  );
}

/** How much of CPU, memory and places would be left, 0 to 100. Places decide where pods ask for nothing. */
function roomOn(node: Stored<Node>, { pod, view }: Candidate): number {
  const offered = allocatableOf(node);
  const usage = view.usageOf(node.metadata.name);
  const wanted = requestsOf(pod);
  const shares = ['cpu', 'memory'].map((name) => {
    const all = offered.get(name) ?? 0;
    const floor = unasked.get(name) ?? 0;
    const asked = Math.max(usage.requested.get(name) ?? 0, usage.active * floor) + (wanted.get(name) ?? floor);
    return all === 0 ? 0 : Math.max(all - asked, 0) / all;
  });
  return (shares.reduce((sum, share) => sum + share, 0) / shares.length) * 100;
}
