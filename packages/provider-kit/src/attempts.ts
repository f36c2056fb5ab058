/**
 * Restarts on platforms that run a thing only once: each further attempt is a new run, started after the back-off of a
 * kubelet. One pure state machine over what the platform shows; nothing is remembered here, so a new process goes on
 * where the old one stopped.
 */
import type { Container, PodSpec } from '@virtual-kubelet/kubernetes';
import { isSidecar, shouldRestart } from '@virtual-kubelet/kubernetes';
import type { ContainerEnd, ContainerObservation, PodObservation, PodRef } from '@virtual-kubelet/provider';

/** One run of a pod as the platform shows it. */
export interface Run {
  /** From the run's ownership tags. */
  readonly attempt: number;
  readonly containers: readonly ContainerObservation[];
  /** Wall time, milliseconds; absent while nothing runs yet. */
  readonly startedAt?: number;
  /** Wall time, milliseconds; absent while it goes on. */
  readonly endedAt?: number;
}

/** What to do about a pod's runs. */
export type NextRun =
  | { readonly do: 'nothing' }
  /** Look again at that wall time, milliseconds. */
  | { readonly do: 'wait'; readonly until: number }
  /** Start this attempt. Whoever repeats it must get the same run, so tag it and use the attempt in its idempotency token. */
  | { readonly do: 'start'; readonly attempt: number };

/** Back-off of a kubelet, milliseconds (kubernetes/kubernetes:pkg/kubelet/kubelet.go). */
const firstPause = 10_000;
const longestPause = 300_000;
/** A run that lasted this long starts the back-off anew. */
const calm = 600_000;

/** Pause between the end of an attempt and the next one, milliseconds. */
export function pauseAfter({ attempt, startedAt, endedAt }: Run): number {
  const lasted = startedAt === undefined || endedAt === undefined ? 0 : endedAt - startedAt;
  if (lasted >= calm) return firstPause;
  return Math.min(firstPause * 2 ** Math.min(attempt - 1, 16), longestPause);
}

function latest(runs: readonly Run[]): Run | undefined {
  return runs.reduce<Run | undefined>((found, run) => (found && found.attempt >= run.attempt ? found : run), undefined);
}

/** Init containers run again only together with what they prepare. */
function matters(spec: PodSpec, containers: readonly ContainerObservation[]): readonly Container[] {
  const failed = spec.initContainers?.find((c) => !isSidecar(c) && (endOf(containers, c.name)?.exitCode ?? 0) !== 0);
  return failed ? [failed] : spec.containers;
}

function endOf(containers: readonly ContainerObservation[], name: string): ContainerEnd | undefined {
  const state = containers.find((c) => c.name === name)?.state;
  return state && 'terminated' in state ? state.terminated : undefined;
}

/** An end nobody knows counts as a failure. */
function wantsAnother(run: Run, spec: PodSpec): boolean {
  return matters(spec, run.containers).some((container) => {
    const policy =
      spec.initContainers?.includes(container) && spec.restartPolicy === 'Always' ? 'OnFailure' : undefined;
    const rules = policy === undefined ? spec : { ...spec, restartPolicy: policy };
    return shouldRestart(container, rules, endOf(run.containers, container.name)?.exitCode ?? 137);
  });
}

/**
 * What follows from the runs of a pod that is to go on. The latest run decides; all containers of a pod run again
 * together, since the platform knows only the whole.
 * @param now wall time, milliseconds
 */
export function nextRun(runs: readonly Run[], spec: PodSpec, now: number): NextRun {
  const run = latest(runs);
  if (!run || run.endedAt === undefined || !wantsAnother(run, spec)) return { do: 'nothing' };
  const until = run.endedAt + pauseAfter(run);
  return now < until ? { do: 'wait', until } : { do: 'start', attempt: run.attempt + 1 };
}

function pausing(container: ContainerObservation, pause: number): ContainerObservation {
  if (!('terminated' in container.state)) return container;
  const message = `back-off ${pause / 1_000}s restarting the pod`;
  const waiting = { reason: 'CrashLoopBackOff', message };
  return { ...container, state: { waiting }, last: container.state.terminated, ready: false, started: false };
}

function counted(container: ContainerObservation, run: Run, before: Run | undefined): ContainerObservation {
  const last = container.last ?? (before && endOf(before.containers, container.name));
  return { ...container, restartCount: run.attempt - 1, ...(last ? { last } : {}) };
}

/**
 * The runs of a pod as one observation: the latest run with its number as the restart count, the end of the run before,
 * and a waiting state while another run is to come. Undefined when there are no runs.
 */
export function observationOfRuns(ref: PodRef, runs: readonly Run[], spec: PodSpec): PodObservation | undefined {
  const run = latest(runs);
  if (!run) return undefined;
  const before = latest(runs.filter((other) => other.attempt < run.attempt));
  const again = run.endedAt !== undefined && wantsAnother(run, spec);
  const containers = run.containers
    .map((container) => counted(container, run, before))
    .map((container) => (again ? pausing(container, pauseAfter(run)) : container));
  return { ref, attempt: run.attempt, containers };
}
