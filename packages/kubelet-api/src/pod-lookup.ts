import type { ContainerStatus, Pod } from '@virtual-kubelet/kubernetes';
import type { PodRef } from '@virtual-kubelet/provider';

/** The pods of one node, as the API server has them. */
export interface PodLookup {
  /** With the newest status there is: whether a container runs must not wait until that is written. */
  find(namespace: string, name: string): Pod | undefined;
  /** All pods bound to the node. */
  list(): readonly Pod[];
}

/** The pod as providers name it. */
export function refOf(pod: Pod): PodRef {
  const { namespace = '', name = '', uid = '' } = pod.metadata ?? {};
  return { namespace, name, uid };
}

function allStatuses({ status }: Pod): readonly ContainerStatus[] {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status ?? {};
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
}

function allContainers({ spec }: Pod): readonly { readonly name: string; readonly image?: string }[] {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = spec ?? {};
  return [...containers, ...initContainers, ...ephemeralContainers];
}

/** Whether the pod has a container of this name. */
export function hasContainer(pod: Pod, container: string): boolean {
  return allContainers(pod).some(({ name }) => name === container);
}

/** What the pod's status says of a container. */
export function statusOf(pod: Pod, container: string): ContainerStatus | undefined {
  return allStatuses(pod).find(({ name }) => name === container);
}

/** The image a container runs, in the words of its runtime; before it is known, of the spec. */
export function imageOf(pod: Pod, container: string): string | undefined {
  return statusOf(pod, container)?.image || allContainers(pod).find(({ name }) => name === container)?.image;
}

/** Whether the container runs, as far as the status says. */
export function isRunning(pod: Pod, container: string): boolean {
  return statusOf(pod, container)?.state?.running !== undefined;
}

/** Whether anything of the pod runs. */
export function anyRunning(pod: Pod): boolean {
  return allStatuses(pod).some(({ state }) => state?.running !== undefined);
}
