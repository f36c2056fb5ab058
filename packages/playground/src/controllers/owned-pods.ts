/** Which pods belong to what selects them: controllers adopt pods that nobody owns and let go of what no longer fits. */
import { matchesLabels, requirementsOf, SelectorError } from '@virtual-kubelet/kubernetes';
import type { LabelRequirements, LabelSelector, OwnerReference, Pod } from '@virtual-kubelet/kubernetes';
import type { ClusterView, Located } from './cluster-view.js';
import type { Stored, StoredPod } from './kinds.js';
import { controllerOf, typed } from './cluster-view.js';
import type { Addressed, Write } from './write.js';
import { patchWrite } from './write.js';

/** The reference by which an object manages another. */
export function controllerRef(owner: Addressed): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  const { name, uid } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** What an owner selects with; undefined, which matches nothing, where the selector cannot be read. */
export function selectionOf(selector: LabelSelector | undefined): LabelRequirements | undefined {
  try {
    return requirementsOf(selector);
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}

/** The objects of a resource that an owner manages. */
export function managedBy<T>(view: ClusterView, owner: Addressed, storage: string): readonly Stored<T>[] {
  const { uid } = owner.metadata;
  const isManaged = ({ object, storage: at }: Located): boolean => at === storage && controllerOf(object)?.uid === uid;
  return view
    .ownedBy(uid)
    .filter(isManaged)
    .map(({ object }) => typed<T>(object));
}

/** The pods of an owner, and the writes that make it so. */
export interface Claim {
  readonly pods: readonly StoredPod[];
  readonly writes: readonly Write[];
}

/** Claims pods: its own that it selects stay, others it lets go; those that nobody owns it takes, unless it is leaving. */
export function claimPods(
  view: ClusterView,
  owner: Addressed & { readonly metadata: { readonly deletionTimestamp?: string } },
  selector: LabelSelector | undefined,
): Claim {
  const requirements = selectionOf(selector);
  const selects = (pod: StoredPod): boolean => matchesLabels(requirements, pod.metadata.labels);
  const own = managedBy<Pod>(view, owner, 'pods');
  const lost = own.filter((pod) => !selects(pod) && pod.metadata.deletionTimestamp === undefined);
  const isLeaving = owner.metadata.deletionTimestamp !== undefined;
  const found =
    isLeaving || requirements === undefined || requirements.length === 0
      ? []
      : view
          .orphanPods(owner.metadata.namespace ?? '')
          .filter((pod) => selects(pod) && pod.metadata.deletionTimestamp === undefined);
  return {
    pods: [...own.filter(selects), ...found],
    writes: [...lost.map((pod) => release(pod, owner)), ...found.map((pod) => adopt(pod, owner))],
  };
}

function release(pod: StoredPod, owner: Addressed): Write {
  const ownerReferences = (pod.metadata.ownerReferences ?? []).filter((one) => one.uid !== owner.metadata.uid);
  return patchWrite(pod, { metadata: { ownerReferences } });
}

function adopt(pod: StoredPod, owner: Addressed): Write {
  const ownerReferences = [...(pod.metadata.ownerReferences ?? []), controllerRef(owner)];
  return patchWrite(pod, { metadata: { uid: pod.metadata.uid, ownerReferences } });
}

/** The key of the owner of a kind that manages an object; none where it is of another kind. */
export function ownerKey(object: Stored<object>, kind: string): readonly string[] {
  const owner = controllerOf(object);
  return owner?.kind === kind ? [`${object.metadata.namespace}/${owner.name}`] : [];
}
