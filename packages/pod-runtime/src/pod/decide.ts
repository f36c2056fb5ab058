/**
 * The life of a pod, decided from what is true now: one state machine, longer than other files. It remembers nothing;
 * what was done is seen again on the engine. Upstream's counterpart is kubernetes/kubernetes:pkg/kubelet/kuberuntime
 * (computePodActions, computeInitContainerActions).
 */
import type { Container } from '@virtual-kubelet/kubernetes';
import { nextBackoff, waitBeforeRestart } from './crash-backoff.js';
import type { PodContainer, PodSandbox } from '../labels.js';
import type { PodAction } from './pod-action.js';
import type { PodSituation, SpecContainer } from './pod-situation.js';
import { busyKey, endOf, isStarted, latestRun, readySandbox, roundOf, runsOf } from './pod-situation.js';
import { specContainers, specOf } from './pod-situation.js';
import { restartsAfter } from './restart-policy.js';
import { evictionGrace } from '../storage/storage-limits.js';
import { stopActions } from './termination.js';

/** Where the pod is in its life. */
export type PodStage =
  /** Wanted: containers are started and restarted. */
  | 'alive'
  /** Its containers are being stopped: it was deleted, or it came to its end. */
  | 'ending'
  /** Nothing of it runs or will run again. */
  | 'over';

/** What to do now, and when to look again even if nothing happens. */
export interface Decision {
  readonly stage: PodStage;
  readonly actions: readonly PodAction[];
  /** Milliseconds; absent: only when something changes. */
  readonly again?: number;
}

/** Dead containers and sandboxes of a deleted pod stay this long, so that the end can be read. Milliseconds. */
export const endRetention = 60_000;
const defaultGraceSeconds = 30;

/** Collects what a pass over the pod finds. */
interface Pass {
  readonly situation: PodSituation;
  readonly actions: PodAction[];
  /** Runs of earlier rounds count as not having been; see `roundOf`. */
  readonly round: number;
  again: number;
}

function later(pass: Pass, ms: number): void {
  pass.again = Math.min(pass.again, Math.max(ms, 1));
}

function decision(pass: Pass, stage: PodStage): Decision {
  return { stage, actions: pass.actions, ...(pass.again === Infinity ? {} : { again: pass.again }) };
}

/** Whether a run that ended is followed by another. A new image is a new try, whatever the policy says. */
function runsAgain(situation: PodSituation, container: Container, run: PodContainer): boolean {
  const end = endOf(run, situation.marks.get(run.id));
  if (!end) return false;
  return isOutdated(container, run) || restartsAfter(container, specOf(situation.pod), end.exitCode);
}

function isOutdated(container: Container, run: PodContainer): boolean {
  return run.specImage !== '' && run.specImage !== (container.image ?? '');
}

/** A failed init container that may not run again, or all regular containers at their end. */
export function hasComeToItsEnd(situation: PodSituation): boolean {
  const all = specContainers(specOf(situation.pod));
  const round = roundOf(situation);
  const isDone = ({ container }: SpecContainer): boolean => {
    const run = latestRun(situation, container.name);
    return run?.round === round && endOf(run, situation.marks.get(run.id)) !== undefined
      ? !runsAgain(situation, container, run)
      : false;
  };
  const hasFailed = (spec: SpecContainer): boolean => {
    const run = latestRun(situation, spec.container.name);
    const end = run && endOf(run, situation.marks.get(run.id));
    return end !== undefined && end.exitCode !== 0 && isDone(spec);
  };
  const regular = all.filter(({ role }) => role === 'regular');
  return all.some((spec) => spec.role === 'init' && hasFailed(spec)) || (regular.length > 0 && regular.every(isDone));
}

/** Decides the next actions of one pod. */
export function decide(situation: PodSituation): Decision {
  const pass: Pass = { situation, actions: [], round: roundOf(situation), again: Infinity };
  const grace = forcedEnd(situation);
  if (grace !== undefined) return end(pass, grace);
  if (hasComeToItsEnd(situation)) return end(pass, graceOf(situation));
  live(pass);
  return decision(pass, 'alive');
}

/** Milliseconds of grace of a pod that has to end whatever its containers do. */
function forcedEnd({ deletion, eviction }: PodSituation): number | undefined {
  if (!deletion && !eviction) return undefined;
  return Math.min(deletion?.grace ?? Infinity, eviction ? evictionGrace : Infinity);
}

function graceOf({ pod }: PodSituation): number {
  return (pod.spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds) * 1_000;
}

// The end of a pod.

function end(pass: Pass, grace: number): Decision {
  const { situation } = pass;
  const stopping = stopActions(situation, { grace, why: forcedEnd(situation) === undefined ? 'finished' : 'deleted' });
  pass.actions.push(...stopping.actions);
  if (stopping.again !== undefined) later(pass, stopping.again);
  if (stopping.running || [...situation.busy].some((key) => key.startsWith('start/') || key.startsWith('sandbox/')))
    return decision(pass, 'ending');
  const ready = situation.sandboxes.filter((sandbox) => sandbox.ready);
  pass.actions.push(...ready.map(({ id }): PodAction => ({ do: 'stopSandbox', id })));
  if (ready.length > 0) return decision(pass, 'ending');
  if (situation.deletion) forgetLater(pass);
  return decision(pass, 'over');
}

function forgetLater(pass: Pass): void {
  const { containers, sandboxes, marks, wall } = pass.situation;
  const ends = containers.map((run) => endOf(run, marks.get(run.id))?.finishedAt ?? run.createdAt);
  const last = Math.max(...ends, ...sandboxes.map((sandbox) => sandbox.createdAt));
  const left = Math.min(last + endRetention - wall, endRetention);
  if (left > 0) return later(pass, left);
  if (sandboxes.length === 0) pass.actions.push({ do: 'forget' });
  else pass.actions.push(...sandboxes.map(({ id }): PodAction => ({ do: 'removeSandbox', id })));
}

// A pod that is wanted.

function live(pass: Pass): void {
  const sandbox = readySandbox(pass.situation);
  if (!sandbox) return makeSandbox(pass);
  const spec = specContainers(specOf(pass.situation.pod));
  if (endRound(pass, spec)) return;
  for (const each of spec) if (each.role === 'ephemeral') startOnce(pass, sandbox, each);
  const isInitialized = initialize(pass, sandbox, spec);
  if (isInitialized) for (const each of spec) if (each.role === 'regular') keepRunning(pass, sandbox, each);
  collectGarbage(pass, sandbox, spec);
}

/** Stops what is left of the round before; true while something of it runs. Ephemeral containers belong to none. */
function endRound(pass: Pass, spec: readonly SpecContainer[]): boolean {
  const { situation, round } = pass;
  const isOfRounds = (name: string): boolean =>
    spec.some(({ container, role }) => container.name === name && role !== 'ephemeral');
  const containers = situation.containers.filter(({ name, round: of }) => of < round && isOfRounds(name));
  const why = 'All containers of the pod are restarted';
  const stopping = stopActions({ ...situation, containers }, { grace: graceOf(situation), why });
  pass.actions.push(...stopping.actions);
  if (stopping.again !== undefined) later(pass, stopping.again);
  return stopping.running;
}

function makeSandbox(pass: Pass): void {
  const { sandboxes, containers, failures, busy, now } = pass.situation;
  // What still runs in a sandbox that broke has lost its network: it ends with it.
  const orphans = containers.filter((run) => run.state === 'running');
  if (orphans.length > 0) {
    pass.actions.push(...orphans.map(({ id }): PodAction => ({ do: 'signal', id, kill: true })));
    return;
  }
  if (busy.has(busyKey('sandbox', '')) || !pass.situation.isHanded) return;
  // One that broke before anything was in it holds nothing worth keeping.
  const empty = sandboxes.filter(({ id }) => !containers.some((run) => run.sandboxId === id));
  pass.actions.push(...empty.map(({ id }): PodAction => ({ do: 'removeSandbox', id })));
  const failure = failures.get('');
  if (failure && now < failure.at + failure.delay) return later(pass, failure.at + failure.delay - now);
  const attempt = Math.max(-1, ...sandboxes.map((sandbox) => sandbox.attempt)) + 1;
  pass.actions.push({ do: 'createSandbox', attempt });
}

/** Takes the init containers as far as they go; true when regular containers may run. */
function initialize(pass: Pass, sandbox: PodSandbox, spec: readonly SpecContainer[]): boolean {
  const { situation } = pass;
  const inSandbox = (name: string): PodContainer | undefined => {
    const run = latestRun(situation, name);
    return run?.sandboxId === sandbox.id && run.round === pass.round ? run : undefined;
  };
  const wasInitialized = spec.some(({ role, container }) => role === 'regular' && inSandbox(container.name));
  for (const each of spec) {
    const { role, container } = each;
    if (role !== 'init' && role !== 'sidecar') continue;
    if (wasInitialized && role === 'init') continue;
    const run = inSandbox(container.name);
    if (role === 'init' && run?.state === 'exited' && run.exitCode === 0) continue;
    keepRunning(pass, sandbox, each);
    const passed = role === 'sidecar' && run && isStarted(container, run, situation.marks.get(run.id));
    if (!wasInitialized && !passed) return false;
  }
  return true;
}

/** Starts a container that has no run yet; an ephemeral one never runs again. */
function startOnce(pass: Pass, sandbox: PodSandbox, each: SpecContainer): void {
  const run = latestRun(pass.situation, each.container.name);
  if (!run) start(pass, sandbox, { container: each.container, attempt: 0, backoff: 0 });
  else if (run.state === 'created') startCreated(pass, sandbox, { container: each.container, run });
}

function keepRunning(pass: Pass, sandbox: PodSandbox, each: SpecContainer): void {
  const { container, role } = each;
  const { situation } = pass;
  const run = latestRun(situation, container.name);
  if (!run) return start(pass, sandbox, { container, attempt: 0, backoff: 0 });
  if (endOf(run, situation.marks.get(run.id))) {
    // In a new sandbox init containers run again, however they ended in the one before.
    const isNew = role === 'init' && run.sandboxId !== sandbox.id;
    return isNew || run.round < pass.round || runsAgain(situation, container, run)
      ? restart(pass, sandbox, { container, run })
      : undefined;
  }
  if (run.state === 'created') return startCreated(pass, sandbox, { container, run });
  watch(pass, container, run);
}

function restart(
  pass: Pass,
  sandbox: PodSandbox,
  { container, run }: { container: Container; run: PodContainer },
): void {
  const finished = endOf(run, pass.situation.marks.get(run.id))?.finishedAt ?? run.createdAt;
  const ended = { ...run, finishedAt: finished };
  const fresh = isOutdated(container, run);
  const wait = fresh ? 0 : waitBeforeRestart(ended, pass.situation.wall);
  if (wait > 0) return later(pass, wait);
  start(pass, sandbox, { container, attempt: run.attempt + 1, backoff: fresh ? 0 : nextBackoff(ended) });
}

function start(
  pass: Pass,
  sandbox: PodSandbox,
  next: { container: Container; attempt: number; backoff: number },
): void {
  const { busy, failures, now, isHanded } = pass.situation;
  const { container, attempt, backoff } = next;
  if (busy.has(busyKey('start', container.name)) || !isHanded) return;
  const failure = failures.get(container.name);
  const left = failure ? failure.at + failure.delay - now : 0;
  if (left > 0) return later(pass, left);
  const { round } = pass;
  pass.actions.push({ do: 'start', container: container.name, attempt, backoff, round, sandboxId: sandbox.id });
}

function startCreated(
  pass: Pass,
  sandbox: PodSandbox,
  { container, run }: { container: Container; run: PodContainer },
): void {
  if (pass.situation.busy.has(busyKey('start', container.name)) || pass.situation.marks.get(run.id)?.startFailure)
    return;
  // Made for a sandbox that has gone since, where it would have neither network nor neighbours, or for a round that is
  // over: it is made anew.
  if (run.sandboxId !== sandbox.id || run.round < pass.round)
    return void pass.actions.push({ do: 'removeContainer', id: run.id });
  pass.actions.push({ do: 'startCreated', container: container.name, id: run.id });
}

/** What a running container needs: its postStart hook, or an end. */
function watch(pass: Pass, container: Container, run: PodContainer): void {
  const { situation } = pass;
  const mark = situation.marks.get(run.id);
  const hook = container.lifecycle?.postStart;
  if (hook && mark?.postStart === undefined && !situation.busy.has(busyKey('postStart', run.id)))
    pass.actions.push({ do: 'postStart', container: container.name, id: run.id });
  const why = stopReason(container, run, situation);
  if (!why) return;
  const grace = mark?.unhealthy?.graceSeconds === undefined ? graceOf(situation) : mark.unhealthy.graceSeconds * 1_000;
  const stopping = stopActions({ ...situation, containers: [run] }, { grace, why });
  pass.actions.push(...stopping.actions);
  if (stopping.again !== undefined) later(pass, stopping.again);
}

function stopReason(container: Container, run: PodContainer, { marks, pod }: PodSituation): string | undefined {
  const mark = marks.get(run.id);
  const restarts = restartsAfter(container, specOf(pod), 137) ? ', will be restarted' : '';
  if (isOutdated(container, run)) return `Container ${container.name} definition changed, will be restarted`;
  if (mark?.unhealthy) return `${mark.unhealthy.message}${restarts}`;
  if (mark?.postStart === 'failed') return 'FailedPostStartHook';
  return mark?.replace ? `Container ${container.name} is restarted for its new resources` : undefined;
}

/** Keeps the latest run of each container and the one before it, for `kubectl logs --previous`, and the sandboxes they are in. */
function collectGarbage(pass: Pass, sandbox: PodSandbox, spec: readonly SpecContainer[]): void {
  const { situation } = pass;
  const used = new Set([sandbox.id]);
  for (const { container } of spec) {
    const runs = runsOf(situation, container.name);
    for (const run of runs.slice(0, 2)) used.add(run.sandboxId);
    for (const run of runs.slice(2))
      if (run.state !== 'running') pass.actions.push({ do: 'removeContainer', id: run.id });
  }
  const old = situation.sandboxes.filter(({ id, ready }) => !used.has(id) && !ready);
  pass.actions.push(...old.map(({ id }): PodAction => ({ do: 'removeSandbox', id })));
}
