/** How running containers are stopped: preStop, stop signal, kill; sidecars last and in reverse order. Pure. */
import type { Container } from '@virtual-kubelet/kubernetes';
import type { PodAction } from './pod-action.js';
import type { PodContainer } from '../labels.js';
import type { PodSituation, SpecContainer, StopMark } from './pod-situation.js';
import { busyKey, specContainers, specOf } from './pod-situation.js';

/** Milliseconds a container gets between its stop signal and the kill, however long its preStop hook took. */
export const leastGrace = 2_000;
/** A kill that had no effect is sent again after this, milliseconds. */
const killAgain = 5_000;

/** What stopping needs next. */
export interface Stopping {
  readonly actions: readonly PodAction[];
  readonly again?: number;
  /** Something still runs. */
  readonly running: boolean;
}

/** How to stop. */
export interface StopOrder {
  /** Milliseconds. */
  readonly grace: number;
  readonly why: string;
}

interface Target {
  readonly spec: SpecContainer | undefined;
  readonly run: PodContainer;
  /** It may be signalled now; before its turn only its preStop hook runs. */
  readonly turn: boolean;
}

/** All running containers with whose turn it is: sidecars wait for the others, and for the sidecars after them. */
function targets(situation: PodSituation): readonly Target[] {
  const all = specContainers(specOf(situation.pod));
  const order = (run: PodContainer): number => all.findIndex(({ container }) => container.name === run.name);
  const found = situation.containers
    .filter((run) => run.state === 'running')
    .map((run) => ({ run, spec: all[order(run)] }));
  const isSide = ({ spec }: { spec: SpecContainer | undefined }): boolean => spec?.role === 'sidecar';
  const othersRun = found.some((target) => !isSide(target));
  const last = Math.max(-1, ...found.filter(isSide).map(({ run }) => order(run)));
  return found.map((target) => ({
    ...target,
    turn: !isSide(target) || (!othersRun && order(target.run) === last),
  }));
}

function hasPreStop(container: Container | undefined): boolean {
  const hook = container?.lifecycle?.preStop;
  return hook?.exec !== undefined || hook?.httpGet !== undefined || hook?.sleep !== undefined;
}

/** Milliseconds until the kill, counted from the beginning of the stop, but never less than the least after the signal. */
function untilKill(stop: StopMark, now: number): number {
  const signalled = stop.signalledAt ?? now;
  return Math.max(stop.since + stop.grace, signalled + Math.min(leastGrace, stop.grace)) - now;
}

function begin({ run, spec }: Target, order: StopOrder): PodAction {
  return {
    do: 'beginStop',
    container: run.name,
    id: run.id,
    grace: order.grace,
    why: order.why,
    preStop: hasPreStop(spec?.container) && order.grace > 0,
  };
}

interface Step {
  readonly action?: PodAction;
  readonly again?: number;
}

/** The next step for one container whose stop has begun. */
function step(situation: PodSituation, { run, turn }: Target, stop: StopMark): Step {
  const { now, busy } = situation;
  if (stop.preStop === 'running') {
    const left = stop.since + stop.grace - now;
    if (left > 0) {
      const isBusy = busy.has(busyKey('preStop', run.id));
      return { again: left, ...(isBusy ? {} : { action: { do: 'preStop', container: run.name, id: run.id } }) };
    }
  }
  if (!turn) return {};
  if (stop.signalledAt === undefined && stop.grace > 0)
    return { action: { do: 'signal', id: run.id, kill: false }, again: leastGrace };
  const left = untilKill(stop, now);
  if (left > 0) return { again: left };
  if (stop.killedAt === undefined || now >= stop.killedAt + killAgain)
    return { action: { do: 'signal', id: run.id, kill: true }, again: killAgain };
  return { again: stop.killedAt + killAgain - now };
}

/** What to do next to stop everything that runs. Level-triggered: called again after each action and change. */
export function stopActions(situation: PodSituation, order: StopOrder): Stopping {
  const actions: PodAction[] = [];
  let again = Infinity;
  const all = targets(situation);
  for (const target of all) {
    const stop = situation.marks.get(target.run.id)?.stop;
    if (!stop) {
      actions.push(begin(target, order));
      continue;
    }
    if (order.grace < stop.grace) actions.push({ do: 'shortenStop', id: target.run.id, grace: order.grace });
    const next = step(situation, target, stop);
    if (next.action) actions.push(next.action);
    again = Math.min(again, next.again ?? Infinity);
  }
  return { actions, running: all.length > 0, ...(again === Infinity ? {} : { again }) };
}
