/** The Lease object of a node as we write it. What others put there stays. */
import type { Lease, OwnerReference } from '@virtual-kubelet/kubernetes';
import { formatMicroTime } from '@virtual-kubelet/kubernetes';
import { merged, without } from '../node-object/dictionary.js';
import { incarnationAnnotation, instanceAnnotation } from './claim.js';

/** Where kubelets keep their Leases, and the node lifecycle controller looks for them. */
export const leaseNamespace = 'kube-node-lease';

/** What a renewal says. */
export interface Renewal {
  readonly node: string;
  /** UID of the Node, which takes the Lease with it when it is deleted; absent while there is no Node. */
  readonly nodeUid: string | undefined;
  readonly instance: string;
  readonly incarnation: string;
  /** Milliseconds. */
  readonly duration: number;
  /** Wall time, milliseconds. */
  readonly now: number;
}

/** The Lease to create, or to replace `seen` with. */
export function renewedLease(seen: Lease | undefined, renewal: Renewal): Lease {
  const { node, nodeUid, instance, incarnation, duration, now } = renewal;
  const owners = ownersOf(seen, node, nodeUid);
  return {
    ...seen,
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      ...seen?.metadata,
      namespace: leaseNamespace,
      name: node,
      annotations: merged(seen?.metadata?.annotations, {
        [instanceAnnotation]: instance,
        [incarnationAnnotation]: incarnation,
      }),
      ...(owners.length === 0 ? {} : { ownerReferences: owners }),
    },
    spec: {
      ...seen?.spec,
      holderIdentity: node,
      leaseDurationSeconds: Math.round(duration / 1000),
      renewTime: formatMicroTime(now),
    },
  };
}

/** The Lease with the claim let go, so that anybody may take it at once. */
export function releasedLease(seen: Lease): Lease {
  const annotations = without(seen.metadata?.annotations ?? {}, (key) => key === incarnationAnnotation);
  return { ...seen, metadata: { ...seen.metadata, annotations: merged(annotations, { [instanceAnnotation]: '' }) } };
}

/** Whether the garbage collector deletes the Lease together with this Node. */
export function isOwnedBy(lease: Lease | undefined, nodeUid: string): boolean {
  return lease?.metadata?.ownerReferences?.some(({ uid }) => uid === nodeUid) ?? false;
}

/** A reference to an earlier Node of that name would let the garbage collector delete the Lease again and again. */
function ownersOf(seen: Lease | undefined, node: string, uid: string | undefined): readonly OwnerReference[] {
  const present = seen?.metadata?.ownerReferences ?? [];
  if (uid === undefined) return present;
  const foreign = present.filter((each) => each.kind !== 'Node' || each.name !== node);
  return [...foreign, { apiVersion: 'v1', kind: 'Node', name: node, uid }];
}
