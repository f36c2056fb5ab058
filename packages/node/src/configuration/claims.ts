/** Whether a claim can be used by a pod (kubernetes/kubernetes:pkg/kubelet/volumemanager/populator). Pure. */
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '@virtual-kubelet/kubernetes';
import type { Absent } from './config-content.js';
import type { ClaimAnswer } from './config-snapshot.js';

/** Keeps a claim from vanishing under pods that use it. */
const protection = 'kubernetes.io/pvc-protection';

function isGoing({ metadata }: PersistentVolumeClaim): boolean {
  return metadata?.deletionTimestamp !== undefined && metadata.finalizers?.includes(protection) !== true;
}

/** Claims of generic ephemeral volumes belong to one pod; another of that name was made by somebody else. */
function isOwnedBy({ metadata }: PersistentVolumeClaim, pod: Pod): boolean {
  return (
    metadata?.ownerReferences?.some((owner) => owner.controller === true && owner.uid === pod.metadata?.uid) === true
  );
}

/** Name of the volume a claim is bound to, or why there is none. `ephemeral`: the claim was made for this pod alone. */
export function boundVolume(
  claim: PersistentVolumeClaim | Absent,
  about: { readonly name: string; readonly pod: Pod; readonly ephemeral: boolean },
): { readonly volumeName: string } | { readonly waiting: string } {
  const subject = `persistentvolumeclaim "${about.name}"`;
  if (claim === 'absent') return { waiting: `${subject} not found` };
  if (about.ephemeral && !isOwnedBy(claim, about.pod)) return { waiting: `${subject} was not made for this pod` };
  if (isGoing(claim)) return { waiting: `${subject} is being deleted` };
  const { volumeName } = claim.spec ?? {};
  if (claim.status?.phase !== 'Bound' || !volumeName) return { waiting: `${subject} is not bound` };
  return { volumeName };
}

/** The volume's spec, once it agrees that it is bound to the claim. */
export function claimAnswer(volume: PersistentVolume | Absent, claim: PersistentVolumeClaim): ClaimAnswer {
  const name = claim.spec?.volumeName ?? '';
  if (volume === 'absent') return { waiting: `persistentvolume "${name}" not found` };
  const bound = volume.spec?.claimRef?.uid;
  if (!volume.spec || bound === undefined || bound !== claim.metadata?.uid) {
    return {
      waiting: `persistentvolume "${name}" is not bound to persistentvolumeclaim "${claim.metadata?.name ?? ''}"`,
    };
  }
  return { bound: volume.spec };
}
