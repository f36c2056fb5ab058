/**
 * When a pod has taken more of the disk than it may (kubernetes/kubernetes:pkg/kubelet/eviction, localStorageEviction).
 * Pure. Logs do not count: only the engine knows where they are.
 */
import type { Container, Pod } from '@virtual-kubelet/kubernetes';
import { formatQuantity, parseQuantity, podLimits, quantityValue } from '@virtual-kubelet/kubernetes';
import { emptyDirs } from './volume-plan.js';

/** Milliseconds between two measurements. */
export const measuring = 10_000;
/** Grace of a pod that took too much, milliseconds. */
export const evictionGrace = 1_000;

/** Bytes in use. */
export interface StorageUse {
  /** By volume. */
  readonly volumes: ReadonlyMap<string, number>;
  /** What running containers wrote outside of volumes, by container. */
  readonly containers: ReadonlyMap<string, number>;
}

const resource = 'ephemeral-storage';

function limitOf({ resources }: Pick<Container, 'resources'>): string | undefined {
  return resources?.limits?.[resource];
}

function regular(pod: Pod): readonly Container[] {
  const { initContainers = [], containers = [] } = pod.spec ?? {};
  return [...initContainers, ...containers];
}

/** What has to be measured to know whether the pod stays within its limits. */
export function measured(pod: Pod): { readonly volumes: boolean; readonly containers: boolean } {
  const containers = regular(pod).some((container) => limitOf(container) !== undefined);
  return { containers, volumes: containers || emptyDirs(pod).some(({ limit }) => limit !== undefined) };
}

function sum(sizes: Iterable<number>): number {
  let total = 0;
  for (const size of sizes) total += size;
  return total;
}

function overVolume(pod: Pod, use: StorageUse): string | undefined {
  const over = emptyDirs(pod).find(({ name, limit }) => limit !== undefined && (use.volumes.get(name) ?? 0) > limit);
  const written = pod.spec?.volumes?.find(({ name }) => name === over?.name)?.emptyDir?.sizeLimit;
  return over && `Usage of EmptyDir volume "${over.name}" exceeds the limit "${written}". `;
}

function overPod(pod: Pod, use: StorageUse): string | undefined {
  const limit = podLimits(pod).get(resource);
  const isLimited = pod.spec?.containers.every((container) => limitOf(container) !== undefined);
  if (!limit || !isLimited) return undefined;
  const onDisk = emptyDirs(pod).filter(({ memory }) => !memory);
  const total = sum(onDisk.map(({ name }) => use.volumes.get(name) ?? 0)) + sum(use.containers.values());
  if (total <= quantityValue(limit)) return undefined;
  return `Pod ephemeral local storage usage exceeds the total limit of containers ${formatQuantity(limit)}. `;
}

function overContainer(pod: Pod, use: StorageUse): string | undefined {
  for (const container of regular(pod)) {
    const limit = limitOf(container);
    if (limit !== undefined && (use.containers.get(container.name) ?? 0) > quantityValue(parseQuantity(limit)))
      return `Container ${container.name} exceeded its local ephemeral storage limit "${limit}". `;
  }
  return undefined;
}

/** Why the pod has to go, in the words of a kubelet; undefined while it keeps within its limits. */
export function overuse(pod: Pod, use: StorageUse): string | undefined {
  return overVolume(pod, use) ?? overPod(pod, use) ?? overContainer(pod, use);
}
