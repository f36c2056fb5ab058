import { backoffDelay, messageOf } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import { formatTime } from '@virtual-kubelet/kubernetes';
import type {
  ContainerRef,
  ListedPod,
  NodeDescription,
  NodeStats,
  PodObservation,
  PodRef,
  PodRequest,
  PodSink,
  Provider,
} from '@virtual-kubelet/provider';
import { failures, podName } from '@virtual-kubelet/provider';
import { readLog } from '@virtual-kubelet/provider-kit';
import type { BackendMachine, BackendView, ContainerBackend } from './backend.js';
import { runLogSource } from './container-log.js';
import type { PodContainer } from './labels.js';
import { ownerLabels, podContainer, refOf } from './labels.js';
import type { PodEntry } from './pod-entry.js';
import { entryOf } from './pod-entry.js';
import type { PodRecord } from './pod-record.js';
import type { PodRunner } from './pod-runner.js';
import { createPodRunner } from './pod-runner.js';
import { latestRun, readySandbox, runsOf } from './pod-situation.js';
import { updatePod } from './pod-updates.js';
import type { PodRuntimeOptions, Surroundings } from './runtime-options.js';
import { surroundings } from './runtime-options.js';
import { checkRights } from './security.js';
import { planVolumes } from './volume-plan.js';

/** The provider of one node, and what ends it. */
export interface PodRuntime {
  readonly provider: Provider;
  /** Lets go of everything; pods go on. */
  stop(): Promise<void>;
}

/** A pod of which only its containers are left: what ran is told, nothing is started. */
function remains(ref: PodRef, view: BackendView): PodRecord {
  const names = new Set(
    view.containers.filter(({ labels }) => refOf(labels)?.uid === ref.uid).map((seen) => podContainer(seen).name),
  );
  const containers = [...names].map((name) => ({ name }));
  const pod: Pod = { metadata: ref, spec: { restartPolicy: 'Never', containers } };
  return { ref, attempt: 1, pod, marks: {} };
}

/** Finds everything again: records on disk, and what runs without one. */
async function adopt(around: Surroundings, runner: PodRunner): Promise<void> {
  for (const record of await around.storage.load()) runner.add(entryOf(record, true));
  const view = await around.backend.list(ownerLabels(around.owner), runner.life);
  for (const { labels } of [...view.sandboxes, ...view.containers]) {
    const ref = refOf(labels);
    if (ref && !runner.entries.has(ref.uid)) runner.add(entryOf(remains(ref, view), true));
  }
}

/** A task that is done once; a failure is tried again by the next who asks. */
function once<T>(task: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= task().catch((error: unknown) => {
      running = undefined;
      throw error;
    });
    return running;
  };
}

function fingerprint(view: BackendView): Map<string, string> {
  const parts = new Map<string, string[]>();
  const note = (labels: Readonly<Record<string, string>>, text: string): void => {
    const uid = refOf(labels)?.uid ?? '';
    parts.set(uid, [...(parts.get(uid) ?? []), text]);
  };
  for (const { id, labels, ready } of view.sandboxes) note(labels, `${id}/${String(ready)}`);
  for (const { id, labels, state } of view.containers) note(labels, `${id}/${state}`);
  return new Map([...parts].map(([uid, texts]) => [uid, texts.toSorted().join()]));
}

/** Wakes pods of which an event was lost: those that look different from the last time all were looked at. */
async function relist(around: Surroundings, runner: PodRunner): Promise<void> {
  let before = new Map<string, string>();
  for (;;) {
    await around.clock.sleep(around.relist, runner.life);
    try {
      const now = fingerprint(await around.backend.list(ownerLabels(around.owner), runner.life));
      for (const uid of runner.entries.keys()) if (now.get(uid) !== before.get(uid)) runner.wake(uid);
      before = now;
    } catch (error) {
      if (runner.life.aborted) throw error;
    }
  }
}

/** Follows the engine's events for ever; tells the sink when some may be missing. */
async function follow(around: Surroundings, runner: PodRunner, sink: () => PodSink | undefined): Promise<void> {
  const { backend, owner, clock, random, logger } = around;
  for (let failed = 0; ; failed += 1) {
    try {
      const events = backend.events(ownerLabels(owner), runner.life);
      for (const uid of runner.entries.keys()) runner.wake(uid);
      sink()?.synced();
      for await (const { labels } of events) {
        failed = 0;
        const uid = refOf(labels)?.uid;
        if (uid !== undefined) runner.wake(uid);
      }
    } catch (error) {
      if (runner.life.aborted) return;
      logger.warn('the events of the engine were interrupted', { error: messageOf(error) });
      sink()?.interrupted(messageOf(error));
    }
    await clock.sleep(backoffDelay({ first: 500, most: 10_000 }, failed + 1, random), runner.life);
  }
}

function describe(machine: BackendMachine, maxPods: number): NodeDescription {
  const { cpus, memoryBytes, diskBytes, operatingSystem, architecture, kernelVersion, osImage, runtimeVersion } =
    machine;
  const capacity = {
    cpu: String(cpus),
    memory: `${Math.floor(memoryBytes / 1_024)}Ki`,
    pods: String(maxPods),
    ...(diskBytes === undefined ? {} : { 'ephemeral-storage': `${Math.floor(diskBytes / 1_024)}Ki` }),
  };
  return {
    capacity,
    nodeInfo: { operatingSystem, architecture, kernelVersion, osImage, containerRuntimeVersion: runtimeVersion },
  };
}

async function readStats(around: Surroundings, runner: PodRunner, signal: AbortSignal): Promise<NodeStats> {
  const time = formatTime(around.clock.wall());
  const running = (entry: PodEntry): readonly PodContainer[] =>
    entry.containers.filter(({ state }) => state === 'running');
  const ids = [...runner.entries.values()].flatMap((entry) => running(entry).map(({ id }) => id));
  const usage = await around.backend.stats(ids, signal);
  const pods = [...runner.entries.values()].map((entry) => ({
    pod: entry.record.ref,
    containers: running(entry).flatMap(({ id, name, startedAt }) => {
      const used = usage.get(id);
      if (!used) return [];
      return [
        {
          name,
          time,
          cpuSeconds: used.cpuSeconds,
          workingSetBytes: used.memoryBytes,
          ...(startedAt === undefined ? {} : { startTime: formatTime(startedAt) }),
        },
      ];
    }),
  }));
  return { pods: pods.filter(({ containers }) => containers.length > 0) };
}

/** Makes the provider of a node from an engine. Nothing is asked before the first call. */
export function createPodRuntimeProvider(backend: ContainerBackend, options: PodRuntimeOptions): PodRuntime {
  const around = surroundings(backend, options);
  let sink: PodSink | undefined;
  const machine = once(() => backend.machine(runner.life));
  const runner = createPodRunner(around, { observed: (observation) => sink?.observed(observation), machine });
  const ready = once(() => adopt(around, runner));

  const find = async (ref: PodRef): Promise<PodEntry | undefined> => {
    await ready();
    return runner.entries.get(ref.uid);
  };
  const listed = (observation: PodObservation): ListedPod => ({ ...observation, ...around.owner });
  const known = async (ref: PodRef): Promise<PodEntry> => {
    const entry = await find(ref);
    if (!entry) throw failures.notFound(`no workload for pod ${podName(ref)}`);
    return entry;
  };
  const running = async ({ pod, container }: ContainerRef, signal: AbortSignal): Promise<PodContainer> => {
    const entry = await known(pod);
    await runner.look(entry, signal);
    const run = latestRun(entry, container);
    if (run?.state !== 'running') throw failures.notFound(`container ${container} of pod ${podName(pod)} does not run`);
    return run;
  };

  async function create({ ref, pod, inputs, attempt }: PodRequest): Promise<void> {
    const found = await find(ref);
    // What runs already is not turned away because the rights of pods changed since.
    if (!found) checkRights(pod, around.rights);
    for (const plan of planVolumes(pod, inputs.volumes, around.rights))
      await around.storage.prepareVolume(ref.uid, plan);
    const entry = found ?? entryOf({ ref, attempt, pod, marks: {} }, false);
    entry.record = { ...entry.record, pod, attempt };
    entry.inputs = inputs;
    await around.storage.save(entry.record);
    if (found) runner.wake(ref.uid);
    else runner.add(entry);
  }

  const provider: Provider = {
    createPod: (request) => create(request),
    async updatePod(update, { signal }) {
      const entry = await known(update.ref);
      const { memoryBytes } = await machine();
      const outcomes = await updatePod(around, entry, { update, machineMemory: memoryBytes, signal });
      runner.wake(update.ref.uid);
      return outcomes;
    },
    async deletePod(ref, { gracePeriodSeconds }) {
      const entry = await known(ref);
      const before = entry.record.deletion?.graceSeconds ?? Infinity;
      entry.record = { ...entry.record, deletion: { graceSeconds: Math.min(before, gracePeriodSeconds) } };
      await around.storage.save(entry.record);
      runner.cancelStarts(entry);
      runner.wake(ref.uid);
    },
    async getPod(ref, { signal }) {
      const entry = await find(ref);
      return entry && listed(await runner.look(entry, signal));
    },
    async getPodStatus(ref, { signal }) {
      const entry = await find(ref);
      return entry && runner.look(entry, signal);
    },
    async getPods({ signal }) {
      await ready();
      return { pods: (await runner.lookAtAll(signal)).map(listed), complete: 'all' };
    },
    notifyPods(receiver, { signal }) {
      sink = receiver;
      signal.addEventListener('abort', () => (sink = undefined), { once: true });
      follow(around, runner, () => sink).catch(() => undefined);
      relist(around, runner).catch(() => undefined);
    },
    ping: ({ signal }) => backend.ping(signal),
    async configureNode() {
      return describe(await machine(), around.maxPods);
    },
    async *getContainerLogs({ pod, container }, wanted, { signal }) {
      const entry = await known(pod);
      await runner.look(entry, signal);
      const run = runsOf(entry, container)[wanted.previous ? 1 : 0];
      if (!run)
        throw failures.notFound(
          `${wanted.previous ? 'previous terminated ' : ''}container "${container}" in pod "${pod.name}" not found`,
        );
      yield* readLog(runLogSource(backend, run.id), wanted, { clock: around.clock, signal });
    },
    async exec(ref, command, { streams, context }) {
      const { id } = await running(ref, context.signal);
      return backend.exec(id, { command, streams }, context.signal);
    },
    async attach(ref, { streams, context }) {
      const { id } = await running(ref, context.signal);
      await backend.attach(id, streams, context.signal);
      return { exitCode: 0 };
    },
    async portForward(ref, port, { signal }) {
      const entry = await known(ref);
      await runner.look(entry, signal);
      const sandbox = readySandbox(entry);
      if (!sandbox) throw failures.notFound(`pod ${podName(ref)} does not run`);
      return backend.dial(sandbox, port, signal);
    },
    getStats: ({ signal }) => readStats(around, runner, signal),
    async updateVolumes(ref, volumes) {
      await known(ref);
      for (const volume of volumes)
        await around.storage.prepareVolume(ref.uid, { kind: 'contents', name: volume.name, volume });
    },
  };
  return { provider, stop: () => runner.stop() };
}
