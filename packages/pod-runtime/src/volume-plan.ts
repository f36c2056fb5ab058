/** What each volume of a pod is on this machine. Pure. */
import type { PersistentVolumeSpec, Pod, Volume } from '@virtual-kubelet/kubernetes';
import type { ContentVolume, VolumeInputs } from '@virtual-kubelet/provider';
import { failures } from '@virtual-kubelet/provider';

/** What a pod may ask of the machine beyond its own sandbox. */
export interface MachineRights {
  /** Folders of the machine that pods may mount, with all below them. */
  readonly hostPaths: readonly string[];
  readonly privileged: boolean;
  /** Network, process and IPC namespaces of the machine. */
  readonly hostNamespaces: boolean;
}

/** A volume as a thing to make or use. */
export type VolumePlan =
  | {
      readonly kind: 'emptyDir';
      readonly name: string;
      readonly memory: boolean;
      readonly mode: number;
      readonly group?: number;
    }
  | { readonly kind: 'contents'; readonly name: string; readonly volume: ContentVolume }
  | {
      readonly kind: 'path';
      readonly name: string;
      readonly path: string;
      readonly readOnly: boolean;
      /** As `hostPath.type`: what has to be there, or is made. */
      readonly type: string;
      /** Folders the path has to be in once links are followed. */
      readonly within: readonly string[];
    };

/** Whether a path is the folder or in it. */
export function isBelow(path: string, folder: string): boolean {
  const base = folder.replace(/\/+$/, '');
  return path === base || path.startsWith(`${base}/`);
}

/** Whether pods may mount the path. Dots are refused, so that no path leads out of what it names. */
export function mayMount(path: string, allowed: readonly string[]): boolean {
  return path.startsWith('/') && !path.split('/').includes('..') && allowed.some((folder) => isBelow(path, folder));
}

function hostPath(
  field: string,
  wanted: { name: string; path: string; type: string; readOnly: boolean },
  rights: MachineRights,
): VolumePlan {
  if (mayMount(wanted.path, rights.hostPaths)) return { kind: 'path', within: rights.hostPaths, ...wanted };
  throw failures.unsupported(field, `${field}: pods may not mount ${wanted.path} of the machine`);
}

function claim(
  field: string,
  name: string,
  source: { spec: PersistentVolumeSpec; readOnly: boolean; rights: MachineRights },
): VolumePlan {
  const { spec, readOnly, rights } = source;
  const path = spec.local?.path ?? spec.hostPath?.path;
  if (path === undefined)
    throw failures.unsupported(field, `${field}: only volumes of kind local and hostPath can be used here`);
  return hostPath(
    field,
    { name, path, type: spec.local ? 'Directory' : (spec.hostPath?.type ?? ''), readOnly },
    rights,
  );
}

function emptyDir(volume: Volume, group: number | undefined): VolumePlan {
  const { medium, mode } = volume.emptyDir ?? {};
  return {
    kind: 'emptyDir',
    name: volume.name,
    memory: medium === 'Memory',
    mode: mode ?? 0o777,
    ...(group === undefined ? {} : { group }),
  };
}

function planOne(pod: Pod, at: number, given: { input: VolumeInputs | undefined; rights: MachineRights }): VolumePlan {
  const { input, rights } = given;
  const volume = pod.spec?.volumes?.[at];
  const field = `spec.volumes[${at}]`;
  if (!volume) throw failures.invalid(field, `${field} does not exist`);
  if (input?.kind === 'contents') return { kind: 'contents', name: volume.name, volume: input };
  if (input?.kind === 'claim')
    return claim(field, volume.name, { spec: input.volume, readOnly: input.readOnly, rights });
  if (volume.emptyDir) return emptyDir(volume, pod.spec?.securityContext?.fsGroup);
  if (volume.hostPath)
    return hostPath(
      `${field}.hostPath`,
      { name: volume.name, path: volume.hostPath.path, type: volume.hostPath.type ?? '', readOnly: false },
      rights,
    );
  throw failures.unsupported(field, `${field}: volumes of this kind cannot be used here`);
}

/**
 * All volumes of a pod, in the order of the spec.
 * @throws a failure of kind Unsupported naming the field of a volume that cannot be had
 */
export function planVolumes(pod: Pod, inputs: readonly VolumeInputs[], rights: MachineRights): readonly VolumePlan[] {
  return (pod.spec?.volumes ?? []).map((volume, at) =>
    planOne(pod, at, { input: inputs.find((input) => input.name === volume.name), rights }),
  );
}
