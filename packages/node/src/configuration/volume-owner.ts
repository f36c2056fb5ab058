/** Whom the files of volumes belong to (kubernetes/kubernetes:pkg/volume/util/util.go FsUserFrom, volume_linux.go). Pure. */
import type { Pod } from '@virtual-kubelet/kubernetes';

/** User and group of a pod's volumes; absent: root. */
export interface VolumeOwner {
  readonly user?: number;
  readonly group?: number;
}

/** What the owning group may do beside the mode of a file: volumes made of contents are read only. */
const groupMode = 0o440;

/** Mode of a token that belongs to somebody. */
const tokenMode = 0o600;

/** The one user all containers run as; undefined when they do not say or differ. */
function commonUser({ spec }: Pod): number | undefined {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const users = containers.map((c) => c.securityContext?.runAsUser ?? spec?.securityContext?.runAsUser);
  const [first] = users;
  return users.every((user) => user === first) ? first : undefined;
}

/** Whom the volumes of a pod belong to. */
export function volumeOwner(pod: Pod): VolumeOwner {
  const user = commonUser(pod);
  const group = pod.spec?.securityContext?.fsGroup;
  return { ...(user === undefined ? {} : { user }), ...(group === undefined ? {} : { group }) };
}

/** A file's mode once its group may read it. */
export function ownedMode(mode: number, owner: VolumeOwner): number {
  return owner.group === undefined ? mode : mode | groupMode;
}

/** The mode of a token: open to its owner only, when it has one. */
export function ownedTokenMode(mode: number, owner: VolumeOwner): number {
  return owner.user === undefined && owner.group === undefined ? mode : tokenMode;
}
