/** Why a node cannot take a pod, in the words of the scheduler. Pure; in the order in which the scheduler asks. */
import type { Node, NodeSpec, Taint } from '@virtual-kubelet/kubernetes';
import { allowsNode, parseResources, toleratesTaint, untoleratedTaint } from '@virtual-kubelet/kubernetes';
import type { ClusterView } from './cluster-view.js';
import type { Stored, StoredPod } from './kinds.js';
import type { Amounts } from './node-usage.js';
import { counted, hostPortsOf, requestsOf } from './node-usage.js';
import { affinityFault } from './pod-affinity.js';
import { spreadFault } from './topology-spread.js';

/** A pod that looks for a node. */
export interface Candidate {
  readonly pod: StoredPod;
  readonly view: ClusterView;
}

/** Reasons why a node cannot take the pod; empty where it can. */
export function faultsOf(node: Stored<Node>, { pod, view }: Candidate): readonly string[] {
  for (const filter of filters) {
    const found = filter(node, pod, view);
    if (found.length > 0) return found;
  }
  return [];
}

type Filter = (node: Stored<Node>, pod: StoredPod, view: ClusterView) => readonly string[];

const filters: readonly Filter[] = [
  (node, pod) => (isCordoned(node.spec, pod) ? ['node(s) were unschedulable'] : []),
  (node, pod) =>
    untoleratedTaint(node.spec?.taints, pod.spec?.tolerations) ? ['node(s) had untolerated taint(s)'] : [],
  (node, pod) =>
    allowsNode(pod.spec ?? {}, node as Node) ? [] : ["node(s) didn't match Pod's node affinity/selector"],
  hostPortFaults,
  resourceFaults,
  (node, pod, view) => spreadFault(node, pod, view),
  (node, pod, view) => affinityFault(node, pod, view),
];

const cordoned: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

function isCordoned(spec: NodeSpec | undefined, pod: StoredPod): boolean {
  return spec?.unschedulable === true && !(pod.spec?.tolerations ?? []).some((one) => toleratesTaint(one, cordoned));
}

function hostPortFaults(node: Stored<Node>, pod: StoredPod, view: ClusterView): readonly string[] {
  const wanted = hostPortsOf(pod);
  if (wanted.length === 0) return [];
  const taken = [...view.usageOf(node.metadata.name).hostPorts.keys()];
  return wanted.some((port) => taken.some((other) => clashes(port, other)))
    ? ["node(s) didn't have free ports for the requested pod ports"]
    : [];
}

/** Ports clash on the same address, and one on all addresses with any. */
function clashes(a: string, b: string): boolean {
  const [protocolA, portA, addressA] = a.split(' ');
  const [protocolB, portB, addressB] = b.split(' ');
  const isEverywhere = addressA === '0.0.0.0' || addressB === '0.0.0.0';
  return protocolA === protocolB && portA === portB && (isEverywhere || addressA === addressB);
}

function resourceFaults(node: Stored<Node>, pod: StoredPod, view: ClusterView): readonly string[] {
  const offered = allocatableOf(node);
  const usage = view.usageOf(node.metadata.name);
  const lacking = [...requestsOf(pod)].filter(
    ([name, amount]) => amount > 0 && amount > (offered.get(name) ?? 0) - (usage.requested.get(name) ?? 0),
  );
  const isFull = usage.active + 1 > (offered.get('pods') ?? 0);
  return [...(isFull ? ['Too many pods'] : []), ...lacking.map(([name]) => `Insufficient ${name}`)];
}

/** Nodes are shared and never change, so what one offers is read once. */
const known = new WeakMap<object, Amounts>();

/** What a node offers to pods. */
export function allocatableOf(node: Stored<Node>): Amounts {
  const found = known.get(node);
  if (found !== undefined) return found;
  const made = new Map([...readAmounts(node)].map(([name, amount]) => [name, counted(name, amount)]));
  known.set(node, made);
  return made;
}

function readAmounts(node: Stored<Node>): ReturnType<typeof parseResources> {
  try {
    return parseResources(node.status?.allocatable);
  } catch {
    return new Map();
  }
}
