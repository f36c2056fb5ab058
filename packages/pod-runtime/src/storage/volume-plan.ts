/** What each volume of a pod is on this machine. Pure. */
import type { PersistentVolumeSpec, Pod, Volume } from '@virtual-kubelet/kubernetes';
import { parseQuantity, podLimits, quantityValue } from '@virtual-kubelet/kubernetes';
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

/** An empty folder that lives as long as its pod. Sizes in bytes. */
export interface EmptyDirPlan {
  readonly kind: 'emptyDir';
  readonly name: string;
  readonly memory: boolean;
  readonly mode: number;
  readonly group?: number;
  /** A pod that uses more is evicted. */
  readonly limit?: number;
  /** How much a folder in memory can hold. */
  readonly size?: number;
}

/** A volume as a thing to make or use. */
export type VolumePlan =
  | EmptyDirPlan
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

/** Bytes of memory the whole pod may use; undefined when one of its containers has no limit. */
function memoryOf(pod: Pod): number | undefined {
  const { containers = [], resources } = pod.spec ?? {};
  const isLimited =
    resources?.limits?.['memory'] !== undefined || containers.every((c) => c.resources?.limits?.['memory']);
  const limit = isLimited ? podLimits(pod).get('memory') : undefined;
  return limit === undefined ? undefined : quantityValue(limit);
}

/** What fills memory counts for the pod that holds it: a folder there is no larger than what the pod may use. */
function sizeInMemory(pod: Pod, limit: number | undefined): number | undefined {
  const size = Math.min(limit ?? Infinity, memoryOf(pod) ?? Infinity);
  return size === Infinity ? undefined : size;
}

/** The empty folder a volume of the pod is. */
function emptyDirPlan(pod: Pod, volume: Volume): EmptyDirPlan {
  const { medium, mode = 0o777, sizeLimit } = volume.emptyDir ?? {};
  const group = pod.spec?.securityContext?.fsGroup;
  const memory = medium === 'Memory';
  const given = sizeLimit === undefined ? 0 : quantityValue(parseQuantity(sizeLimit));
  const limit = given > 0 ? given : undefined;
  const size = memory ? sizeInMemory(pod, limit) : undefined;
  return {
    kind: 'emptyDir',
    name: volume.name,
    memory,
    mode,
    ...(group === undefined ? {} : { group }),
    ...(limit === undefined ? {} : { limit }),
    ...(size === undefined ? {} : { size }),
  };
}

/** All empty folders of a pod, in the order of the spec. */
export function emptyDirs(pod: Pod): readonly EmptyDirPlan[] {
  return (pod.spec?.volumes ?? []).filter(({ emptyDir }) => emptyDir).map((volume) => emptyDirPlan(pod, volume));
}

function planOne(pod: Pod, at: number, given: { input: VolumeInputs | undefined; rights: MachineRights }): VolumePlan {
  const { input, rights } = given;
  const volume = pod.spec?.volumes?.[at];
  const field = `spec.volumes[${at}]`;
  if (!volume) throw failures.invalid(field, `${field} does not exist`);
  if (input?.kind === 'contents') return { kind: 'contents', name: volume.name, volume: input };
  if (input?.kind === 'claim')
    return claim(field, volume.name, { spec: input.volume, readOnly: input.readOnly, rights });
  if (volume.emptyDir) return emptyDirPlan(pod, volume);
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
