/** Takes a Node out of the cluster for good: only one of a virtual kubelet, and only when no agent looks after it. */
import type { ApiObject, CallOptions, Resource } from '@virtual-kubelet/client';
import { leases, nodes } from '@virtual-kubelet/client';
import type { Lease, Node } from '@virtual-kubelet/kubernetes';
import { nodeFailure } from '../errors.js';
import type { LeaseWatch } from '../lease/claim.js';
import { durationOf, instanceAnnotation, judgeLease, watchLease } from '../lease/claim.js';
import { leaseNamespace } from '../lease/lease-object.js';
import { failureKind } from './api-failure.js';
import { valueAt } from './dictionary.js';
import type { ExitOptions } from './node-exit.js';
import { leaveNode } from './node-exit.js';

/** What became of an object; `present`: it would have been deleted. */
export type Removal = 'deleted' | 'absent' | 'present';

/** What {@link deregister} found and removed. */
export interface Deregistration {
  readonly node: Removal;
  readonly lease: Removal;
}

/** Which Node, and how. */
export interface DeregisterOptions extends ExitOptions {
  /** Make sure that it may be removed, and leave it. @default false */
  readonly dryRun?: boolean;
  /** Told once when the Lease was not let go, with its holder and how long it is watched at most, in milliseconds. */
  readonly onWatching?: (holder: string, atMost: number) => void;
}

/** Belongs to no agent, so every Lease that is renewed is somebody else's. */
const nobody = { instance: '', incarnation: '', isSuperseded: false };

/**
 * Removes a Node and its Lease; its pods are removed by the cluster once the Node is gone. A Lease that was not let go is
 * watched for its duration: the agent may have been killed, or it may live, and would make the Node again.
 * @throws CodedError `VK_NODE_ABSENT`, `VK_NODE_FOREIGN` or `VK_NODE_IN_USE`; nothing was written then
 */
export async function deregister(options: DeregisterOptions): Promise<Deregistration> {
  const { node: name, dryRun = false } = options;
  const node = await read(nodes, { name }, options);
  const lease = await read(leases, { namespace: leaseNamespace, name }, options);
  if (node === undefined && !isLeaseOfAgent(lease)) throw nodeFailure('VK_NODE_ABSENT', { node: name });
  if (node !== undefined && !isVirtual(node)) throw nodeFailure('VK_NODE_FOREIGN', { node: name });
  await untilFree(lease, options);
  if (dryRun) return { node: node ? 'present' : 'absent', lease: lease ? 'present' : 'absent' };
  await leaveNode('cordon', options);
  return {
    node: await remove(nodes, node, options),
    lease: await remove(leases, lease, options),
  };
}

/** By the label that virtual kubelets of either implementation give their Nodes, and users select them by. */
function isVirtual(node: Node): boolean {
  return valueAt(node.metadata?.labels, 'type') === 'virtual-kubelet';
}

function isLeaseOfAgent(lease: Lease | undefined): boolean {
  return valueAt(lease?.metadata?.annotations, instanceAnnotation) !== undefined;
}

/** @throws CodedError `VK_NODE_IN_USE` once the Lease is seen to be renewed */
async function untilFree(found: Lease | undefined, options: DeregisterOptions): Promise<void> {
  const { clock, node, signal } = options;
  let watch: LeaseWatch | undefined;
  for (let lease = found; lease !== undefined;) {
    const now = clock.monotonic();
    const isFirst = watch === undefined;
    watch = watchLease(watch, lease, now);
    const verdict = judgeLease(lease, nobody, { watch, now });
    if (verdict.kind === 'held') throw nodeFailure('VK_NODE_IN_USE', { node, holder: verdict.holder });
    if (verdict.kind !== 'watched') return;
    const duration = durationOf(lease);
    if (isFirst) options.onWatching?.(verdict.holder, duration);
    await clock.sleep(Math.min(duration / 8, watch.since + duration - now), signal);
    lease = await read(leases, { namespace: leaseNamespace, name: node }, options);
  }
}

async function read<T extends ApiObject>(
  resource: Resource<T>,
  name: { readonly namespace?: string; readonly name: string },
  { client, signal }: ExitOptions,
): Promise<T | undefined> {
  try {
    return await client.get(resource, name, call(signal));
  } catch (error) {
    if (failureKind(error) === 'absent') return undefined;
    throw error;
  }
}

/** Removes the very object that was looked at, never a later one of its name. */
async function remove<T extends ApiObject>(
  resource: Resource<T>,
  found: T | undefined,
  { client, node: name, signal }: ExitOptions,
): Promise<Removal> {
  if (found === undefined) return 'absent';
  const { namespace, uid } = found.metadata ?? {};
  const named = namespace === undefined ? { name } : { namespace, name };
  try {
    await client.delete(resource, named, { ...call(signal), ...(uid === undefined ? {} : { uid }) });
    return 'deleted';
  } catch (error) {
    // Of a Lease: the cluster removes it together with its Node.
    if (failureKind(error) === 'absent') return 'deleted';
    throw error;
  }
}

function call(signal: AbortSignal): CallOptions {
  return { signal, lane: 'heartbeat' };
}
