import { extended } from '@virtual-kubelet/base';
import { formatTime, qosClass } from '@virtual-kubelet/kubernetes';
import type { Pod, PodCondition, PodSpec, PodStatus } from '@virtual-kubelet/kubernetes';
import type { PodObservation, UpdateOutcome } from '@virtual-kubelet/provider';
import { usableAddresses } from './addresses.js';
import { podConditions } from './conditions.js';
import type { ContainerStatuses, WaitingReason } from './container-statuses.js';
import { containerCount, containerStatuses, finalStatuses } from './container-statuses.js';
import { message, messageLimit, reason, wholeSeconds } from './normal-values.js';
import type { PodPhase } from './phase.js';
import { podPhase, stickyPhase } from './phase.js';
import { anyContainerRuns, anyContainerStarted, hasStarted, isTerminalPhase } from './pod-facts.js';
import { observationOfWhole, otherFieldsOfWhole } from './whole-status.js';

/** The node's final judgement of a pod: it is Failed, and nothing of it runs any more. */
export interface PodVerdict {
  readonly phase: 'Failed';
  /** DeadlineExceeded, OutOfcpu, PodOSNotSupported, NotFound, Evicted, ... */
  readonly reason: string;
  readonly message: string;
}

/** Everything the status of a pod follows from. */
export interface StatusInput {
  /** The API object with the newest status known; the status before is part of the input. */
  readonly pod: Pod;
  /** What the provider reported last. @default nothing yet, so the last truth holds */
  readonly observation?: PodObservation;
  readonly verdict?: PodVerdict;
  /** Why the pod, or one of its containers, is kept from starting. */
  readonly hold?: WaitingReason;
  /** What became of changes to the pod that are not all applied. */
  readonly outcomes?: readonly UpdateOutcome[];
  /** Further conditions of the node, of types below `virtual-kubelet.io/`; those left out are dropped. */
  readonly extra?: readonly PodCondition[];
  /**
   * Nothing of the workload runs now: it is gone, or all of it ended.
   * @default for a pod being deleted, that no container is reported to run
   */
  readonly stopped?: boolean;
  /** Generation of the spec the provider was last asked for. @default the pod's */
  readonly consideredGeneration?: number;
  /** The node's addresses, first the primary. */
  readonly hostIPs: readonly string[];
  /** Wall time, milliseconds. */
  readonly now: number;
}

/** Why and how a pod is over for good. */
interface Ending {
  readonly phase?: PodPhase;
  readonly reason?: string;
  readonly message?: string;
}

const noSpec: PodSpec = { containers: [] };
/** Reasons of verdicts that are no fault of the pod (kubernetes/kubernetes:pkg/kubelet/{eviction,preemption,nodeshutdown}). */
const disruptions: ReadonlySet<string> = new Set(['Evicted', 'Preempting', 'NodeShutdown', 'Terminated']);
const phases: ReadonlySet<string> = new Set(['Pending', 'Running', 'Succeeded', 'Failed']);

function isPhase(phase: string | undefined): phase is PodPhase {
  return phase !== undefined && phases.has(phase);
}

function endingOf(input: StatusInput, statuses: ContainerStatuses): Ending | undefined {
  const { pod, verdict, observation, stopped } = input;
  const before = pod.status;
  if (isTerminalPhase(before?.phase)) return { phase: before.phase, ...texts(before ?? {}) };
  if (verdict) return verdict;
  if (observation?.ended) return { phase: 'Failed', ...observation.ended };
  const whole = observation?.status?.phase;
  if (isTerminalPhase(whole)) return { phase: whole };
  const isDeleted = pod.metadata?.deletionTimestamp !== undefined;
  const isOver = isDeleted && (stopped ?? !anyContainerRuns(statuses)) && anyContainerStarted(statuses);
  return isOver ? {} : undefined;
}

function texts(from: Texts): Texts {
  return {
    ...(from.reason ? { reason: from.reason } : {}),
    ...(from.message ? { message: from.message } : {}),
  };
}

/** A phase that is never left is claimed only when nothing of the pod runs. */
function livePhase(input: StatusInput, spec: PodSpec, statuses: ContainerStatuses): PodPhase {
  const whole = input.observation?.status?.phase;
  const initialized = statuses.containerStatuses.some(hasStarted);
  const computed = isPhase(whole) ? whole : podPhase(spec, statuses, { final: false, initialized });
  if (!isTerminalPhase(computed) || !anyContainerRuns(statuses)) return computed;
  const before = input.pod.status?.phase;
  return before === 'Pending' || before === 'Running' ? before : 'Pending';
}

function finalPhase(ending: Ending, spec: PodSpec, statuses: ContainerStatuses): PodPhase {
  if (ending.phase) return ending.phase;
  const computed = podPhase(spec, statuses, { final: true, initialized: true });
  return isTerminalPhase(computed) ? computed : 'Failed';
}

type Texts = { readonly reason?: string; readonly message?: string };

/** Whose words the reason and message of the pod are. They would hide the word Running in what kubectl prints. */
function speaker(input: StatusInput, live: PodPhase | undefined, ending: Ending | undefined): Texts | undefined {
  const { hold, observation, pod } = input;
  if (ending?.reason || ending?.message) return ending;
  if (isTerminalPhase(pod.status?.phase)) return undefined;
  if (!ending && hold && hold.container === undefined) return hold;
  return live === 'Running' ? undefined : observation;
}

function podTexts(source: Texts | undefined): Texts {
  const [word, text] = [reason(source?.reason), message(source?.message, messageLimit(1))];
  return { ...(word === undefined ? {} : { reason: word }), ...(text === undefined ? {} : { message: text }) };
}

interface Addresses {
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip: string }[];
  readonly hostIP?: string;
  readonly hostIPs?: readonly { readonly ip: string }[];
}

/** An address once known is kept until another is reported, or an empty list says that there is none. */
function addresses(input: StatusInput, spec: PodSpec, observation: PodObservation | undefined): Addresses {
  const before = input.pod.status;
  const hosts = usableAddresses(observation?.hostIPs ?? input.hostIPs);
  const hostIPs = hosts.length > 0 ? hosts : before?.hostIPs;
  const seen = observation?.podIPs ? usableAddresses(observation.podIPs) : before?.podIPs;
  const podIPs = spec.hostNetwork && !seen?.length ? hostIPs : seen;
  const [pod, host] = [podIPs?.[0]?.ip, hostIPs?.[0]?.ip];
  const own = pod !== undefined && podIPs ? { podIP: pod, podIPs } : {};
  return host !== undefined && hostIPs ? extended(own, { hostIP: host, hostIPs }) : own;
}

function disruptionOf(input: StatusInput): string | undefined {
  const { verdict, observation, pod } = input;
  if (isTerminalPhase(pod.status?.phase)) return undefined;
  if (verdict) return disruptions.has(verdict.reason) ? verdict.message : undefined;
  const ended = observation?.ended;
  if (!ended || ended.reason === 'DeadlineExceeded') return undefined;
  return message(ended.message, messageLimit(1)) ?? `the platform ended the pod: ${ended.reason}`;
}

/** Whether the pod's surroundings stand: an address of its own, or something that runs. */
function isPrepared(statuses: ContainerStatuses, observation: PodObservation | undefined, phase: PodPhase): boolean {
  if (isTerminalPhase(phase)) return false;
  return anyContainerRuns(statuses) || (observation?.podIPs?.length ?? 0) > 0;
}

function generations(input: StatusInput): { readonly observed: number; readonly undecided: boolean } {
  const wanted = input.pod.metadata?.generation ?? 0;
  const considered = input.consideredGeneration ?? wanted;
  const before = input.pod.status?.observedGeneration ?? 0;
  return { observed: Math.max(before, Math.min(considered, wanted)), undecided: considered < wanted };
}

/**
 * Computes the fields of a pod's status that this node owns: phase, reason, message, conditions of its own types,
 * container statuses, addresses, start time, QoS class, observed generation. Pure: no other input than the argument.
 * Applied to its own result it changes nothing.
 */
export function reduceStatus(input: StatusInput): PodStatus {
  const { pod } = input;
  const previous = pod.status ?? {};
  const spec = pod.spec ?? noSpec;
  const now = formatTime(input.now);
  const whole = input.observation?.status;
  const observation = whole && input.observation ? observationOfWhole(input.observation, whole) : input.observation;
  const { observed, undecided } = generations(input);
  const seen = containerStatuses({
    spec,
    previous,
    observation,
    hold: input.hold,
    outcomes: input.outcomes,
    undecided,
    stopped: input.stopped ?? false,
    terminal: isTerminalPhase(previous.phase),
    also: whole && otherFieldsOfWhole(whole),
    now,
  });
  const ending = endingOf(input, seen);
  const live = ending ? undefined : livePhase(input, spec, seen);
  const said = podTexts(speaker({ ...input, ...(observation ? { observation } : {}) }, live, ending));
  const limit = messageLimit(containerCount(spec));
  const isOver = ending !== undefined || isTerminalPhase(live);
  const statuses = isOver ? finalStatuses(seen, { spec, ...said, now, limit }) : seen;
  const phase = stickyPhase(previous.phase, live ?? finalPhase(ending ?? {}, spec, statuses));
  return {
    phase,
    ...said,
    ...addresses(input, spec, observation),
    startTime: wholeSeconds(previous.startTime) ?? wholeSeconds(whole?.startTime) ?? now,
    qosClass: previous.qosClass ?? qosClass(pod),
    ...(observed > 0 ? { observedGeneration: observed } : {}),
    conditions: podConditions({
      pod,
      phase,
      statuses,
      isPrepared: isPrepared(statuses, observation, phase),
      outcomes: input.outcomes,
      given: whole?.conditions,
      disruption: disruptionOf(input),
      extra: input.extra,
      generation: observed,
      now,
    }),
    ...statuses,
  };
}
