/** What happens to the Node when its agent stops. */
import type { Clock } from '@virtual-kubelet/base';
import type { ApiClient, CallOptions } from '@virtual-kubelet/client';
import { nodes } from '@virtual-kubelet/client';
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

function call(signal: AbortSignal): CallOptions {
  return { signal, lane: 'heartbeat' };
}
