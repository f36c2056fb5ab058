import { isSidecar, shouldRestart } from '@virtual-kubelet/kubernetes';
import type {
  Container,
  ContainerStateTerminated,
  ContainerStatus,
  PodSpec,
  PodStatus,
} from '@virtual-kubelet/kubernetes';
import { isTerminalPhase } from './pod-facts.js';

/** A phase this node reports. */
export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** What the phase follows from beside spec and container statuses. */
export interface PhaseFacts {
  /** Nothing of the pod will run again, whatever its restart policy says. */
  readonly final: boolean;
  /** A regular container has started, so that a sidecar that starts again does not make the pod Pending. */
  readonly initialized: boolean;
}

/** The container statuses a phase is computed from. */
export type PhaseStatuses = Pick<PodStatus, 'containerStatuses' | 'initContainerStatuses'>;

interface Tally {
  /** Containers that have not run, or of which nothing is known. */
  pending: number;
  /** Sidecars that run but have not passed their start. */
  startingSidecars: number;
  failedInit: number;
  running: number;
  stopped: number;
  stoppedForGood: number;
  succeeded: number;
}

/** A container of the spec and its status, if it has one. */
interface Reported {
  readonly container: Container;
  readonly status: ContainerStatus | undefined;
}

/** The status of a container; lists are mostly in the order of the spec. */
export function statusNamed(
  statuses: readonly ContainerStatus[] | undefined,
  name: string,
  index: number,
): ContainerStatus | undefined {
  const likely = statuses?.[index];
  return likely?.name === name ? likely : statuses?.find((status) => status.name === name);
}

function restarts(container: Container, spec: PodSpec, end: ContainerStateTerminated): boolean {
  return end.reason === 'RestartingAllContainers' || shouldRestart(container, spec, end.exitCode);
}

/** How a container's latest run ended; undefined while it runs or when it never ran. */
function latestEnd({ state, lastState }: ContainerStatus): ContainerStateTerminated | undefined {
  return state?.terminated ?? (state?.waiting ? lastState?.terminated : undefined);
}

function countInit(tally: Tally, spec: PodSpec, { container, status }: Reported): void {
  const end = status && latestEnd(status);
  if (!end) tally.pending += 1;
  else if (end.exitCode !== 0 && !restarts(container, spec, end)) tally.failedInit += 1;
}

/** Sidecars that ended do not count. */
function countSidecar(tally: Tally, status: ContainerStatus | undefined): void {
  if (status?.state?.running) {
    tally.running += 1;
    if (!status.started) tally.startingSidecars += 1;
  } else if (!status || !latestEnd(status)) tally.pending += 1;
}

function countRegular(tally: Tally, spec: PodSpec, { container, status }: Reported): void {
  const end = status && latestEnd(status);
  if (status?.state?.running) tally.running += 1;
  else if (end) {
    tally.stopped += 1;
    if (!restarts(container, spec, end)) tally.stoppedForGood += 1;
    if (status.state?.terminated && end.exitCode === 0) tally.succeeded += 1;
  } else tally.pending += 1;
}

function count(spec: PodSpec, statuses: PhaseStatuses): Tally {
  const tally: Tally = {
    pending: 0,
    startingSidecars: 0,
    failedInit: 0,
    running: 0,
    stopped: 0,
    stoppedForGood: 0,
    succeeded: 0,
  };
  for (const [index, container] of (spec.initContainers ?? []).entries()) {
    const status = statusNamed(statuses.initContainerStatuses, container.name, index);
    if (isSidecar(container)) countSidecar(tally, status);
    else countInit(tally, spec, { container, status });
  }
  for (const [index, container] of spec.containers.entries())
    countRegular(tally, spec, { container, status: statusNamed(statuses.containerStatuses, container.name, index) });
  return tally;
}

/**
 * The phase of a pod, as a kubelet computes it (kubernetes/kubernetes:pkg/kubelet/kubelet_pods.go, getPhase). It knows
 * nothing of the phase before: see {@link stickyPhase}.
 */
export function podPhase(spec: PodSpec, statuses: PhaseStatuses, facts: PhaseFacts): PodPhase {
  const tally = count(spec, statuses);
  if (tally.failedInit > 0) return 'Failed';
  if (tally.pending > 0 || (tally.startingSidecars > 0 && !facts.initialized)) return 'Pending';
  if (tally.running > 0) return 'Running';
  if (tally.stopped === 0) return 'Pending';
  if (!facts.final && tally.stopped !== tally.stoppedForGood) return 'Running';
  return tally.stopped === tally.succeeded ? 'Succeeded' : 'Failed';
}

/** Succeeded and Failed are final: once in the API they win over whatever is computed. */
export function stickyPhase(previous: string | undefined, computed: PodPhase): PodPhase {
  return isTerminalPhase(previous) ? previous : computed;
}
