/** What a pod looks like, in the words of the provider contract. Pure. */
import type { Container } from '@virtual-kubelet/kubernetes';
import { formatTime, restartsAllAfter } from '@virtual-kubelet/kubernetes';
import type { ContainerEnd, ContainerObservation, PodObservation } from '@virtual-kubelet/provider';
import { goSeconds, waitBeforeRestart } from './crash-backoff.js';
import type { PodStage } from './decide.js';
import type { PodContainer } from '../labels.js';
import type { ContainerMark, PodSituation, SpecContainer } from './pod-situation.js';
import { endOf, isStarted, readySandbox, roundOf, runsOf, specContainers, specOf } from './pod-situation.js';
import { restartsAfter } from './restart-policy.js';

/** What an observation is made of beside the situation. */
export interface ObserveOptions {
  readonly stage: PodStage;
  /** Scheme of container ids, such as `podman`. */
  readonly runtime: string;
}

/** How a run ended, with the reason a kubelet gives. */
export function containerEnd(
  run: PodContainer,
  mark: ContainerMark | undefined,
  runtime: string,
): ContainerEnd | undefined {
  const end = endOf(run, mark);
  if (!end) return undefined;
  const failure = run.state === 'created' ? mark?.startFailure : undefined;
  const unknown = run.state === 'exited' && run.exitCode === undefined;
  const started = Math.min(run.startedAt ?? end.finishedAt, end.finishedAt);
  const message = failure?.message ?? mark?.message;
  return {
    exitCode: end.exitCode,
    reason: reasonOf(end.exitCode, { failure: failure !== undefined, unknown, oom: run.oomKilled === true }),
    ...(message ? { message } : {}),
    startedAt: formatTime(started),
    finishedAt: formatTime(end.finishedAt),
    containerID: `${runtime}://${run.id}`,
  };
}

function reasonOf(exitCode: number, facts: { failure: boolean; unknown: boolean; oom: boolean }): string {
  if (facts.failure) return 'StartError';
  if (facts.unknown) return 'ContainerStatusUnknown';
  if (facts.oom) return 'OOMKilled';
  return exitCode === 0 ? 'Completed' : 'Error';
}

type State = Pick<ContainerObservation, 'state' | 'last' | 'ready' | 'started'>;

function waiting(reason: string, message?: string): State {
  return { state: { waiting: { reason, ...(message ? { message } : {}) } }, ready: false, started: false };
}

function podText({ ref }: PodSituation): string {
  return `${ref.name}_${ref.namespace}(${ref.uid})`;
}

/** A container that has no run, or waits for its next one because the last try to start it failed. */
function failureState(situation: PodSituation, name: string): State | undefined {
  const failure = situation.failures.get(name);
  if (!failure) return undefined;
  const isFresh = situation.now - failure.at < shownFor || !failure.pause;
  return isFresh ? waiting(failure.reason, failure.message) : waiting(failure.pause.reason, failure.pause.message);
}

/** A failure shows as itself for this long; then as the pause that follows it. Milliseconds. */
export const shownFor = 2_000;

function running(container: Container, run: PodContainer, mark: ContainerMark | undefined): State {
  const started = isStarted(container, run, mark);
  const ready = started && (container.readinessProbe === undefined || mark?.ready === true);
  return { state: { running: { startedAt: formatTime(run.startedAt ?? run.createdAt) } }, ready, started };
}

/** A container whose latest run ended: over, about to run again, or backing off. */
function ended(
  situation: PodSituation,
  each: SpecContainer,
  seen: { run: PodContainer; end: ContainerEnd; stage: PodStage },
): State {
  const { run, end, stage } = seen;
  const over: State = { state: { terminated: end }, ready: false, started: false };
  const { container, role } = each;
  if (stage !== 'alive' || role === 'ephemeral') return over;
  if (!restartsAfter(container, specOf(situation.pod), end.exitCode)) return over;
  const failed = failureState(situation, container.name);
  if (failed) return { ...failed, last: end };
  const finishedAt = endOf(run, situation.marks.get(run.id))?.finishedAt ?? run.createdAt;
  if (waitBeforeRestart({ ...run, finishedAt }, situation.wall) === 0) return over;
  const message = `back-off ${goSeconds(run.backoff)} restarting failed container=${container.name} pod=${podText(situation)}`;
  return { ...waiting('CrashLoopBackOff', message), last: end };
}

function notYet(situation: PodSituation, { role, container }: SpecContainer): State {
  const { initContainers = [], containers } = specOf(situation.pod);
  const behindInit = initContainers.length > 0 && role !== 'ephemeral';
  const begun = containers.some(({ name }) => situation.containers.some((run) => run.name === name));
  const reason = behindInit && !begun ? 'PodInitializing' : 'ContainerCreating';
  return waiting(reason, situation.pulling.get(container.name));
}

/** It ended for another's sake and runs again, whatever its policy says; the one that asked for it keeps its own words. */
function isBetweenRounds(situation: PodSituation, container: Container, run: PodContainer): boolean {
  const end = endOf(run, situation.marks.get(run.id));
  return end !== undefined && run.round < roundOf(situation) && !restartsAllAfter(container, end.exitCode);
}

function stateOf(situation: PodSituation, each: SpecContainer, options: ObserveOptions): State {
  const { container } = each;
  const [run] = runsOf(situation, container.name);
  if (!run) return failureState(situation, container.name) ?? notYet(situation, each);
  const mark = situation.marks.get(run.id);
  const end = containerEnd(run, mark, options.runtime);
  if (end && isBetweenRounds(situation, container, run))
    return { state: { terminated: { ...end, reason: 'RestartingAllContainers' } }, ready: false, started: false };
  if (end) return ended(situation, each, { run, end, stage: options.stage });
  return run.state === 'running' ? running(container, run, mark) : waiting('ContainerCreating');
}

function observeContainer(situation: PodSituation, each: SpecContainer, options: ObserveOptions): ContainerObservation {
  const { name } = each.container;
  const [run, before] = runsOf(situation, name);
  const state = stateOf(situation, each, options);
  const last = state.last ?? (before && containerEnd(before, situation.marks.get(before.id), options.runtime));
  return {
    name,
    ...state,
    ...(last ? { last } : {}),
    ...(run
      ? {
          restartCount: run.attempt,
          image: run.image,
          imageID: run.imageId,
          containerID: `${options.runtime}://${run.id}`,
        }
      : {}),
  };
}

function endedAsAWhole({ deletion, eviction }: PodSituation, neverRan: boolean): Pick<PodObservation, 'ended'> {
  if (eviction) return { ended: { reason: 'Evicted', message: eviction.message } };
  if (!deletion || !neverRan) return {};
  return { ended: { reason: 'Terminated', message: 'the pod was deleted before all of its containers ran' } };
}

/** The pod as the node is to see it. */
export function observePod(situation: PodSituation, options: ObserveOptions): PodObservation {
  const containers = specContainers(specOf(situation.pod)).map((each) => observeContainer(situation, each, options));
  const ips = (readySandbox(situation) ?? situation.sandboxes.at(-1))?.ips ?? [];
  const neverRan = containers.some(({ state }) => 'waiting' in state);
  const failure = situation.failures.get('');
  return {
    ref: situation.ref,
    containers,
    ...(ips.length > 0 ? { podIPs: ips } : {}),
    ...(failure && !readySandbox(situation) ? { reason: failure.reason, message: failure.message } : {}),
    ...(options.stage === 'over' ? endedAsAWhole(situation, neverRan) : {}),
  };
}
