import type { ContainerState, ContainerStatus, PodCondition, PodStatus } from '@virtual-kubelet/kubernetes';

/** How much of a status is left out: nothing, all messages, or whatever a status can do without. */
export type ShrinkLevel = 0 | 1 | 2;

function withoutMessage<T extends { readonly message?: string }>(from: T): Omit<T, 'message'> {
  const { message: _, ...rest } = from;
  return rest;
}

function terse(state: ContainerState | undefined): ContainerState {
  if (state?.waiting) return { waiting: withoutMessage(state.waiting) };
  return state?.terminated ? { terminated: withoutMessage(state.terminated) } : (state ?? {});
}

function terseContainer(status: ContainerStatus): ContainerStatus {
  const { state, lastState, ...rest } = status;
  return { ...rest, state: terse(state), ...(lastState ? { lastState: terse(lastState) } : {}) };
}

function bareContainer(status: ContainerStatus): ContainerStatus {
  const { name, image, imageID, containerID, ready, started, restartCount, state } = status;
  return {
    name,
    image,
    imageID,
    ready,
    restartCount,
    state: terse(state),
    ...(started === undefined ? {} : { started }),
    ...(containerID === undefined ? {} : { containerID }),
  };
}

function mapped(status: PodStatus, change: (container: ContainerStatus) => ContainerStatus): Partial<PodStatus> {
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = status;
  return {
    ...(containerStatuses ? { containerStatuses: containerStatuses.map(change) } : {}),
    ...(initContainerStatuses ? { initContainerStatuses: initContainerStatuses.map(change) } : {}),
    ...(ephemeralContainerStatuses ? { ephemeralContainerStatuses: ephemeralContainerStatuses.map(change) } : {}),
  };
}

/** A smaller form of a status the API server did not accept. What happened stays; the words about it go first. */
export function shrunk(status: PodStatus, level: ShrinkLevel): PodStatus {
  if (level === 0) return status;
  const conditions = status.conditions?.map((c): PodCondition => withoutMessage(c));
  return {
    ...withoutMessage(status),
    ...(conditions ? { conditions } : {}),
    ...mapped(status, level === 1 ? terseContainer : bareContainer),
  };
}
