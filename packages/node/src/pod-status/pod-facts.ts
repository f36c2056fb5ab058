import type { ContainerStatus, Pod, PodStatus } from '@virtual-kubelet/kubernetes';

/** Whether the phase is one that a pod never leaves. */
export function isTerminalPhase(phase: string | undefined): phase is 'Succeeded' | 'Failed' {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Whether the pod is over for good, by its status in the API. */
export function isTerminal(pod: Pod): boolean {
  return isTerminalPhase(pod.status?.phase);
}

/** Whether the pod's Ready condition is True. */
export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
}

/** Whether the container runs, ended, or ended and waits for its next run. */
export function hasStarted({ state, lastState }: ContainerStatus): boolean {
  return Boolean(state?.running ?? state?.terminated ?? lastState?.terminated);
}

function isRunning({ state }: ContainerStatus): boolean {
  return Boolean(state?.running);
}

function some(status: PodStatus, holds: (container: ContainerStatus) => boolean): boolean {
  return (
    (status.containerStatuses?.some(holds) ?? false) ||
    (status.initContainerStatuses?.some(holds) ?? false) ||
    (status.ephemeralContainerStatuses?.some(holds) ?? false)
  );
}

/** Whether any container of any kind is known to have started. */
export function anyContainerStarted(status: PodStatus | undefined): boolean {
  return status !== undefined && some(status, hasStarted);
}

/** Whether some container of any kind runs now. */
export function anyContainerRuns(status: PodStatus): boolean {
  return some(status, isRunning);
}

/**
 * Whether every regular container of the spec ended and no container of any kind runs. A container that waits for another
 * run has not ended.
 */
export function allContainersEnded(pod: Pod, status: PodStatus): boolean {
  const ended = (name: string): boolean =>
    status.containerStatuses?.some((c) => c.name === name && c.state?.terminated) ?? false;
  const containers = pod.spec?.containers ?? [];
  return containers.length > 0 && containers.every((c) => ended(c.name)) && !anyContainerRuns(status);
}
