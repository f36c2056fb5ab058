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

/** Whether the pod has a container of this name. */
export function hasContainer({ spec }: Pod, container: string): boolean {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = spec ?? {};
  return [...containers, ...initContainers, ...ephemeralContainers].some(({ name }) => name === container);
}

/** What the pod's status says of a container. */
export function statusOf(pod: Pod, container: string): ContainerStatus | undefined {
  return allStatuses(pod).find(({ name }) => name === container);
}

/** Whether the container runs, as far as the status says. */
export function isRunning(pod: Pod, container: string): boolean {
  return statusOf(pod, container)?.state?.running !== undefined;
}

/** Whether anything of the pod runs. */
export function anyRunning(pod: Pod): boolean {
  return allStatuses(pod).some(({ state }) => state?.running !== undefined);
}
