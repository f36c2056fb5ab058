import type { Transport } from '@virtual-kubelet/base';
import { lineSplitter } from '@virtual-kubelet/base';
import type { Lease } from '@virtual-kubelet/kubernetes';

/** Follows the Leases of nodes in use through everything that is done to their agents. */
export interface Heartbeats {
  /** An agent of the node may run from now on, or (false) does not. */
  used(node: string, isUsed: boolean): void;
  /** Largest time between two renewals the observer saw, seconds, by node. A node that renewed once has none. */
  gaps(): ReadonlyMap<string, number>;
  close(): void;
}

interface Beat {
  readonly renewed: string;
  readonly at: number;
}

/** Starts watching the Leases of all nodes; resolves once the watch stands. */
export async function watchHeartbeats(transport: Transport): Promise<Heartbeats> {
  const life = new AbortController();
  const latest = new Map<string, Beat>();
  const gaps = new Map<string, number>();
  const inUse = new Set<string>();
  const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases?watch=true&timeoutSeconds=3600';
  const { body } = await transport.stream({ method: 'GET', path, lane: 'watch', signal: life.signal });
  const take = (lease: Lease, at: number): void => {
    const [node = '', renewed = ''] = [lease.metadata?.name, lease.spec?.renewTime];
    const before = latest.get(node);
    if (!inUse.has(node) || before?.renewed === renewed) return;
    if (before) gaps.set(node, Math.max(gaps.get(node) ?? 0, (at - before.at) / 1_000));
    latest.set(node, { renewed, at });
  };
  const follow = async (): Promise<void> => {
    const lines = lineSplitter();
    for await (const chunk of body) {
      const at = performance.now();
      for (const line of lines.push(chunk))
        take((JSON.parse(Buffer.from(line).toString()) as { object: Lease }).object, at);
    }
  };
  follow().catch(() => undefined);
  return {
    used(node, isUsed) {
      latest.delete(node);
      if (isUsed) inUse.add(node);
      else inUse.delete(node);
    },
    gaps: () => gaps,
    close: () => life.abort(),
  };
}
