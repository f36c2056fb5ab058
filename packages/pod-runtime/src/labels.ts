import type { PodRef } from '@virtual-kubelet/provider';
import type { ContainerSeen, Labels, SandboxSeen } from './backend.js';

/** Whose sandboxes and containers these are: the node, and its cluster where it is known. */
export interface Owner {
  readonly node: string;
  readonly cluster?: string;
}

/** Label keys. Those of the pod are the ones every other kubelet sets, so that known tools work. */
export const labelKeys = {
  name: 'io.kubernetes.pod.name',
  namespace: 'io.kubernetes.pod.namespace',
  uid: 'io.kubernetes.pod.uid',
  container: 'io.kubernetes.container.name',
  node: 'io.virtual-kubelet.node',
  cluster: 'io.virtual-kubelet.cluster',
  /** What it is: `sandbox` or `container`. */
  kind: 'io.virtual-kubelet.kind',
  /** Sandbox: how many there were before. Container: its restart count. */
  attempt: 'io.virtual-kubelet.attempt',
  /** The pod's image, as written in the spec. */
  image: 'io.virtual-kubelet.image',
  /** Milliseconds a next run has to wait for after this one ended. */
  backoff: 'io.virtual-kubelet.backoff',
  /** How often all containers of the pod had been restarted together before this run; absent: never. */
  round: 'io.virtual-kubelet.round',
} as const;

/** What everything of a node is selected by. */
export function ownerLabels({ node, cluster }: Owner): Labels {
  return { [labelKeys.node]: node, ...(cluster === undefined ? {} : { [labelKeys.cluster]: cluster }) };
}

/** What everything of a pod is selected by. */
export function podLabels(owner: Owner, ref: PodRef): Labels {
  return {
    ...ownerLabels(owner),
    [labelKeys.uid]: ref.uid,
    [labelKeys.namespace]: ref.namespace,
    [labelKeys.name]: ref.name,
  };
}

/** The pod something belongs to; undefined when it carries no such labels. */
export function refOf(labels: Labels): PodRef | undefined {
  const { [labelKeys.uid]: uid, [labelKeys.namespace]: namespace, [labelKeys.name]: name } = labels;
  return uid && namespace && name ? { uid, namespace, name } : undefined;
}

/** A sandbox of a pod, with what its labels say. */
export interface PodSandbox extends SandboxSeen {
  readonly attempt: number;
}

/** A run of a pod's container, with what its labels say. */
export interface PodContainer extends ContainerSeen {
  /** Name in the pod spec. */
  readonly name: string;
  /** Restart count: 0 for the first run. */
  readonly attempt: number;
  /** Image as the spec had it. */
  readonly specImage: string;
  /** Milliseconds to wait after its end; 0: none. */
  readonly backoff: number;
  /** How often all containers of the pod had been restarted together before it. */
  readonly round: number;
}

function count(text: string | undefined): number {
  const value = Number(text ?? 0);
  return Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
}

/** Reads a sandbox's labels. */
export function podSandbox(seen: SandboxSeen): PodSandbox {
  return { ...seen, attempt: count(seen.labels[labelKeys.attempt]) };
}

/** Reads a container's labels. */
export function podContainer(seen: ContainerSeen): PodContainer {
  const { labels } = seen;
  return {
    ...seen,
    name: labels[labelKeys.container] ?? '',
    attempt: count(labels[labelKeys.attempt]),
    specImage: labels[labelKeys.image] ?? '',
    backoff: count(labels[labelKeys.backoff]),
    round: count(labels[labelKeys.round]),
  };
}
