/** Amounts of resources that env and volumes may refer to (kubernetes/kubernetes:pkg/api/v1/resource). */
import { divideRoundingUp, parseQuantity, QuantityError, zeroQuantity } from '@virtual-kubelet/kubernetes';
import type { Container, EphemeralContainer, Pod, Quantity, ResourceFieldSelector } from '@virtual-kubelet/kubernetes';
import type { Found } from './config-event.js';

/** Resource name to quantity, as in a Node's `status.allocatable`. */
export type ResourceList = Readonly<Record<string, string>>;

/** What a resource reference is read from. */
export interface ResourceContext {
  readonly pod: Pod;
  /** The container a reference without a `containerName` is about; volumes have none. */
  readonly container?: Container | EphemeralContainer;
  readonly nodeAllocatable: ResourceList;
}

function quantityIn(list: ResourceList | undefined, resource: string): Quantity {
  const text = list && Object.hasOwn(list, resource) ? list[resource] : undefined;
  return text === undefined ? zeroQuantity : parseQuantity(text);
}

/** Huge pages are never overcommitted, so a container without a limit of them has none. */
const hasDefaultLimit: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

function limitOf(container: Container | EphemeralContainer, resource: string, context: ResourceContext): Quantity {
  const lists = [container.resources?.limits];
  if (hasDefaultLimit.has(resource)) lists.push(context.pod.spec?.resources?.limits, context.nodeAllocatable);
  for (const list of lists) {
    const quantity = quantityIn(list, resource);
    if (quantity.nano !== 0n) return quantity;
  }
  return zeroQuantity;
}

function containerNamed(
  context: ResourceContext,
  name: string | undefined,
): Container | EphemeralContainer | undefined {
  if (!name) return context.container;
  const { containers = [], initContainers = [] } = context.pod.spec ?? {};
  return containers.find((c) => c.name === name) ?? initContainers.find((c) => c.name === name);
}

function amountOf(
  container: Container | EphemeralContainer,
  path: string,
  context: ResourceContext,
): Quantity | undefined {
  const match = /^(requests|limits)\.(cpu|memory|ephemeral-storage|hugepages-.*)$/.exec(path);
  const resource = match?.[2];
  if (resource === undefined) return undefined;
  return match?.[1] === 'limits'
    ? limitOf(container, resource, context)
    : quantityIn(container.resources?.requests, resource);
}

/** The value of a `resourceFieldRef`, in units of its divisor, rounded up. A limit that is not set is what the pod or the node allows. */
export function resourceField(selector: ResourceFieldSelector, context: ResourceContext): Found<string> {
  const container = containerNamed(context, selector.containerName);
  if (!container) return { problem: `container ${selector.containerName ?? '""'} not found` };
  try {
    const amount = amountOf(container, selector.resource, context);
    if (!amount) return { problem: `unsupported container resource: ${selector.resource}` };
    return { found: String(divideRoundingUp(amount, parseQuantity(selector.divisor || '0'))) };
  } catch (error) {
    if (error instanceof QuantityError) return { problem: `${selector.resource}: ${error.message}` };
    throw error;
  }
}
