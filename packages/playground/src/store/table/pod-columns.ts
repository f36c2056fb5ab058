/** The columns of pods: what a pod's status comes to in one word (kubernetes:pkg/printers/internalversion, printPod). */
import { parseTime } from '@virtual-kubelet/kubernetes';
import type { Json } from '../json.js';
import { field, isJson, json, list, number, text } from '../json.js';
import type { Column } from './column.js';
import { age, column, none, textAt, wide } from './column.js';
import { humanDuration } from './human-duration.js';

/** What is shown of a pod. */
interface Summary {
  readonly status: string;
  readonly ready: number;
  readonly total: number;
  readonly restarts: number;
  /** Milliseconds since 1970 of the last end of a container that was restarted. */
  readonly lastRestart?: number;
}

/** Columns of pods. */
export const podColumns: readonly Column[] = [
  column('Ready', (pod) => {
    const { ready, total } = summarise(pod);
    return `${ready}/${total}`;
  }),
  column('Status', (pod) => summarise(pod).status),
  column('Restarts', (pod, now) => {
    const { restarts, lastRestart } = summarise(pod);
    return restarts > 0 && lastRestart !== undefined
      ? `${restarts} (${humanDuration(now - lastRestart)} ago)`
      : String(restarts);
  }),
  age,
  wide('IP', (pod) => text(list(pod, 'status', 'podIPs')[0], 'ip') || text(pod, 'status', 'podIP') || none),
  wide('Node', textAt('spec', 'nodeName')),
  wide('Nominated Node', textAt('status', 'nominatedNodeName')),
  wide('Readiness Gates', readinessGates),
];

/** Why a pod is complete, for the row's condition; undefined where it is not. */
export function completion(pod: Json): Json | undefined {
  const phase = text(pod, 'status', 'phase');
  if (phase !== 'Succeeded' && phase !== 'Failed') return undefined;
  const message = phase === 'Succeeded' ? 'The pod has completed successfully.' : 'The pod failed.';
  return { type: 'Completed', status: 'True', reason: phase, message };
}

function readinessGates(pod: Json): string {
  const gates = list(pod, 'spec', 'readinessGates').map((gate) => text(gate, 'conditionType'));
  if (gates.length === 0) return none;
  return `${gates.filter((type) => hasCondition(pod, type)).length}/${gates.length}`;
}

function hasCondition(pod: Json, type: string): boolean {
  return list(pod, 'status', 'conditions').some((one) => text(one, 'type') === type && text(one, 'status') === 'True');
}

function isSidecar(container: unknown): boolean {
  return text(container, 'restartPolicy') === 'Always';
}

function summarise(pod: Json): Summary {
  const sidecars = list(pod, 'spec', 'initContainers').filter(isSidecar);
  const total = list(pod, 'spec', 'containers').length + sidecars.length;
  const init = initSummary(pod);
  const isInitialising = init.stopped !== undefined && !hasCondition(pod, 'Initialized');
  const regular = isInitialising ? undefined : regularSummary(pod, init);
  const status = regular?.status ?? init.stopped ?? baseStatus(pod);
  const restarted = isInitialising ? init.restarted : [...init.sidecars, ...list(pod, 'status', 'containerStatuses')];
  const lastRestart = latestEnd(restarted);
  return {
    status: withDeletion(pod, status),
    ready: init.ready + (regular?.ready ?? 0),
    total,
    restarts: restarted.reduce<number>((sum, one) => sum + (number(one, 'restartCount') ?? 0), 0),
    ...(lastRestart === undefined ? {} : { lastRestart }),
  };
}

function baseStatus(pod: Json): string {
  const gated = list(pod, 'status', 'conditions').find(
    (one) => text(one, 'type') === 'PodScheduled' && text(one, 'reason') === 'SchedulingGated',
  );
  if (gated !== undefined) return 'SchedulingGated';
  return text(pod, 'status', 'reason') || text(pod, 'status', 'phase');
}

interface InitSummary {
  /** What the pod waits for; undefined where all init containers are done. */
  readonly stopped?: string;
  readonly ready: number;
  /** Statuses whose restarts count while the pod initialises. */
  readonly restarted: readonly unknown[];
  /** Statuses of started sidecars. */
  readonly sidecars: readonly unknown[];
}

function initSummary(pod: Json): InitSummary {
  const containers = list(pod, 'spec', 'initContainers');
  const statuses = list(pod, 'status', 'initContainerStatuses');
  const restartable = new Set(containers.filter(isSidecar).map((one) => text(one, 'name')));
  const isDone = (status: unknown): boolean =>
    number(status, 'state', 'terminated', 'exitCode') === 0 ||
    (restartable.has(text(status, 'name')) && field(status, 'started') === true);
  const index = statuses.findIndex((status) => !isDone(status));
  const passed = index < 0 ? statuses : statuses.slice(0, index);
  const restarted = index < 0 ? statuses : statuses.slice(0, index + 1);
  const sidecars = restarted.filter((status) => restartable.has(text(status, 'name')));
  const ready = passed.filter((one) => restartable.has(text(one, 'name')) && field(one, 'ready') === true).length;
  const stopped = index < 0 ? undefined : `Init:${initReason(statuses[index], index, containers.length)}`;
  return { ready, sidecars, restarted, ...(stopped === undefined ? {} : { stopped }) };
}

function initReason(status: unknown, index: number, count: number): string {
  const terminated = field(field(status, 'state'), 'terminated');
  if (isJson(terminated)) return text(terminated, 'reason') || exitWords(terminated);
  const waiting = text(status, 'state', 'waiting', 'reason');
  return waiting !== '' && waiting !== 'PodInitializing' ? waiting : `${index}/${count}`;
}

function exitWords(terminated: Json): string {
  const signal = number(terminated, 'signal') ?? 0;
  return signal === 0 ? `ExitCode:${number(terminated, 'exitCode') ?? 0}` : `Signal:${signal}`;
}

/** The first container that has something to say gives the word; while any runs, an end well is not the last word. */
function regularSummary(pod: Json, init: InitSummary): Pick<Summary, 'status' | 'ready'> {
  const statuses = list(pod, 'status', 'containerStatuses');
  const word = statuses.map(containerWord).find((one) => one !== undefined) ?? init.stopped ?? baseStatus(pod);
  const ready = statuses.filter((one) => containerWord(one) === undefined && isReadyAndRunning(one)).length;
  if (word !== 'Completed') return { status: word, ready };
  if (ready > 0 && hasCondition(pod, 'Ready')) return { status: 'Running', ready };
  const failure = statuses.find((one) => (number(one, 'state', 'terminated', 'exitCode') ?? 0) !== 0);
  const rest = ready > 0 ? 'NotReady' : word;
  return { status: failure === undefined ? rest : (containerWord(failure) ?? rest), ready };
}

function isReadyAndRunning(status: unknown): boolean {
  return field(status, 'ready') === true && isJson(field(field(status, 'state'), 'running'));
}

function containerWord(status: unknown): string | undefined {
  const state = json(status, 'state');
  const waiting = text(state, 'waiting', 'reason');
  if (waiting !== '') return waiting;
  const terminated = field(state, 'terminated');
  return isJson(terminated) ? text(terminated, 'reason') || exitWords(terminated) : undefined;
}

function withDeletion(pod: Json, status: string): string {
  if (text(pod, 'metadata', 'deletionTimestamp') === '') return status;
  if (text(pod, 'status', 'reason') === 'NodeLost') return 'Unknown';
  const phase = text(pod, 'status', 'phase');
  return phase === 'Succeeded' || phase === 'Failed' ? status : 'Terminating';
}

function latestEnd(statuses: readonly unknown[]): number | undefined {
  const ends = statuses
    .map((status) => text(status, 'lastState', 'terminated', 'finishedAt'))
    .filter((time) => time !== '')
    .map(parseTime);
  return ends.length === 0 ? undefined : Math.max(...ends);
}
