import { isSidecar } from '@virtual-kubelet/kubernetes';
import type { Container, ContainerStatus, Pod, PodCondition, PodSpec } from '@virtual-kubelet/kubernetes';
import type { UpdateOutcome } from '@virtual-kubelet/provider';
import type { ContainerStatuses } from './container-statuses.js';
import type { PodPhase } from './phase.js';
import { statusNamed } from './phase.js';
import { resizeFindings } from './resize-conditions.js';
import { without } from '../without.js';

/** What a condition says. */
export interface Finding {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
}

/** What the conditions of a pod follow from. */
export interface ConditionsInput {
  readonly pod: Pod;
  readonly phase: PodPhase;
  readonly statuses: ContainerStatuses;
  /** The pod's surroundings exist: it has an address of its own, or something of it runs. */
  readonly isPrepared: boolean;
  readonly outcomes?: readonly UpdateOutcome[] | undefined;
  /** Conditions as another kubelet found them; they win over what is computed. */
  readonly given?: readonly PodCondition[] | undefined;
  /** Why the pod was ended from outside, told only together with the phase that follows from it. */
  readonly disruption?: string | undefined;
  /** Conditions of the node's own, below `virtual-kubelet.io/`. */
  readonly extra?: readonly PodCondition[] | undefined;
  /** Generation of the spec they are about; 0: unknown. */
  readonly generation: number;
  /** RFC 3339, whole seconds. */
  readonly now: string;
}

/** Types a kubelet writes and clears (kubernetes/kubernetes:pkg/kubelet/types/pod_status.go). */
const kubeletConditions: ReadonlySet<string> = new Set([
  'PodScheduled',
  'PodReadyToStartContainers',
  'Initialized',
  'ContainersReady',
  'Ready',
  'PodResizePending',
  'PodResizeInProgress',
]);
const ownPrefix = 'virtual-kubelet.io/';

/** Whether a condition is the node's to write and to drop. `DisruptionTarget` is shared: written, never dropped. */
export function isOwnCondition(type: string): boolean {
  return kubeletConditions.has(type) || type.startsWith(ownPrefix);
}

const isTrue: Finding = { status: 'True' };

function isFalse(reason: string, message?: string): Finding {
  return { status: 'False', reason, ...(message === undefined ? {} : { message }) };
}

/** As Go prints a list of strings. */
function listed(names: readonly string[]): string {
  return `[${names.join(' ')}]`;
}

/** Sidecars and regular containers that are not ready. Statuses exist for every container of the spec. */
function unready(spec: PodSpec, statuses: ContainerStatuses): readonly string[] {
  const sidecars = (spec.initContainers ?? []).filter(
    (container, index) =>
      isSidecar(container) && !statusNamed(statuses.initContainerStatuses, container.name, index)?.ready,
  );
  return [...sidecars, ...statuses.containerStatuses.filter((status) => !status.ready)].map(({ name }) => name);
}

function containersReady(spec: PodSpec, statuses: ContainerStatuses, phase: PodPhase): Finding {
  if (phase === 'Failed') return isFalse('PodFailed');
  if (phase === 'Succeeded') return isFalse('PodCompleted');
  const names = unready(spec, statuses);
  if (names.length === 0) return isTrue;
  return isFalse('ContainersNotReady', `containers with unready status: ${listed(names)}`);
}

/** Readiness gates are other parties' conditions (KEP-580): without one that is True the pod is not Ready. */
function ready(pod: Pod, containers: Finding): Finding {
  if (containers.status !== 'True') return containers;
  const messages: string[] = [];
  for (const { conditionType: type } of pod.spec?.readinessGates ?? []) {
    const gate = pod.status?.conditions?.find((c) => c.type === type);
    if (!gate) messages.push(`corresponding condition of pod readiness gate "${type}" does not exist.`);
    else if (gate.status !== 'True')
      messages.push(`the status of pod readiness gate "${type}" is not "True", but ${gate.status}`);
  }
  return messages.length === 0 ? isTrue : isFalse('ReadinessGatesNotReady', messages.join(', '));
}

function hasRunNow({ state }: ContainerStatus): boolean {
  return Boolean(state?.running ?? state?.terminated);
}

function isIncomplete(container: Container, status: ContainerStatus | undefined): boolean {
  return isSidecar(container) ? status?.started !== true : status?.ready !== true;
}

/** A pod that was initialized once stays so, even when its sidecars or all of its containers start again. */
function initialized({ pod, phase, statuses }: ConditionsInput): Finding {
  const names = (pod.spec?.initContainers ?? [])
    .filter((container, index) =>
      isIncomplete(container, statusNamed(statuses.initContainerStatuses, container.name, index)),
    )
    .map(({ name }) => name);
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  const before = pod.status?.conditions?.find((c) => c.type === 'Initialized');
  if (names.length === 0 || before?.status === 'True' || statuses.containerStatuses.some(hasRunNow)) return isTrue;
  return isFalse('ContainersNotInitialized', `containers with incomplete status: ${listed(names)}`);
}

/** A condition as it goes into the status: its time moves only when what it says changes. */
function condition(input: ConditionsInput, type: string, finding: Finding): PodCondition {
  const before = input.pod.status?.conditions?.find((c) => c.type === type);
  const kept = before?.status === finding.status ? before.lastTransitionTime : undefined;
  return {
    type,
    ...finding,
    lastTransitionTime: kept ?? input.now,
    ...(input.generation > 0 ? { observedGeneration: input.generation } : {}),
  };
}

/** Like {@link condition} for conditions that are only ever True or gone: a new reason is a new time. */
function stating(input: ConditionsInput, type: string, finding: Finding & { readonly since?: string }): PodCondition {
  const { since } = finding;
  const said = without(finding, 'since');
  const before = input.pod.status?.conditions?.find((c) => c.type === type);
  const isSame = before?.status === said.status && (before.reason ?? '') === (said.reason ?? '');
  const made = condition(input, type, said);
  return isSame ? made : { ...made, lastTransitionTime: since ?? input.now };
}

function given(input: ConditionsInput, type: string): Finding | undefined {
  const found = input.given?.find((c) => c.type === type);
  if (found?.status !== 'True' && found?.status !== 'False') return undefined;
  const { status, reason, message } = found;
  return { status, ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
}

/** Whole statuses of other kubelets are believed, but a pod that is over is never ready, and our gates are ours. */
function readiness(input: ConditionsInput): { readonly containers: Finding; readonly pod: Finding } {
  const { pod, phase, statuses } = input;
  const computed = containersReady(pod.spec ?? { containers: [] }, statuses, phase);
  const isOver = phase === 'Succeeded' || phase === 'Failed';
  const containers = (isOver ? undefined : given(input, 'ContainersReady')) ?? computed;
  const said = isOver ? undefined : given(input, 'Ready');
  return { containers, pod: said?.status === 'False' ? said : ready(pod, containers) };
}

function stated({
  type,
  status,
  reason,
  message,
  lastTransitionTime,
}: PodCondition): [string, Finding & { since?: string }] {
  const finding: Finding & { since?: string } = {
    status: status === 'True' || status === 'False' ? status : 'Unknown',
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(lastTransitionTime === undefined ? {} : { since: lastTransitionTime }),
  };
  return [type, finding];
}

function disruption(message: string): Finding {
  return { status: 'True', reason: 'TerminationByKubelet', message };
}

/**
 * The conditions this node writes (kubernetes/kubernetes:pkg/kubelet/status/generate.go), in the kubelet's order. Other
 * parties' conditions are not among them.
 */
export function podConditions(input: ConditionsInput): readonly PodCondition[] {
  const { containers, pod } = readiness(input);
  const prepared: Finding = { status: input.isPrepared ? 'True' : 'False' };
  return [
    ...resizeFindings(input.outcomes).map(([type, finding]) => stating(input, type, finding)),
    ...(input.disruption === undefined ? [] : [stating(input, 'DisruptionTarget', disruption(input.disruption))]),
    condition(input, 'PodReadyToStartContainers', given(input, 'PodReadyToStartContainers') ?? prepared),
    condition(input, 'Initialized', given(input, 'Initialized') ?? initialized(input)),
    condition(input, 'Ready', pod),
    condition(input, 'ContainersReady', containers),
    condition(input, 'PodScheduled', isTrue),
    ...(input.extra ?? []).map((extra) => stating(input, ...stated(extra))),
  ];
}
