/**
 * What a pod asks for as a whole (k8s.io/component-helpers:resource, KEP 753 for sidecars, KEP 2837 for
 * resources of the pod itself).
 */
import type { Container, Pod, PodSpec, ResourceRequirements } from './generated/types.js';
import { addQuantities, compareQuantities, parseQuantity, type Quantity, zeroQuantity } from './quantity.js';

/** Amounts by the name of the resource, as `cpu`. */
export type ResourceAmounts = ReadonlyMap<string, Quantity>;

/** The three classes that decide who is killed first. */
export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** Choices of {@link podRequests} and {@link podLimits}. */
export interface PodResourcesOptions {
  /** Leaves out what the runtime class adds. @default false */
  readonly withoutOverhead?: boolean;
}

type Written = Readonly<Record<string, string>> | undefined;

/** Reads a resource list of the API. Throws {@link QuantityError}. */
export function parseResources(list: Written): ResourceAmounts {
  const entries = Object.entries(list ?? {});
  return new Map(entries.map(([name, text]) => [name, parseQuantity(text)]));
}

/** What a scheduler must set aside for a pod, its overhead included. Throws {@link QuantityError}. */
export function podRequests(pod: Pod, options: PodResourcesOptions = {}): ResourceAmounts {
  const { spec } = pod;
  if (spec === undefined) return new Map();
  const total = aggregate(spec, 'requests');
  for (const [name, amount] of ofPodItself(spec, 'requests')) total.set(name, amount);
  if (options.withoutOverhead !== true) add(total, parseResources(spec.overhead));
  return total;
}

/** What a pod may use at most, by resource; overhead counts where there is a limit. Throws {@link QuantityError}. */
export function podLimits(pod: Pod, options: PodResourcesOptions = {}): ResourceAmounts {
  const { spec } = pod;
  if (spec === undefined) return new Map();
  const total = aggregate(spec, 'limits');
  for (const [name, amount] of ofPodItself(spec, 'limits')) total.set(name, amount);
  if (options.withoutOverhead === true) return total;
  const overhead = [...parseResources(spec.overhead)];
  add(total, new Map(overhead.filter(([name]) => (total.get(name)?.nano ?? 0n) !== 0n)));
  return total;
}

/** A sidecar: an init container that keeps running beside the others. */
export function isSidecar(container: Pick<Container, 'restartPolicy'>): boolean {
  return container.restartPolicy === 'Always';
}

/**
 * Regular containers and sidecars run together. Each ordinary init container runs alone with the sidecars
 * before it, so the pod needs the greater of all those moments.
 */
function aggregate(spec: PodSpec, which: 'requests' | 'limits'): Map<string, Quantity> {
  const together = new Map<string, Quantity>();
  const sidecars = new Map<string, Quantity>();
  const starting = new Map<string, Quantity>();
  for (const container of spec.initContainers ?? []) {
    const own = parseResources(container.resources?.[which]);
    if (isSidecar(container)) {
      add(sidecars, own);
      raise(starting, sidecars);
    } else raise(starting, sum(sidecars, own));
  }
  for (const container of spec.containers) add(together, parseResources(container.resources?.[which]));
  add(together, sidecars);
  raise(together, starting);
  return together;
}

function add(total: Map<string, Quantity>, more: ResourceAmounts): void {
  for (const [name, amount] of more) {
    const before = total.get(name);
    total.set(name, before === undefined ? amount : addQuantities(before, amount));
  }
}

function sum(a: ResourceAmounts, b: ResourceAmounts): ResourceAmounts {
  const total = new Map(a);
  add(total, b);
  return total;
}

function raise(total: Map<string, Quantity>, floor: ResourceAmounts): void {
  for (const [name, amount] of floor) {
    const before = total.get(name);
    if (before === undefined || compareQuantities(amount, before) > 0) total.set(name, amount);
  }
}

function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

function ofPodItself(spec: PodSpec, which: 'requests' | 'limits'): [string, Quantity][] {
  return [...parseResources(spec.resources?.[which])].filter(([name]) => isPodLevelResource(name));
}

/** The class that follows from requests and limits of CPU and memory. Throws {@link QuantityError}. */
export function qosClass(pod: Pod): QosClass {
  const { spec } = pod;
  if (spec === undefined) return 'BestEffort';
  if (hasPodResources(spec)) return classOf(spec.resources);
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  return common(containers.map(({ resources }) => classOf(resources)));
}

function hasPodResources({ resources }: PodSpec): boolean {
  const names = [...Object.keys(resources?.requests ?? {}), ...Object.keys(resources?.limits ?? {})];
  return names.some(isPodLevelResource);
}

function classOf(resources: ResourceRequirements | undefined): QosClass {
  const requests = parseResources(resources?.requests);
  const limits = parseResources(resources?.limits);
  return common(
    ['cpu', 'memory'].map((name) => {
      const request = requests.get(name) ?? zeroQuantity;
      if (compareQuantities(request, limits.get(name) ?? zeroQuantity) !== 0) return 'Burstable';
      return request.nano === 0n ? 'BestEffort' : 'Guaranteed';
    }),
  );
}

/** What all agree on; otherwise the class between. */
function common(classes: readonly QosClass[]): QosClass {
  const [first = 'BestEffort', ...rest] = classes;
  return rest.every((other) => other === first) ? first : 'Burstable';
}
