/** Looks at pods one by one and does what `decide` says. One reconcile per pod at a time; each starts from what is true now. */
import type { WorkQueue, WorkResult } from '@virtual-kubelet/base';
import { lifetime, messageOf, workQueue } from '@virtual-kubelet/base';
import { deepEqual, formatTime } from '@virtual-kubelet/kubernetes';
import type { PodObservation } from '@virtual-kubelet/provider';
import type { BackendMachine, Labels } from '../backend.js';
import type { Decision } from './decide.js';
import { decide } from './decide.js';
import type { ImageKeeper } from '../images/image-keeper.js';
import { imageKeeper } from '../images/image-keeper.js';
import { imagePuller } from '../images/image-puller.js';
import { ownerLabels, podLabels, refOf } from '../labels.js';
import { observePod, shownFor } from './observe.js';
import type { PerformOptions } from './perform.js';
import { perform } from './perform.js';
import type { PodEntry } from './pod-entry.js';
import { recordNow, setMark, situationOf, takeView } from './pod-entry.js';
import type { PodSituation } from './pod-situation.js';
import { specContainers, specOf } from './pod-situation.js';
import type { ProbeReport, ProbeTally, ProbeTarget } from '../probes/prober.js';
import { createProber, probeTargets } from '../probes/prober.js';
import type { PodNotice, Surroundings } from '../runtime-options.js';
import { terminationMessage } from './termination-message.js';

/** Runs the pods of one node. */
export interface PodRunner {
  readonly entries: ReadonlyMap<string, PodEntry>;
  add(entry: PodEntry): void;
  /** Look at the pod now. */
  wake(uid: string): void;
  /** How the probes of a pod have ended so far. */
  probeTallies(uid: string): readonly ProbeTally[];
  /** Asks the engine about one pod and gives the observation that follows. */
  look(entry: PodEntry, signal: AbortSignal): Promise<PodObservation>;
  /** Looks at all pods at once. */
  lookAtAll(signal: AbortSignal): Promise<readonly PodObservation[]>;
  /** Tells what happened to a pod, now and with its next observation. */
  notice(notice: PodNotice): void;
  /** Ends starts that wait for an image. */
  cancelStarts(entry: PodEntry): void;
  readonly images: ImageKeeper;
  /** Aborts with the runner. */
  readonly life: AbortSignal;
  stop(): Promise<void>;
}

/** What the runner tells. */
export interface RunnerEvents {
  readonly observed: (observation: PodObservation) => void;
  readonly machine: () => Promise<BackendMachine>;
}

function observe(around: Surroundings, entry: PodEntry, decision: Decision): PodObservation {
  const { clock, backend } = around;
  const situation = situationOf(entry, { wall: clock.wall(), now: clock.monotonic() });
  const observation = observePod(situation, { stage: decision.stage, runtime: backend.name });
  return entry.happened.length === 0 ? observation : { ...observation, happened: entry.happened };
}

/** Reads what containers that ended since left as message. */
async function readMessages(around: Surroundings, entry: PodEntry, signal: AbortSignal): Promise<void> {
  const all = specContainers(specOf(entry.record.pod));
  for (const seen of entry.containers) {
    if (seen.state !== 'exited' || entry.marks.get(seen.id)?.message !== undefined) continue;
    const container = all.find((each) => each.container.name === seen.name)?.container;
    const message = await terminationMessage({ ...around, signal }, entry.record.ref.uid, { container, seen });
    setMark(entry, seen.id, { message });
  }
}

/** The earliest time at which a shown failure turns into the pause after it. */
function untilPause(entry: PodEntry, now: number): number | undefined {
  const left = [...entry.failures.values()].filter(({ pause }) => pause).map(({ at }) => at + shownFor - now);
  const due = left.filter((ms) => ms > 0);
  return due.length > 0 ? Math.min(...due) : undefined;
}

/** Pause before actions that had no effect are taken again, milliseconds. */
const vainPause = 1_000;

/** Happenings a report repeats. */
const mostHappened = 30;

/** Containers that have begun to wait for another try, with the reason. */
function newPauses(
  before: PodObservation | undefined,
  now: PodObservation,
): readonly { name: string; message: string }[] {
  const waits = (observation: PodObservation | undefined, name: string): string => {
    const state = observation?.containers.find((container) => container.name === name)?.state;
    return state && 'waiting' in state && state.waiting.reason.endsWith('BackOff') ? (state.waiting.message ?? '') : '';
  };
  return now.containers
    .map(({ name }) => ({ name, message: waits(now, name) }))
    .filter(({ name, message }) => message !== '' && message !== waits(before, name));
}

/** Makes a runner; it works at once. */
export function createPodRunner(given: Surroundings, events: RunnerEvents): PodRunner {
  const { backend, clock, random, logger, owner } = given;
  const entries = new Map<string, PodEntry>();
  const life = lifetime();
  /** What happens is told with the next observation, too. */
  const around: Surroundings = {
    ...given,
    notice(notice) {
      given.notice(notice);
      const { ref, ...said } = notice;
      const entry = entries.get(ref.uid);
      if (!entry) return;
      entry.happened = [...entry.happened, { ...said, time: formatTime(clock.wall()) }].slice(-mostHappened);
      queue.add(ref.uid);
    },
  };
  const inUse = (): ReadonlySet<string> => {
    const all = [...entries.values()];
    const wanted = all.flatMap(({ record }) =>
      specContainers(specOf(record.pod)).map(({ container }) => container.image),
    );
    const made = all.flatMap(({ containers }) => containers.map(({ specImage }) => specImage));
    return new Set([...wanted.map((name) => name ?? ''), ...made]);
  };
  const images = imageKeeper({ backend, clock, logger, inUse, storage: around.storage, policy: around.imageGc });
  const puller = imagePuller({ backend, clock, most: around.pulls, life: life.signal });

  const report = ({ target, verdict }: ProbeReport): void => {
    const entry = entries.get(target.uid);
    if (!entry) return;
    const seconds = target.kind === 'startup' ? target.container.startupProbe : target.container.livenessProbe;
    const grace = seconds?.terminationGracePeriodSeconds;
    const why = `Container ${target.container.name} failed ${target.kind} probe`;
    const unhealthy = { message: why, ...(grace === undefined ? {} : { graceSeconds: grace }) };
    const change =
      target.kind === 'readiness'
        ? { ready: verdict === 'pass' }
        : verdict === 'fail'
          ? { unhealthy }
          : target.kind === 'startup'
            ? { startup: true }
            : {};
    if (setMark(entry, target.containerId, change)) persist(entry);
    queue.add(target.uid);
  };
  const probed =
    (reason: string, verb: string) =>
    ({ uid, kind, container }: ProbeTarget, note: string): void => {
      const ref = entries.get(uid)?.record.ref;
      const word = `${kind[0]?.toUpperCase() ?? ''}${kind.slice(1)}`;
      if (!ref) return;
      const message = `${word} probe ${verb}: ${note}`;
      around.notice({ ref, container: container.name, type: 'Warning', reason, message });
    };
  const prober = createProber({
    backend,
    client: around.probes,
    clock,
    random,
    report,
    failed: probed('Unhealthy', 'failed'),
    odd: probed('ProbeWarning', 'warning'),
  });

  const persist = (entry: PodEntry): void => {
    entry.record = recordNow(entry);
    around.storage.save(entry.record).catch((error: unknown) => {
      logger.warn('a pod record could not be written', { pod: entry.record.ref.uid, error: messageOf(error) });
    });
  };

  const forget = (uid: string): void => {
    entries.delete(uid);
    prober.forget(uid);
    queue.forget(uid);
  };

  const situation = (entry: PodEntry): PodSituation =>
    situationOf(entry, { wall: clock.wall(), now: clock.monotonic() });

  let serial = 0;
  const tick = (): number => (serial += 1);
  const changed = (entry: PodEntry): void => void (entry.changedAt = tick());

  /** Looks until nothing changed while looking: what is decided in the same turn is decided on the present. */
  const refresh = async (entry: PodEntry, signal: AbortSignal): Promise<void> => {
    const began = tick();
    const view = await backend.list(podLabels(owner, entry.record.ref), signal);
    if (takeView(entry, view, began)) await readMessages(around, entry, signal);
    if (began <= entry.changedAt) await refresh(entry, signal);
  };

  /** Decides on a fresh view, with no turn between the view and the decision. */
  const decideNow = async (entry: PodEntry, signal: AbortSignal): Promise<Decision> => {
    for (;;) {
      await refresh(entry, signal);
      if (entry.viewedAt > entry.changedAt) return decide(situation(entry));
    }
  };

  /** Tells of a change; equal observations are told once. */
  const publish = (entry: PodEntry, decision: Decision): void => {
    const observation = observe(around, entry, decision);
    if (deepEqual(observation, entry.observation)) return;
    const pauses = newPauses(entry.observation, observation);
    entry.observation = observation;
    events.observed(observation);
    for (const { name, message } of pauses)
      around.notice({ ref: observation.ref, container: name, type: 'Warning', reason: 'BackOff', message });
  };

  const syncProbes = (entry: PodEntry, decision: Decision, first: boolean): void => {
    const machineAddress = around.hostIPs()[0] ?? '127.0.0.1';
    const targets = probeTargets(situation(entry), { stage: decision.stage, machineAddress });
    prober.sync(entry.record.ref.uid, targets, first && entry.adopted);
  };

  const reconcile = async (uid: string, signal: AbortSignal): Promise<WorkResult> => {
    const entry = entries.get(uid);
    if (!entry) return;
    const first = !entry.seen;
    const decision = await decideNow(entry, signal);
    publish(entry, decision);
    syncProbes(entry, decision, first);
    const options: PerformOptions = {
      ...around,
      puller,
      images,
      machineMemory: (await events.machine()).memoryBytes,
      life: life.signal,
      changed,
      wake: (which) => queue.add(which),
      forget,
    };
    let hasActed = false;
    for (const action of decision.actions) {
      if (!(await perform(options, entry, action))) continue;
      hasActed = true;
      changed(entry);
    }
    const actions = JSON.stringify(decision.actions);
    const isVain = hasActed && actions === entry.lastActions;
    entry.lastActions = actions;
    if (hasActed && !isVain) queue.add(uid);
    const pause = untilPause(entry, clock.monotonic()) ?? Infinity;
    const again = Math.min(decision.again ?? Infinity, pause, isVain ? vainPause : Infinity);
    if (again !== Infinity) return { again };
  };

  const queue: WorkQueue<string> = workQueue<string>({
    clock,
    random,
    workers: around.workers,
    handle: reconcile,
    retry: { first: 500, most: 30_000 },
    onFailure({ key, error, delay }) {
      const ref = entries.get(key)?.record.ref;
      if (!life.signal.aborted)
        logger.warn('a pod could not be looked at, trying again', {
          pod: ref ? `${ref.namespace}/${ref.name}` : key,
          again: Math.round(delay),
          error: messageOf(error),
        });
    },
  });

  return {
    entries,
    images,
    life: life.signal,
    add(entry) {
      entries.set(entry.record.ref.uid, entry);
      queue.add(entry.record.ref.uid);
    },
    wake: (uid) => queue.add(uid),
    probeTallies: (uid) => prober.tallies(uid),
    notice: (notice) => around.notice(notice),
    async look(entry, signal) {
      return observe(around, entry, await decideNow(entry, signal));
    },
    async lookAtAll(signal) {
      const began = tick();
      const view = await backend.list(ownerLabels(owner), signal);
      return [...entries.values()].map((entry) => {
        const { uid } = entry.record.ref;
        const own = ({ labels }: { readonly labels: Labels }): boolean => refOf(labels)?.uid === uid;
        const mine = { sandboxes: view.sandboxes.filter(own), containers: view.containers.filter(own) };
        // A look that is out of date leaves what is known; the reconcile under way tells the news.
        takeView(entry, mine, began);
        return observe(around, entry, decide(situation(entry)));
      });
    },
    cancelStarts(entry) {
      for (const [key, cancel] of entry.busy)
        if (!key.startsWith('preStop/')) cancel.abort(new DOMException('the pod is being deleted', 'AbortError'));
    },
    async stop() {
      life.abort(new DOMException('the provider was closed', 'AbortError'));
      prober.stop();
      await queue.stop();
    },
  };
}
