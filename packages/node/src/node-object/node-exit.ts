/** What happens to the Node when its agent stops, and when it is to go for good. */
import type { Clock } from '@virtual-kubelet/base';
import type { ApiClient, ApiObject, CallOptions, Resource } from '@virtual-kubelet/client';
import { leases, nodes } from '@virtual-kubelet/client';
import { leaseNamespace } from '../lease/lease-object.js';
import { failureKind } from './api-failure.js';
import { notReady } from './node-conditions.js';
import { cordonPatch } from './node-spec.js';
import { freshConditions } from './node-status.js';

/**
 * What a clean stop does to the Node.
 * - `keep`: nothing. After the lease the cluster takes the node for unreachable; a restart within it goes unnoticed.
 * - `not-ready`: says so at once. Pods that do not tolerate it are evicted 300 s later.
 * - `cordon`: keeps new pods away; the next start takes the cordon away again.
 */
export type OnExit = 'keep' | 'not-ready' | 'cordon';

/** Which Node, and how. */
export interface ExitOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly node: string;
  readonly signal: AbortSignal;
}

/** Does once what the policy says. A Node that is not there any more is left so. */
export async function leaveNode(policy: OnExit, options: ExitOptions): Promise<void> {
  if (policy === 'keep') return;
  try {
    await (policy === 'cordon' ? cordon(options) : sayNotReady(options));
  } catch (error) {
    if (failureKind(error) !== 'absent') throw error;
  }
}

async function sayNotReady({ client, clock, node, signal }: ExitOptions): Promise<void> {
  const conditions = freshConditions([notReady('KubeletStopped', 'the virtual kubelet was stopped')], clock.wall());
  const patch = { type: 'strategic', body: { status: { conditions } } } as const;
  await client.patchQuietly(nodes, { name: node }, { ...call(signal), subresource: 'status', patch });
}

async function cordon({ client, node, signal }: ExitOptions): Promise<void> {
  const body = cordonPatch(await client.get(nodes, { name: node }, call(signal)));
  if (body === undefined) return;
  await client.patchQuietly(nodes, { name: node }, { ...call(signal), patch: { type: 'merge', body } });
}

/** What {@link deregister} found and removed. */
export interface Deregistration {
  readonly node: 'deleted' | 'absent';
  readonly lease: 'deleted' | 'absent';
}

/**
 * Removes a Node and its Lease for good. The agent must have been stopped, since it would make them again; its pods are
 * removed by the cluster once the Node is gone.
 */
export async function deregister(options: ExitOptions): Promise<Deregistration> {
  const { node } = options;
  await leaveNode('cordon', options);
  return {
    node: await remove(nodes, { name: node }, options),
    lease: await remove(leases, { namespace: leaseNamespace, name: node }, options),
  };
}

async function remove<T extends ApiObject>(
  resource: Resource<T>,
  name: { readonly namespace?: string; readonly name: string },
  { client, signal }: ExitOptions,
): Promise<'deleted' | 'absent'> {
  try {
    const found = await client.get(resource, name, call(signal));
    const uid = found.metadata?.uid;
    await client.delete(resource, name, { ...call(signal), ...(uid === undefined ? {} : { uid }) });
    return 'deleted';
  } catch (error) {
    if (failureKind(error) === 'absent') return 'absent';
    throw error;
  }
}

function call(signal: AbortSignal): CallOptions {
  return { signal, lane: 'heartbeat' };
}
