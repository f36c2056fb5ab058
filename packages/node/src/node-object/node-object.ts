/** What a virtual node's Node object should say, conditions aside: a pure function of options, provider and program. */
import type { NodeAddress, NodeSystemInfo, Taint } from '@virtual-kubelet/kubernetes';
import { canonicalQuantity } from '@virtual-kubelet/kubernetes';
import type { NodeDescription } from '@virtual-kubelet/provider';
import type { Dictionary } from './dictionary.js';
import { merged, without } from './dictionary.js';
import type { NodeFacts, NodeOptions } from './node-options.js';
import { providerTaint } from './node-taints.js';

/** The part of `status` that is ours and changes seldom. */
export interface DesiredStatus {
  readonly capacity: Dictionary;
  readonly allocatable: Dictionary;
  readonly addresses: readonly NodeAddress[];
  /** 0 where no kubelet API is served. */
  readonly kubeletPort: number;
  readonly nodeInfo: NodeSystemInfo;
  /** Sorted, as the API wants it; absent: not ours to say. */
  readonly declaredFeatures?: readonly string[];
}

/** What the Node object should say; conditions and the taints that come and go are added by who knows them. */
export interface DesiredNode {
  readonly name: string;
  readonly labels: Dictionary;
  readonly annotations: Dictionary;
  readonly taints: readonly Taint[];
  readonly providerID?: string;
  readonly status: DesiredStatus;
}

/**
 * Annotations in which the Go implementation kept what it had last written, for its three-way merge. We do not write them:
 * they double every status write and a corrupt one blocks it for ever. Server-side apply and `managedFields` hold the same
 * knowledge. Those found on an adopted Node are removed, since they would be stale should the Go implementation come back;
 * without them it starts afresh and deletes nothing.
 */
export const lastAppliedAnnotations: readonly string[] = [
  'virtual-kubelet.io/last-applied-node-status',
  'virtual-kubelet.io/last-applied-object-meta',
];

/** Room a node has where neither operator nor provider says. */
export const defaultCapacity: Dictionary = { cpu: '20', memory: '100Gi', pods: '110' };

/** Puts operator, provider and program together. */
export function desiredNode(options: NodeOptions, description: NodeDescription, facts: NodeFacts): DesiredNode {
  const { providerID } = description;
  return {
    name: options.name,
    labels: labelsOf(options, description),
    annotations: annotationsOf(options, description),
    taints: taintsOf(options, description),
    ...(providerID === undefined ? {} : { providerID }),
    status: statusOf(options, description, facts),
  };
}

function labelsOf(options: NodeOptions, description: NodeDescription): Dictionary {
  const all = merged(description.labels, ownLabels(options), options.labels);
  return options.identity === 'node' ? without(all, isForbiddenForNodes) : all;
}

function ownLabels({ name, operatingSystem = 'linux', architecture = 'amd64' }: NodeOptions): Dictionary {
  return {
    type: 'virtual-kubelet',
    'kubernetes.io/role': 'agent',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': operatingSystem,
    'kubernetes.io/arch': architecture,
    'beta.kubernetes.io/os': operatingSystem,
    // Virtual nodes have no kube-proxy: load balancers must not send them traffic. The second key is the one before 1.19.
    'node.kubernetes.io/exclude-from-external-load-balancers': 'true',
    'alpha.service-controller.kubernetes.io/exclude-balancer': 'true',
  };
}

const kubernetesDomain = /(^|\.)(kubernetes|k8s)\.io$/;
const domainsOfNodes = /(^|\.)(kubelet|node)\.kubernetes\.io$/;
/** kubernetes/kubernetes:pkg/kubelet/apis/well_known_labels.go */
const labelsOfNodes: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
]);

/** Whether the NodeRestriction admission refuses this label from a node's own credential. */
function isForbiddenForNodes(key: string): boolean {
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  if (domain === 'node-restriction.kubernetes.io') return true;
  return kubernetesDomain.test(domain) && !domainsOfNodes.test(domain) && !labelsOfNodes.has(key);
}

function annotationsOf(options: NodeOptions, description: NodeDescription): Dictionary {
  const all = merged(description.annotations, options.annotations);
  return without(all, (key) => lastAppliedAnnotations.includes(key));
}

function taintsOf(options: NodeOptions, description: NodeDescription): readonly Taint[] {
  const own = providerTaint(options);
  return [...(own ? [own] : []), ...(options.taints ?? []), ...(description.taints ?? [])];
}

function statusOf(options: NodeOptions, description: NodeDescription, facts: NodeFacts): DesiredStatus {
  const capacity = merged(defaultCapacity, description.capacity, options.capacity);
  // What the operator says about capacity holds for what may be allocated, too.
  const allocatable = merged(capacity, description.allocatable, options.capacity);
  const declared = new Set([...(facts.declaredFeatures ?? []), ...(description.declaredFeatures ?? [])]);
  return {
    capacity: canonical(capacity),
    allocatable: canonical(allocatable),
    addresses: addressesOf(options, description, facts),
    kubeletPort: facts.kubeletPort ?? 0,
    nodeInfo: nodeInfoOf(options, description, facts),
    ...(declared.size === 0 ? {} : { declaredFeatures: [...declared].toSorted() }),
  };
}

/** The API server writes quantities its own way; equal amounts must not look like a difference. */
function canonical(amounts: Dictionary): Dictionary {
  return Object.fromEntries(Object.entries(amounts).map(([key, text]) => [key, canonicalOrSame(text)]));
}

/** A text that is no quantity is sent as it is: the API server's refusal names the field. */
function canonicalOrSame(text: string): string {
  try {
    return canonicalQuantity(text);
  } catch {
    return text;
  }
}

/** The program's own address comes first: the API server connects to the first of a type. */
function addressesOf(options: NodeOptions, description: NodeDescription, facts: NodeFacts): readonly NodeAddress[] {
  const { internalIP } = facts;
  const all = [
    ...(internalIP === undefined ? [] : [{ type: 'InternalIP', address: internalIP }]),
    ...(facts.addresses ?? []),
    ...(description.addresses ?? []),
  ];
  if (!all.some(({ type }) => type === 'Hostname')) all.push({ type: 'Hostname', address: options.name });
  const isFirst = (each: NodeAddress, index: number): boolean =>
    all.findIndex((other) => other.type === each.type && other.address === each.address) === index;
  return all.filter(isFirst).map(({ type, address }) => ({ type, address }));
}

/** All ten fields are required by the API, if only to be empty. */
function nodeInfoOf(options: NodeOptions, description: NodeDescription, facts: NodeFacts): NodeSystemInfo {
  return {
    machineID: '',
    systemUUID: '',
    bootID: '',
    kernelVersion: '',
    osImage: '',
    containerRuntimeVersion: '',
    kubeProxyVersion: '',
    operatingSystem: options.operatingSystem ?? 'linux',
    architecture: options.architecture ?? 'amd64',
    ...facts.nodeInfo,
    ...description.nodeInfo,
    // A provider does not know which release of the agent runs it.
    kubeletVersion: facts.kubeletVersion,
  };
}
