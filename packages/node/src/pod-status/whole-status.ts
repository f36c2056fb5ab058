import type { ContainerStatus, PodStatus } from '@virtual-kubelet/kubernetes';
import type { ContainerObservation, ContainerObservationState, PodObservation } from '@virtual-kubelet/provider';

function stateOf({ state }: ContainerStatus): ContainerObservationState {
  if (state?.running) return { running: { startedAt: state.running.startedAt ?? '' } };
  if (state?.terminated) return { terminated: state.terminated };
  const { reason = '', message } = state?.waiting ?? {};
  return { waiting: { reason, ...(message === undefined ? {} : { message }) } };
}

function observed(status: ContainerStatus): ContainerObservation {
  const { name, restartCount, ready, started, image, imageID, containerID, resources, lastState } = status;
  return {
    name,
    state: stateOf(status),
    restartCount,
    ready,
    ...(started === undefined ? {} : { started }),
    ...(image ? { image } : {}),
    ...(imageID ? { imageID } : {}),
    ...(containerID ? { containerID } : {}),
    ...(resources ? { resources } : {}),
    ...(lastState?.terminated ? { last: lastState.terminated } : {}),
  };
}

function listsOf(status: PodStatus): readonly ContainerStatus[] {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status;
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
}

/** A whole status as the observation it implies, so that the same rules hold for it as for any other. */
export function observationOfWhole(observation: PodObservation, status: PodStatus): PodObservation {
  const { podIPs, podIP, hostIPs, hostIP } = status;
  const own = podIPs?.map(({ ip }) => ip) ?? (podIP ? [podIP] : undefined);
  const host = hostIPs?.map(({ ip }) => ip) ?? (hostIP ? [hostIP] : undefined);
  const { reason, message } = status;
  return {
    ...observation,
    containers: listsOf(status).map(observed),
    ...(own ? { podIPs: own } : {}),
    ...(host ? { hostIPs: host } : {}),
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
  };
}

/** Fields of container statuses that observations do not have, by container. */
export function otherFieldsOfWhole(status: PodStatus): ReadonlyMap<string, Partial<ContainerStatus>> {
  const fields = listsOf(status).map(({ name, volumeMounts, user, stopSignal, allocatedResourcesStatus }) => {
    const other: Partial<ContainerStatus> = {
      ...(volumeMounts ? { volumeMounts } : {}),
      ...(user ? { user } : {}),
      ...(stopSignal ? { stopSignal } : {}),
      ...(allocatedResourcesStatus ? { allocatedResourcesStatus } : {}),
    };
    return [name, other] as const;
  });
  return new Map(fields);
}
