/** The values a pod is decided on. Plain data; see `decide.ts` for the rules. */
import type { Container, EphemeralContainer, Pod, PodSpec } from '@virtual-kubelet/kubernetes';
import { isSidecar, mayRestartAll, restartsAllAfter } from '@virtual-kubelet/kubernetes';
import type { PodRef } from '@virtual-kubelet/provider';
import type { PodContainer, PodSandbox } from '../labels.js';

/** A stop that has begun. Kept in memory only: after a restart of the agent it begins anew. */
export interface StopMark {
  /** Monotonic time of the beginning, milliseconds. */
  readonly since: number;
  /** Milliseconds between then and the kill. */
  readonly grace: number;
  readonly preStop: 'none' | 'running' | 'done';
  readonly signalledAt?: number;
  readonly killedAt?: number;
}

/** What is known of one run beside what the engine shows. */
export interface ContainerMark {
  /** The postStart hook of this run. */
  readonly postStart?: 'done' | 'failed';
  /** The startup probe passed. */
  readonly startup?: boolean;
  /** The readiness probe passes. */
  readonly ready?: boolean;
  /** A liveness or startup probe gave the container up: seconds of grace it named, and why. */
  readonly unhealthy?: { readonly message: string; readonly graceSeconds?: number };
  /** The engine could not start it: it ended before it began. Wall time, milliseconds. */
  readonly startFailure?: { readonly at: number; readonly message: string };
  /** It has to start again for a change of its resources. */
  readonly replace?: boolean;
  readonly stop?: StopMark;
  /** What it left as termination message. */
  readonly message?: string;
}

/** A start that failed before there was a container: image, configuration, creation. */
export interface StartFailure {
  /** Waiting reason as kubectl shows it. */
  readonly reason: string;
  readonly message: string;
  /** Waiting reason and message while it waits for the next try, where they differ. */
  readonly pause?: { readonly reason: string; readonly message: string };
  /** Monotonic time of the failure, milliseconds. */
  readonly at: number;
  /** Milliseconds until the next try. */
  readonly delay: number;
}

/** Everything one decision depends on. */
export interface PodSituation {
  readonly ref: PodRef;
  readonly pod: Pod;
  /** What containers are made from is there; without it nothing is started. */
  readonly isHanded: boolean;
  /** The pod has to end, with this grace in milliseconds. */
  readonly deletion?: { readonly grace: number };
  /** The pod has to end at once since it took too much of the disk. */
  readonly eviction?: { readonly message: string };
  readonly sandboxes: readonly PodSandbox[];
  readonly containers: readonly PodContainer[];
  /** By container id. */
  readonly marks: ReadonlyMap<string, ContainerMark>;
  /** By container name; the empty name stands for the sandbox. */
  readonly failures: ReadonlyMap<string, StartFailure>;
  /** How far images have come that are being pulled, by container name. */
  readonly pulling: ReadonlyMap<string, string>;
  /** Actions that are under way, by {@link busyKey}. */
  readonly busy: ReadonlySet<string>;
  /** Wall and monotonic time, milliseconds. */
  readonly wall: number;
  readonly now: number;
}

/** Names a long action, so that it is not begun twice. */
export function busyKey(action: 'sandbox' | 'start' | 'postStart' | 'preStop', what: string): string {
  return `${action}/${what}`;
}

/** What a container is in its pod. */
export type ContainerRole = 'init' | 'sidecar' | 'regular' | 'ephemeral';

/** A container of the spec with its role. Ephemeral ones have the same fields as far as they matter here. */
export interface SpecContainer {
  readonly role: ContainerRole;
  readonly container: Container;
}

/** Every container of the pod: init and sidecars in order, then regular, then ephemeral. */
export function specContainers(spec: PodSpec): readonly SpecContainer[] {
  const { initContainers = [], containers, ephemeralContainers = [] } = spec;
  const ephemeral = (container: EphemeralContainer): SpecContainer => ({ role: 'ephemeral', container });
  return [
    ...initContainers.map((container): SpecContainer => ({
      role: isSidecar(container) ? 'sidecar' : 'init',
      container,
    })),
    ...containers.map((container): SpecContainer => ({ role: 'regular', container })),
    ...ephemeralContainers.map(ephemeral),
  ];
}

/** The spec of a pod; an empty one when there is none. */
export function specOf(pod: Pod): PodSpec {
  return pod.spec ?? { containers: [] };
}

function isLater(a: PodContainer, b: PodContainer): boolean {
  return a.attempt > b.attempt || (a.attempt === b.attempt && a.createdAt > b.createdAt);
}

/** All runs of a container, the latest first. */
export function runsOf(situation: Pick<PodSituation, 'containers'>, name: string): readonly PodContainer[] {
  return situation.containers.filter((run) => run.name === name).toSorted((a, b) => (isLater(a, b) ? -1 : 1));
}

/** The latest run of a container. */
export function latestRun(situation: Pick<PodSituation, 'containers'>, name: string): PodContainer | undefined {
  let latest: PodContainer | undefined;
  for (const run of situation.containers) {
    if (run.name === name && (!latest || isLater(run, latest))) latest = run;
  }
  return latest;
}

/**
 * How often all containers of the pod were restarted together, by a rule with the action RestartAllContainers, with the
 * time that is under way. A run of an earlier round is followed by another, whatever its container's policy says.
 */
export function roundOf(situation: Pick<PodSituation, 'pod' | 'containers' | 'marks'>): number {
  const spec = specOf(situation.pod);
  if (!mayRestartAll(spec)) return 0;
  const rounds = specContainers(spec).map(({ container, role }) => {
    const run = role === 'ephemeral' ? undefined : latestRun(situation, container.name);
    const end = run && endOf(run, situation.marks.get(run.id));
    return (run?.round ?? 0) + (end && restartsAllAfter(container, end.exitCode) ? 1 : 0);
  });
  return Math.max(0, ...rounds);
}

/** The newest sandbox whose network is up. */
export function readySandbox(situation: Pick<PodSituation, 'sandboxes'>): PodSandbox | undefined {
  return situation.sandboxes.filter((sandbox) => sandbox.ready).toSorted((a, b) => b.attempt - a.attempt)[0];
}

/** A run that is over. */
export interface RunEnd {
  readonly exitCode: number;
  readonly finishedAt: number;
}

/** Exit code of a run the engine could not start, as other runtimes report it. */
export const startErrorCode = 128;

/** How a run ended; undefined while it runs or has not begun. */
export function endOf(run: PodContainer, mark: ContainerMark | undefined): RunEnd | undefined {
  if (run.state === 'exited') return { exitCode: run.exitCode ?? 137, finishedAt: run.finishedAt ?? run.createdAt };
  if (run.state === 'created' && mark?.startFailure)
    return { exitCode: startErrorCode, finishedAt: mark.startFailure.at };
  return undefined;
}

/** Whether a run is past its postStart hook and its startup probe. */
export function isStarted(container: Container, run: PodContainer, mark: ContainerMark | undefined): boolean {
  if (run.state !== 'running') return false;
  const hooked = container.lifecycle?.postStart === undefined || mark?.postStart === 'done';
  return hooked && (container.startupProbe === undefined || mark?.startup === true);
}
