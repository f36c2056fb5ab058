import { extended } from '@virtual-kubelet/base';
import { formatTime } from '@virtual-kubelet/kubernetes';
import type { ContainerEnd, ContainerObservation, PodObservation, PodRef } from '@virtual-kubelet/provider';
import type { PodScript } from './script.js';

/** A container as the mock keeps it. */
export interface WorkloadContainer {
  readonly name: string;
  readonly image: string;
  /** `init`: runs once before the others. `sidecar`: an init container that keeps running. */
  readonly kind: 'init' | 'sidecar' | 'regular' | 'ephemeral';
  /** What it uses while it runs. @default nearly nothing */
  readonly use?: { readonly cores: number; readonly bytes: number };
  /** Its first process is a shell that a client can attach to. */
  readonly interactive?: boolean;
  /** When it was added to the running pod: ephemeral containers. Wall time, milliseconds. */
  readonly since?: number;
  /** It ended by what a client did in it, and does not run again. `at` in milliseconds. */
  readonly ended?: { readonly at: number; readonly exitCode: number };
}

/** Everything the mock knows of a workload. What it does at any time follows from this: there is no other state. */
export interface Workload {
  readonly ref: PodRef;
  readonly cluster?: string;
  readonly node: string;
  readonly attempt: number;
  readonly restartPolicy: string;
  readonly containers: readonly WorkloadContainer[];
  readonly script: PodScript;
  readonly podIP: string;
  /** Wall time, milliseconds. */
  readonly createdAt: number;
  readonly deletion?: { readonly at: number; readonly graceSeconds: number };
  /** Counts changes that came from calls, so that reports can be put in order. */
  readonly revision: number;
}

/** Back-off of a crashing container as a kubelet keeps it, milliseconds. */
const firstBackoff = 10_000;
const mostBackoff = 300_000;

/** A run of a container: `restarts` earlier ones, and the time the run began or will begin. */
export interface Run {
  readonly restarts: number;
  readonly start: number;
  /** End of the run before. */
  readonly previousEnd?: number;
}

function wantsRestart(workload: Workload): boolean {
  const { restartPolicy, script } = workload;
  return restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && script.exitCode !== 0);
}

/** Time the regular containers start. */
export function startOf(workload: Workload): number {
  const inits = workload.containers.filter((c) => c.kind === 'init').length;
  return workload.createdAt + workload.script.startDelay + inits * workload.script.initTime;
}

/** The run that is going on, or waited for, at `now`. Pauses stop growing after six, so the rest is one division. */
export function runAt(workload: Workload, now: number, runTime: number): Run {
  let run: Run = { restarts: 0, start: startOf(workload) };
  for (
    let pause = firstBackoff;
    now >= run.start + runTime && wantsRestart(workload);
    pause = Math.min(pause * 2, mostBackoff)
  ) {
    const end = run.start + runTime;
    if (pause === mostBackoff) return steadyRun({ ...run }, now, runTime);
    run = { restarts: run.restarts + 1, start: end + pause, previousEnd: end };
    if (now < run.start) return run;
  }
  return run;
}

function steadyRun(run: Run, now: number, runTime: number): Run {
  const period = runTime + mostBackoff;
  const more = Math.floor((now - (run.start + runTime)) / period);
  const previousEnd = run.start + runTime + more * period;
  return { restarts: run.restarts + more + 1, start: previousEnd + mostBackoff, previousEnd };
}

/** Time everything stops because of the deletion. */
export function stopAt(workload: Workload): number {
  const { deletion, script } = workload;
  if (!deletion) return Infinity;
  return deletion.at + Math.min(script.stopDelay, deletion.graceSeconds * 1_000);
}

function isKilled(workload: Workload): boolean {
  const { deletion, script } = workload;
  return deletion !== undefined && script.stopDelay > deletion.graceSeconds * 1_000;
}

function end(exitCode: number, from: number, to: number): ContainerEnd {
  return {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: formatTime(from),
    finishedAt: formatTime(Math.max(to, from)),
  };
}

type Seen = Pick<ContainerObservation, 'state' | 'restartCount' | 'ready' | 'started' | 'last'>;

function waiting(reason: string): Seen {
  return { state: { waiting: { reason } }, ready: false, started: false };
}

function initAt(workload: Workload, index: number, now: number): Seen {
  const { script, createdAt } = workload;
  const from = createdAt + script.startDelay + index * script.initTime;
  if (now < from) return waiting('PodInitializing');
  if (now < from + script.initTime) return { state: { running: { startedAt: formatTime(from) } }, ready: false };
  return { state: { terminated: end(0, from, from + script.initTime) }, ready: true };
}

function runningAt(script: PodScript, run: Run, now: number): Seen {
  const ready = script.readyAfter !== undefined && now >= run.start + script.readyAfter;
  return { state: { running: { startedAt: formatTime(run.start) } }, ready, started: true };
}

function lastOf(workload: Workload, run: Run, runTime: number): Pick<Seen, 'last' | 'restartCount'> {
  if (run.previousEnd === undefined) return { restartCount: 0 };
  return {
    restartCount: run.restarts,
    last: end(workload.script.exitCode, run.previousEnd - runTime, run.previousEnd),
  };
}

/** A container with a limited run time. */
function cyclingAt(workload: Workload, now: number, runTime: number): Seen {
  const run = runAt(workload, now, runTime);
  const past = lastOf(workload, run, runTime);
  if (now < run.start) {
    const { last, restartCount = 0 } = past;
    if (!last) return waiting('ContainerCreating');
    // Until it starts again the container has been restarted one time less.
    return { ...waiting('CrashLoopBackOff'), last, restartCount: restartCount - 1 };
  }
  if (now < run.start + runTime) return extended(runningAt(workload.script, run, now), past);
  return {
    state: { terminated: end(workload.script.exitCode, run.start, run.start + runTime) },
    ready: false,
    ...past,
  };
}

function regularAt(workload: Workload, now: number): Seen {
  const { script } = workload;
  if (script.runTime !== undefined) return cyclingAt(workload, now, script.runTime);
  const start = startOf(workload);
  return now < start
    ? waiting('ContainerCreating')
    : { restartCount: 0, ...runningAt(script, { restarts: 0, start }, now) };
}

function sidecarAt(workload: Workload, now: number): Seen {
  const start = workload.createdAt + workload.script.startDelay;
  return now < start
    ? waiting('PodInitializing')
    : { state: { running: { startedAt: formatTime(start) } }, ready: true, started: true };
}

/** A container that runs from the moment it was added. */
function ephemeralAt({ since = 0 }: WorkloadContainer): Seen {
  return { state: { running: { startedAt: formatTime(since) } }, ready: false, started: true };
}

function seenAt(workload: Workload, container: WorkloadContainer, now: number): Seen {
  switch (container.kind) {
    case 'init':
      return initAt(workload, workload.containers.filter((c) => c.kind === 'init').indexOf(container), now);
    case 'sidecar':
      return sidecarAt(workload, now);
    case 'regular':
      return regularAt(workload, now);
    case 'ephemeral':
      return ephemeralAt(container);
  }
}

function aliveAt(workload: Workload, container: WorkloadContainer, now: number): Seen {
  const { ended } = container;
  if (!ended || now < ended.at) return seenAt(workload, container, now);
  const before = seenAt(workload, container, ended.at);
  if (!('running' in before.state)) return before;
  const terminated = { ...end(ended.exitCode, ended.at, ended.at), startedAt: before.state.running.startedAt };
  return { ...before, state: { terminated }, ready: false, started: false };
}

/** A container after the deletion took effect: what ran ends, what never started stays as it was. */
function stoppedAt(workload: Workload, container: WorkloadContainer, at: number): Seen {
  const before = aliveAt(workload, container, at);
  if (!('running' in before.state)) return before;
  const exitCode = isKilled(workload) ? 137 : 0;
  const startedAt = before.state.running.startedAt;
  const terminated: ContainerEnd = {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt,
    finishedAt: formatTime(at),
  };
  return { ...before, state: { terminated }, ready: false, started: false };
}

/**
 * What the workload looks like at a time.
 * @param now wall time, milliseconds
 */
export function observationAt(workload: Workload, now: number): PodObservation {
  const stop = stopAt(workload);
  const { ref, attempt, revision, podIP } = workload;
  const containers = workload.containers.map((container): ContainerObservation => {
    const seen = now >= stop ? stoppedAt(workload, container, stop) : aliveAt(workload, container, now);
    const ran = 'running' in seen.state || 'terminated' in seen.state;
    return {
      name: container.name,
      image: container.image,
      imageID: `mock://${container.image}`,
      ...seen,
      ...(ran
        ? {
            containerID: `mock://${ref.uid}-${container.name}-${attempt}-${seen.restartCount ?? 0}`,
          }
        : {}),
    };
  });
  const started = now >= workload.createdAt + workload.script.startDelay;
  const over = stop <= now && containers.some((c) => 'waiting' in c.state);
  return {
    ref,
    containers,
    attempt,
    revision,
    ...(started ? { podIPs: [podIP] } : {}),
    ...(over
      ? {
          ended: {
            reason: 'Terminated',
            message: 'the pod was deleted before all of its containers ran',
          },
        }
      : {}),
  };
}

/** Whether nothing will ever change again. */
export function isOver(workload: Workload, now: number): boolean {
  return nextChange(workload, now) === undefined;
}

/** The next time at which the workload looks different, or undefined when it will stay as it is. */
export function nextChange(workload: Workload, now: number): number | undefined {
  const stop = stopAt(workload);
  if (now >= stop) return undefined;
  const next = Math.min(stop, ...moments(workload, now).filter((at) => at > now));
  return next === Infinity ? undefined : next;
}

function moments(workload: Workload, now: number): readonly number[] {
  const { script, createdAt } = workload;
  const begin = createdAt + script.startDelay;
  const inits = workload.containers.filter((c) => c.kind === 'init').map((_, i) => begin + (i + 1) * script.initTime);
  const start = script.runTime === undefined ? startOf(workload) : runAt(workload, now, script.runTime).start;
  const ready = script.readyAfter === undefined ? Infinity : start + script.readyAfter;
  const ends = script.runTime === undefined ? Infinity : start + script.runTime;
  return [begin, ...inits, start, ready, ends];
}
