import type { Container } from '@virtual-kubelet/kubernetes';
import type { RuntimeFacts } from '@virtual-kubelet/provider';
import { subPathOf } from '@virtual-kubelet/provider';
import type { BackendMount } from '../backend.js';
import { inputsOf } from './container-spec.js';
import { hostsFile, machineHostsFile, resolvFile } from './etc-files.js';
import type { PodToRun } from '../pod/pod-record.js';
import type { PodStorage } from '../storage/pod-storage.js';
import { ContainerConfigError } from './security.js';
import type { MachineRights, VolumePlan } from '../storage/volume-plan.js';
import { planVolumes } from '../storage/volume-plan.js';

/** What mounts are made from. */
export interface MountOptions {
  readonly storage: PodStorage;
  readonly rights: MachineRights;
  readonly facts: RuntimeFacts;
  readonly attempt: number;
}

/** Where a container finds the file for its last words. */
export const usualTerminationPath = '/dev/termination-log';

function propagationOf(text: string | undefined): NonNullable<BackendMount['propagation']> {
  if (text === 'Bidirectional') return 'rshared';
  return text === 'HostToContainer' ? 'rslave' : 'private';
}

/** A volume with its path on the machine. */
type MadeVolume = VolumePlan & { readonly at: string };

/** The volumes of a pod by name. Contents were written when they came from the node: a record does not hold them. */
async function volumesOf(
  record: PodToRun,
  { storage, rights }: MountOptions,
): Promise<ReadonlyMap<string, MadeVolume>> {
  const { uid } = record.ref;
  const made = new Map<string, MadeVolume>();
  for (const plan of planVolumes(record.pod, record.inputs.volumes, rights)) {
    const at = plan.kind === 'contents' ? storage.volumePath(uid, plan.name) : await storage.prepareVolume(uid, plan);
    made.set(plan.name, { ...plan, at });
  }
  return made;
}

async function volumeMounts(
  record: PodToRun,
  container: Container,
  options: MountOptions,
): Promise<readonly BackendMount[]> {
  const { storage, facts } = options;
  const volumes = await volumesOf(record, options);
  const mounts: BackendMount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const volume = volumes.get(mount.name);
    if (!volume) throw new ContainerConfigError(`volume "${mount.name}" does not exist`);
    const inputs = inputsOf(record.inputs, container.name) ?? { name: container.name, env: [] };
    const below = subPathOf(mount, inputs, facts);
    mounts.push({
      source: below === undefined ? volume.at : await storage.subPath(volume.at, below),
      target: mount.mountPath,
      // What comes from the cluster is written by the node alone.
      readOnly: mount.readOnly === true || volume.kind === 'contents' || (volume.kind === 'path' && volume.readOnly),
      propagation: propagationOf(mount.mountPropagation),
    });
  }
  return mounts;
}

async function etcMounts(record: PodToRun, options: MountOptions): Promise<readonly BackendMount[]> {
  const { storage, facts } = options;
  const { uid } = record.ref;
  const mounts: BackendMount[] = [];
  const hosts = record.pod.spec?.hostNetwork
    ? machineHostsFile(record.pod, await storage.machineHosts())
    : hostsFile(record.pod, record.inputs, facts.podIPs);
  mounts.push({ source: await storage.writeFile(uid, 'hosts', hosts), target: '/etc/hosts', readOnly: false });
  const resolv = resolvFile(record.inputs.dns);
  if (resolv !== undefined) {
    const source = await storage.writeFile(uid, 'resolv.conf', resolv);
    mounts.push({ source, target: '/etc/resolv.conf', readOnly: false });
  }
  return mounts;
}

/** Everything that is mounted into one run of a container. The spec's own mounts win over ours. */
export async function containerMounts(
  record: PodToRun,
  container: Container,
  options: MountOptions,
): Promise<readonly BackendMount[]> {
  const { storage, attempt } = options;
  const own = await volumeMounts(record, container, options);
  const taken = new Set(own.map(({ target }) => target));
  const log = await storage.createTerminationLog({ uid: record.ref.uid, container: container.name, attempt });
  const ours = [
    ...(await etcMounts(record, options)),
    { source: log, target: container.terminationMessagePath || usualTerminationPath, readOnly: false },
  ];
  return [...own, ...ours.filter(({ target }) => !taken.has(target))];
}
