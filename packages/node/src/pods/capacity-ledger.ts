import { parseQuantity, podRequests } from '@virtual-kubelet/kubernetes';
import type { Pod } from '@virtual-kubelet/kubernetes';

/** Room for pods on a node, kept by what the running pods requested. Amounts in nano-units. */
export interface CapacityLedger {
  /** Takes room for the pod, or names the resource that is short. A pod counts once, however often it is admitted. */
  admit(uid: string, pod: Pod): Shortage | undefined;
  /** Counts a pod that runs already, even beyond the node's room. */
  count(uid: string, pod: Pod): void;
  /** Gives the pod's room back. */
  release(uid: string): void;
}

/** A resource of which the node has too little left. Amounts as a kubelet words them: cpu in thousandths, others whole. */
export interface Shortage {
  readonly resource: string;
  readonly requested: bigint;
  readonly used: bigint;
  readonly capacity: bigint;
}

function shown(resource: string, nano: bigint): bigint {
  return nano / (resource === 'cpu' ? 1_000_000n : 1_000_000_000n);
}

function requestsOf(pod: Pod): ReadonlyMap<string, bigint> {
  const requests = new Map<string, bigint>([['pods', 1_000_000_000n]]);
  for (const [name, quantity] of podRequests(pod)) if (quantity.nano > 0n) requests.set(name, quantity.nano);
  return requests;
}

/**
 * Makes an empty ledger.
 * @param allocatable the node's present allocatable resources, name to quantity
 */
export function capacityLedger(allocatable: () => Readonly<Record<string, string>>): CapacityLedger {
  const held = new Map<string, ReadonlyMap<string, bigint>>();
  const used = new Map<string, bigint>();
  const add = (requests: ReadonlyMap<string, bigint>, sign: bigint): void => {
    for (const [name, nano] of requests) used.set(name, (used.get(name) ?? 0n) + sign * nano);
  };
  const count = (uid: string, requests: ReadonlyMap<string, bigint>): void => {
    if (held.has(uid)) return;
    held.set(uid, requests);
    add(requests, 1n);
  };
  return {
    admit(uid, pod) {
      if (held.has(uid)) return undefined;
      const room = allocatable();
      const requests = requestsOf(pod);
      for (const [resource, nano] of requests) {
        const capacity = Object.hasOwn(room, resource) ? parseQuantity(room[resource] ?? '0').nano : 0n;
        const taken = used.get(resource) ?? 0n;
        if (taken + nano <= capacity) continue;
        const [requested, inUse, all] = [nano, taken, capacity].map((amount) => shown(resource, amount));
        return { resource, requested: requested ?? 0n, used: inUse ?? 0n, capacity: all ?? 0n };
      }
      count(uid, requests);
      return undefined;
    },
    count: (uid, pod) => count(uid, requestsOf(pod)),
    release(uid) {
      const requests = held.get(uid);
      if (!requests) return;
      held.delete(uid);
      add(requests, -1n);
    },
  };
}
