import { isSidecar, mayRestartAll, shouldRestart } from '@virtual-kubelet/kubernetes';
import type {
  Container,
  ContainerStateWaiting,
  ContainerStatus,
  PodSpec,
  PodStatus,
} from '@virtual-kubelet/kubernetes';
import type { ContainerObservation, PodObservation, UpdateOutcome } from '@virtual-kubelet/provider';
import { lostState } from './container-end.js';
import { resizeStage } from './container-resources.js';
import type { ContainerFacts, ContainerKind } from './container-status.js';
import { containerStatus } from './container-status.js';
import { message, messageLimit, reason } from './normal-values.js';
import { statusNamed } from './phase.js';
import { without } from '../without.js';

/** Why the containers of a pod are kept from running. */
export interface WaitingReason {
  readonly reason: string;
  readonly message: string;
  /** The container it is about. @default the whole pod */
  readonly container?: string;
}

/** What the container statuses of a pod follow from. */
export interface ContainerStatusesInput {
  readonly spec: PodSpec;
  /** The status the API has. */
  readonly previous: PodStatus;
  /** What the provider says; undefined: nothing yet. */
  readonly observation: PodObservation | undefined;
  readonly hold: WaitingReason | undefined;
  readonly outcomes: readonly UpdateOutcome[] | undefined;
  /** The spec has changes that nobody has looked at: resources in effect are the ones reported before. */
  readonly undecided: boolean;
  /** The workload is known to be gone or over. */
  readonly stopped: boolean;
  /** The pod's phase is Succeeded or Failed in the API: nothing of it runs again. */
  readonly terminal: boolean;
  /** Fields of statuses this package does not know, by container. */
  readonly also: ReadonlyMap<string, Partial<ContainerStatus>> | undefined;
  /** RFC 3339, whole seconds. */
  readonly now: string;
}

/** The container statuses of a pod, one for every container of the spec, in its order. */
export interface ContainerStatuses {
  readonly containerStatuses: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
}

/**
 * Whether a report may take the place of the last one accepted. Reports of another pod, of an earlier run, or with a lower
 * revision of the same run are out of date.
 */
export function acceptObservation(previous: PodObservation | undefined, next: PodObservation): boolean {
  if (!previous) return true;
  const [attempt, before] = [next.attempt ?? 1, previous.attempt ?? 1];
  if (next.ref.uid !== previous.ref.uid || attempt < before) return false;
  if (attempt > before || next.revision === undefined || previous.revision === undefined) return true;
  return next.revision >= previous.revision;
}

/** Containers of the pod of all kinds. */
export function containerCount(spec: PodSpec): number {
  return spec.containers.length + (spec.initContainers?.length ?? 0) + (spec.ephemeralContainers?.length ?? 0);
}

function isAbout(hold: WaitingReason | undefined, container: string): hold is WaitingReason {
  return hold !== undefined && (hold.container === undefined || hold.container === container);
}

/** A waiting state of our own words. */
export function waitingFor(
  why: { readonly reason?: string; readonly message?: string },
  limit: number,
): ContainerStateWaiting {
  const [word, text] = [reason(why.reason), message(why.message, limit)];
  return { ...(word === undefined ? {} : { reason: word }), ...(text === undefined ? {} : { message: text }) };
}

function seenByName(
  observation: PodObservation | undefined,
): (name: string, index: number) => ContainerObservation | undefined {
  const containers = observation?.containers ?? [];
  return (name, index) =>
    containers[index]?.name === name ? containers[index] : containers.find((c) => c.name === name);
}

type Common = Omit<ContainerFacts, 'kind' | 'previous' | 'seen' | 'held' | 'restarts' | 'stage' | 'also'>;

function commonFacts(input: ContainerStatusesInput): Common {
  const { spec, observation, stopped, now } = input;
  const limit = messageLimit(containerCount(spec));
  const hasInit = (spec.initContainers?.length ?? 0) > 0;
  const why = observation?.reason ? observation : { reason: hasInit ? 'PodInitializing' : 'ContainerCreating' };
  return { attempt: observation?.attempt ?? 1, waiting: waitingFor(why, limit), stopped, now, limit };
}

function kindOf(container: Container, list: 'init' | 'regular' | 'ephemeral'): ContainerKind {
  return list === 'init' && isSidecar(container) ? 'sidecar' : list;
}

/**
 * The status of every container of the spec. The rules: a restart count never falls; an end that was reported stays
 * reported; a container that may not run again never does; what the provider does not mention keeps its last truth; an
 * unknown exit is 137, never 0.
 */
export function containerStatuses(input: ContainerStatusesInput): ContainerStatuses {
  const { spec, previous, hold, outcomes, terminal } = input;
  const common = commonFacts(input);
  const seen = seenByName(input.observation);
  const anyMayRestart = !terminal && mayRestartAll(spec);
  const reduce =
    (list: 'init' | 'regular' | 'ephemeral', before: readonly ContainerStatus[] | undefined) =>
    (container: Container, index: number): ContainerStatus => {
      const kind = kindOf(container, list);
      const held = isAbout(hold, container.name);
      const mayRestart = (exitCode: number): boolean =>
        !terminal && kind !== 'ephemeral' && (anyMayRestart || shouldRestart(container, spec, exitCode));
      return containerStatus(container, {
        ...common,
        kind,
        held,
        ...(held ? { waiting: waitingFor(hold, common.limit) } : {}),
        previous: statusNamed(before, container.name, index),
        seen: seen(container.name, index),
        restarts: mayRestart,
        stage: input.undecided ? 'undecided' : resizeStage(outcomes, container.name),
        also: input.also?.get(container.name),
      });
    };
  const { initContainers, ephemeralContainers } = spec;
  const ephemeral = ephemeralContainers?.map(reduce('ephemeral', previous.ephemeralContainerStatuses));
  return {
    containerStatuses: spec.containers.map(reduce('regular', previous.containerStatuses)),
    ...(initContainers?.length
      ? { initContainerStatuses: initContainers.map(reduce('init', previous.initContainerStatuses)) }
      : {}),
    ...(ephemeral?.length ? { ephemeralContainerStatuses: ephemeral } : {}),
  };
}

/** How the containers of a pod stand that is over for good. */
export interface FinalFacts {
  readonly spec: PodSpec;
  /** Why the pod is over, shown on containers that never started. */
  readonly reason?: string;
  readonly message?: string;
  readonly now: string;
  readonly limit: number;
}

function isInit(spec: PodSpec, name: string): boolean {
  return spec.initContainers?.some((c) => c.name === name && !isSidecar(c)) ?? false;
}

function finalStatus(status: ContainerStatus, facts: FinalFacts): ContainerStatus {
  const { state, lastState } = status;
  const rest = without(status, 'state', 'lastState');
  const { now, limit } = facts;
  const last = lastState?.terminated;
  if (state?.running) {
    const end = lostState({ startedAt: state.running.startedAt, containerID: status.containerID, now, limit });
    const notRunning = { ready: false, ...(status.started === undefined ? {} : { started: false }) };
    return { ...rest, ...notRunning, state: { terminated: end }, ...(lastState ? { lastState } : {}) };
  }
  if (!state?.waiting) return status;
  if (last)
    return { ...rest, ready: isInit(facts.spec, status.name) && last.exitCode === 0, state: { terminated: last } };
  return facts.reason ? { ...status, state: { waiting: waitingFor(facts, limit) } } : status;
}

/**
 * The statuses of a pod nothing of which runs or will run: what ran has ended, one way or another; what never started
 * keeps waiting, for the reason the pod ended.
 */
export function finalStatuses(statuses: ContainerStatuses, facts: FinalFacts): ContainerStatuses {
  const all = (list: readonly ContainerStatus[]): readonly ContainerStatus[] => list.map((s) => finalStatus(s, facts));
  const { initContainerStatuses: init, ephemeralContainerStatuses: ephemeral } = statuses;
  return {
    containerStatuses: all(statuses.containerStatuses),
    ...(init ? { initContainerStatuses: all(init) } : {}),
    ...(ephemeral ? { ephemeralContainerStatuses: all(ephemeral) } : {}),
  };
}
