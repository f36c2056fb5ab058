// One state machine: how the status of a container follows from the one before and from what is seen.
import { extended } from '@virtual-kubelet/base';
import type {
  Container,
  ContainerState,
  ContainerStateRunning,
  ContainerStateTerminated,
  ContainerStateWaiting,
  ContainerStatus,
} from '@virtual-kubelet/kubernetes';
import type { ContainerEnd, ContainerObservation } from '@virtual-kubelet/provider';
import { exitCodeOf, lostState, statusUnknown, terminatedState } from './container-end.js';
import type { ResizeStage } from './container-resources.js';
import { resourceFields } from './container-resources.js';
import { int32, message, reason, wholeSeconds } from './normal-values.js';
import { without } from '../without.js';

/** What a container is for. `init` runs to its end before the next one; `sidecar` is an init container that keeps running. */
export type ContainerKind = 'init' | 'sidecar' | 'regular' | 'ephemeral';

/** What the status of one container follows from, beside its spec. */
export interface ContainerFacts {
  readonly kind: ContainerKind;
  /** The status the API has. */
  readonly previous: ContainerStatus | undefined;
  /** What the provider says; undefined: nothing, so the last truth holds. */
  readonly seen: ContainerObservation | undefined;
  /** The run of the workload that `seen` is of. */
  readonly attempt: number;
  /** Why a container that does not run waits, when the provider does not say. */
  readonly waiting: ContainerStateWaiting;
  /** The node knows better than the provider why the container waits. */
  readonly held: boolean;
  /** The workload is known to be gone or over: what is not seen to end has ended unseen. */
  readonly stopped: boolean;
  /** Whether a container that ended with this exit code may run again. */
  readonly restarts: (exitCode: number) => boolean;
  readonly stage: ResizeStage;
  /** Fields of the status that the provider gives and this module does not know. */
  readonly also?: Partial<ContainerStatus> | undefined;
  /** RFC 3339, whole seconds. */
  readonly now: string;
  /** Bytes of a message. */
  readonly limit: number;
}

/** The part of a status that changes with every run. */
interface Run {
  readonly state: ContainerState;
  readonly last: ContainerStateTerminated | undefined;
  /** The state is of a later run than the status before. */
  readonly isNew: boolean;
}

/** The states as they may really come: from another process, in no form anybody checked. */
interface States {
  readonly waiting?: ContainerStateWaiting;
  readonly running?: ContainerStateRunning;
  readonly terminated?: ContainerEnd;
}

function statesOf(seen: ContainerObservation): States {
  const { state }: { readonly state?: States } = seen;
  return state ?? {};
}

/** The status before still holds. */
function unchanged(previous: ContainerStatus | undefined): Run {
  return { state: previous?.state ?? {}, last: previous?.lastState?.terminated, isNew: false };
}

function lost(facts: ContainerFacts, previous: ContainerStatus): ContainerStateTerminated {
  const { containerID, state } = previous;
  return lostState({ startedAt: state?.running?.startedAt, containerID, now: facts.now, limit: facts.limit });
}

/**
 * The end of the run before the present one, as the provider tells it.
 * @param known what was reported of that run: it fills in the times the provider leaves out
 */
function lastEnd(
  facts: ContainerFacts,
  end: ContainerEnd | undefined,
  known: ContainerStateTerminated | ContainerStateRunning | undefined,
): ContainerStateTerminated | undefined {
  if (!end) return undefined;
  const { now, limit } = facts;
  if (!known || !('exitCode' in known)) return terminatedState(end, { startedAt: known?.startedAt, now, limit });
  const same = known.exitCode === exitCodeOf(end) ? known : undefined;
  const { startedAt, finishedAt, containerID } = same ?? {};
  return terminatedState(end, { startedAt, finishedAt, containerID, now, limit });
}

function isOtherContainer(previous: ContainerStatus, seen: ContainerObservation): boolean {
  return Boolean(previous.containerID && seen.containerID && previous.containerID !== seen.containerID);
}

function running(facts: ContainerFacts, seen: ContainerObservation, startedAt: string | undefined): Run {
  const { previous, now } = facts;
  const ended = previous?.state?.terminated ?? (previous?.state?.waiting && previous.lastState?.terminated);
  const replaced = previous?.state?.running && isOtherContainer(previous, seen) ? lost(facts, previous) : undefined;
  const before = replaced ?? ended;
  const ongoing = before ? undefined : previous?.state?.running?.startedAt;
  return {
    state: { running: { startedAt: wholeSeconds(startedAt) ?? ongoing ?? now } },
    last:
      lastEnd(facts, seen.last, before ?? previous?.lastState?.terminated) ?? before ?? previous?.lastState?.terminated,
    isNew: before !== undefined,
  };
}

function waitingState(facts: ContainerFacts, said: ContainerStateWaiting): ContainerStateWaiting {
  const word = facts.held ? undefined : reason(said.reason);
  if (word === undefined) return facts.waiting;
  const text = message(said.message, facts.limit);
  return { reason: word, ...(text === undefined ? {} : { message: text }) };
}

/** A container between two runs, or before its first. One that will not run again has ended instead. */
function waiting(facts: ContainerFacts, end: ContainerEnd | undefined, said: ContainerStateWaiting): Run {
  const { previous } = facts;
  const { running: ran, terminated: ended } = previous?.state ?? {};
  const known = ran ?? ended ?? previous?.lastState?.terminated;
  const unseenEnd = previous && ran ? lost(facts, previous) : (ended ?? previous?.lastState?.terminated);
  const last = lastEnd(facts, end, known) ?? unseenEnd;
  if (last && !facts.restarts(last.exitCode)) {
    const earlier = ran ? previous?.lastState : undefined;
    return { state: { terminated: last }, last: earlier?.terminated, isNew: false };
  }
  return { state: { waiting: waitingState(facts, said) }, last, isNew: false };
}

/** Whether an end is of the run the status before is of; times and counts are compared only where both are there. */
function isSameEnd(previous: ContainerStatus, seen: ContainerObservation, end: ContainerEnd): boolean {
  if (isOtherContainer(previous, seen) || (int32(seen.restartCount) ?? 0) > previous.restartCount) return false;
  const reported = previous.state?.waiting && previous.lastState?.terminated;
  const finishedAt = wholeSeconds(end.finishedAt);
  return !reported || finishedAt === undefined || finishedAt === reported.finishedAt;
}

function terminated(facts: ContainerFacts, seen: ContainerObservation, end: ContainerEnd): Run {
  const { previous, now, limit } = facts;
  const same = previous && isSameEnd(previous, seen, end) ? previous : undefined;
  const backingOff = same?.state?.waiting !== undefined;
  const before = same?.state?.terminated ?? (backingOff ? same.lastState?.terminated : undefined);
  const startedAt = before?.startedAt ?? same?.state?.running?.startedAt;
  const replaced = previous && !same ? endOf(facts, previous) : undefined;
  const containerID = seen.containerID ?? before?.containerID ?? (replaced ? undefined : previous?.containerID);
  const state = terminatedState(end, { startedAt, finishedAt: before?.finishedAt, containerID, now, limit });
  const worse = before && before.reason !== statusUnknown && state.reason === statusUnknown;
  const earlier = backingOff ? undefined : same?.lastState?.terminated;
  const known = replaced ?? earlier;
  return {
    state: { terminated: worse ? before : state },
    last: lastEnd(facts, seen.last, known) ?? known,
    isNew: replaced !== undefined,
  };
}

/** How the run ended that the status before is of; undefined when there was none. */
function endOf(facts: ContainerFacts, previous: ContainerStatus): ContainerStateTerminated | undefined {
  if (previous.state?.running) return lost(facts, previous);
  return previous.state?.terminated ?? previous.lastState?.terminated;
}

/** A container that may not run again stays ended. Only details of that end may still become known. */
function over(facts: ContainerFacts, end: ContainerStateTerminated): Run {
  const { previous, seen } = facts;
  const kept = unchanged(previous);
  const said = seen && statesOf(seen).terminated;
  if (!said) return kept;
  const { now, limit } = facts;
  const { startedAt, finishedAt, containerID } = end;
  const state = terminatedState(said, { startedAt, finishedAt, containerID, now, limit });
  const isCloser = end.reason === statusUnknown || (state.exitCode === end.exitCode && state.reason !== statusUnknown);
  return isCloser ? { ...kept, state: { terminated: state } } : kept;
}

/** A container the provider does not mention: the last truth holds, until the workload is known to be over. */
function unseen(facts: ContainerFacts): Run {
  const { previous, stopped } = facts;
  const holds = previous?.state?.terminated != null || (previous?.state?.running != null && !stopped);
  return holds ? unchanged(previous) : waiting(facts, undefined, facts.waiting);
}

/**
 * A container that ran and must not run again cannot wait for its first run. Such a report is out of date; believing it
 * would end the pod for good.
 */
function isStale(facts: ContainerFacts, seen: ContainerObservation): boolean {
  const { previous, stopped } = facts;
  const isWaiting = statesOf(seen).waiting !== undefined && !seen.last;
  return isWaiting && previous?.state?.running != null && !stopped && !facts.restarts(137);
}

function runOf(facts: ContainerFacts): Run {
  const { previous, seen } = facts;
  const end = previous?.state?.terminated;
  if (end && !facts.restarts(end.exitCode)) return over(facts, end);
  if (!seen || isStale(facts, seen)) return unseen(facts);
  const state = statesOf(seen);
  if (state.terminated) return terminated(facts, seen, state.terminated);
  if (state.running) return running(facts, seen, state.running.startedAt);
  return state.waiting ? waiting(facts, seen.last, state.waiting) : unseen(facts);
}

/** Never falls. A provider that does not count, or counts from zero again, has its restarts counted here. */
function restartCount(facts: ContainerFacts, run: Run): number {
  const before = facts.previous?.restartCount ?? 0;
  const counted = int32(facts.seen?.restartCount);
  const said = Math.max(counted ?? 0, run.last ? facts.attempt - 1 : 0);
  const missed = said < before || (counted === undefined && said === before);
  return run.isNew && missed ? before + 1 : Math.max(before, said);
}

function readiness(facts: ContainerFacts, run: Run): { ready: boolean; started?: boolean } {
  if (facts.kind === 'ephemeral') return { ready: false };
  const { previous } = facts;
  const isLastTruth = previous !== undefined && run.state === previous.state;
  const said = isLastTruth ? previous : facts.seen;
  const started = run.state.running != null && (said?.started ?? true);
  if (facts.kind === 'init') return { ready: run.state.terminated?.exitCode === 0, started };
  return { ready: started && (said?.ready ?? true), started };
}

/** What is known of a container beyond its state; kept from the status before where the provider does not say. */
function identity(
  container: Container,
  facts: ContainerFacts,
  run: Run,
): { image: string; imageID: string; containerID?: string } {
  const { previous, seen } = facts;
  const kept = run.isNew ? undefined : previous;
  const containerID = seen?.containerID || run.state.terminated?.containerID || kept?.containerID;
  return {
    image: seen?.image ?? (seen ? undefined : previous?.image) ?? container.image ?? '',
    imageID: seen?.imageID ?? kept?.imageID ?? '',
    ...(containerID ? { containerID } : {}),
  };
}

/** Fields this module does not know. They are kept, since lists of container statuses are written as a whole. */
function otherFields(previous: ContainerStatus | undefined): Partial<ContainerStatus> {
  if (!previous) return {};
  return without(previous, 'state', 'lastState', 'containerID', 'started', 'resources', 'allocatedResources');
}

/** The status of one container. */
export function containerStatus(container: Container, facts: ContainerFacts): ContainerStatus {
  const run = runOf(facts);
  const hasRun = run.last !== undefined || run.state.waiting == null;
  const { previous, seen, stage } = facts;
  return extended(extended(otherFields(previous), facts.also ?? {}), {
    name: container.name,
    ...identity(container, facts, run),
    ...readiness(facts, run),
    restartCount: restartCount(facts, run),
    state: run.state,
    ...(run.last ? { lastState: { terminated: run.last } } : {}),
    ...(hasRun && facts.kind !== 'ephemeral' ? resourceFields(container, { previous, seen, stage }) : {}),
  });
}
