/**
 * What the pods of each node ask for, kept as pods change. Numbers as the scheduler counts them: CPU in thousandths,
 * everything else in whole units rounded up.
 */
import type { Pod, Quantity } from '@virtual-kubelet/kubernetes';
import { podRequests, quantityMilliValue, quantityValue } from '@virtual-kubelet/kubernetes';
import type { StoredPod } from './kinds.js';
import { hasEnded } from './pod-state.js';

/** Amounts by resource name. */
export type Amounts = ReadonlyMap<string, number>;

/** What the pods of a node that have not ended ask for. */
export interface NodeUsage {
  readonly requested: Amounts;
  /** By `namespace/name`; ended pods that are still there included. */
  readonly pods: ReadonlyMap<string, StoredPod>;
  /** Pods that have not ended. */
  readonly active: number;
  /** Host ports in use, as {@link hostPortsOf} writes them. */
  readonly hostPorts: ReadonlyMap<string, number>;
  /** Those of the pods that have not ended and refuse some neighbours. */
  readonly withAntiAffinity: ReadonlyMap<string, StoredPod>;
}

/** The usage of all nodes. */
export interface NodeUsages {
  of(node: string): NodeUsage;
  /** Takes a change of a pod; `undefined` where it was not there before or is not any more. */
  record(before: StoredPod | undefined, after: StoredPod | undefined): void;
}

interface Mutable {
  readonly requested: Map<string, number>;
  readonly pods: Map<string, StoredPod>;
  active: number;
  readonly hostPorts: Map<string, number>;
  readonly withAntiAffinity: Map<string, StoredPod>;
}

function nothing(): Mutable {
  return { requested: new Map(), pods: new Map(), active: 0, hostPorts: new Map(), withAntiAffinity: new Map() };
}

const empty: NodeUsage = nothing();

/** Usages of an empty cluster. */
export function nodeUsages(): NodeUsages {
  const byNode = new Map<string, Mutable>();

  function change(pod: StoredPod, by: 1 | -1): void {
    const node = pod.spec?.nodeName;
    if (node === undefined || node === '') return;
    const usage = byNode.get(node) ?? nothing();
    byNode.set(node, usage);
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    if (by > 0) usage.pods.set(key, pod);
    else usage.pods.delete(key);
    if (hasEnded(pod)) return;
    if (by < 0) usage.withAntiAffinity.delete(key);
    else if (refusesNeighbours(pod)) usage.withAntiAffinity.set(key, pod);
    usage.active += by;
    for (const [name, amount] of requestsOf(pod)) add(usage.requested, name, by * amount);
    for (const port of hostPortsOf(pod)) add(usage.hostPorts, port, by);
  }

  return {
    of: (node) => byNode.get(node) ?? empty,
    record(before, after) {
      if (before !== undefined) change(before, -1);
      if (after !== undefined) change(after, 1);
    },
  };
}

function add(amounts: Map<string, number>, name: string, more: number): void {
  const next = (amounts.get(name) ?? 0) + more;
  if (next === 0) amounts.delete(name);
  else amounts.set(name, next);
}

function refusesNeighbours(pod: StoredPod): boolean {
  const anti = pod.spec?.affinity?.podAntiAffinity;
  return (anti?.requiredDuringSchedulingIgnoredDuringExecution ?? []).length > 0;
}

/** Specs are shared and never change, so what one asks for is worked out once. */
const known = new WeakMap<object, Amounts>();

/** What a pod asks for. Amounts that cannot be read count as nothing. */
export function requestsOf(pod: StoredPod): Amounts {
  const { spec } = pod;
  if (spec === undefined) return new Map();
  const found = known.get(spec);
  if (found !== undefined) return found;
  const made = new Map([...readRequests(pod)].map(([name, amount]) => [name, counted(name, amount)]));
  known.set(spec, made);
  return made;
}

function readRequests(pod: StoredPod): ReadonlyMap<string, Quantity> {
  try {
    return podRequests(pod as Pod);
  } catch {
    return new Map();
  }
}

/** An amount as a number that can be compared. */
export function counted(name: string, amount: Quantity): number {
  return name === 'cpu' ? quantityMilliValue(amount) : quantityValue(amount);
}

/** The host ports a pod takes, as `TCP 8080 0.0.0.0`. */
export function hostPortsOf(pod: StoredPod): readonly string[] {
  const containers = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []).filter((one) => one.restartPolicy === 'Always'),
  ];
  return containers.flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort = 0, hostIP, protocol = 'TCP' }) =>
      hostPort > 0 ? [`${protocol} ${hostPort} ${hostIP === undefined || hostIP === '' ? '0.0.0.0' : hostIP}`] : [],
    ),
  );
}
