/** Whether the claims of a pod are ready for it to be placed. Volumes themselves say nothing about nodes here. */
import type { ClusterView } from './cluster-view.js';
import type { StoredPod } from './kinds.js';

/** Why a pod has to wait for its claims, in the words of the scheduler; undefined where it does not. */
export function claimFault(pod: StoredPod, view: ClusterView): string | undefined {
  for (const name of claimsOf(pod)) {
    const claim = view.get('persistentvolumeclaims', `${pod.metadata.namespace}/${name}`);
    if (claim === undefined) return `persistentvolumeclaim "${name}" not found`;
    if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim "${name}" is being deleted`;
    if ((claim.spec?.volumeName ?? '') === '') return 'pod has unbound immediate PersistentVolumeClaims';
  }
  return undefined;
}

/** A generic ephemeral volume is a claim named by the pod and the volume. */
function claimsOf(pod: StoredPod): readonly string[] {
  return (pod.spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim !== undefined) return [persistentVolumeClaim.claimName];
    return ephemeral === undefined ? [] : [`${pod.metadata.name}-${name}`];
  });
}
