import { messageOf } from '@virtual-kubelet/base';
import type {
  ContainerRef,
  ListedPod,
  PodObservation,
  PodRef,
  PodRequest,
  PodSink,
  Provider,
} from '@virtual-kubelet/provider';
import { failures, podName } from '@virtual-kubelet/provider';
import { readLog } from '@virtual-kubelet/provider-kit';
import { adopt } from './pod/adoption.js';
import type { ContainerBackend } from './backend.js';
import { runLogSource } from './pod/container-log.js';
import { follow, relist } from './pod/engine-watch.js';
import type { PodContainer } from './labels.js';
import { describe, readStats } from './spec/node-facts.js';
import type { PodEntry } from './pod/pod-entry.js';
import { entryOf } from './pod/pod-entry.js';
import { createPodRunner } from './pod/pod-runner.js';
import { latestRun, readySandbox, runsOf } from './pod/pod-situation.js';
import { updatePod } from './pod/pod-updates.js';
import type { PodRuntimeOptions } from './runtime-options.js';
import { surroundings } from './runtime-options.js';
import { checkRights } from './spec/security.js';
import { watchStorage } from './storage/storage-watch.js';
import { planVolumes } from './storage/volume-plan.js';

/** The provider of one node, and what ends it. */
export interface PodRuntime {
  readonly provider: Provider;
  /** Lets go of everything; pods go on. */
  stop(): Promise<void>;
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

/** Makes the provider of a node from an engine. Nothing is asked before the first call. */
export function createPodRuntimeProvider(backend: ContainerBackend, options: PodRuntimeOptions): PodRuntime {
  const around = surroundings(backend, options);
  let sink: PodSink | undefined;
  const machine = once(() => backend.machine(runner.life));
  const runner = createPodRunner(around, { observed: (observation) => sink?.observed(observation), machine });
  const ready = once(async () => {
    await adopt(around, runner);
    // These end with the runner alone.
    watchStorage(around, runner).catch(() => undefined);
    runner.images.run(runner.life).catch(() => undefined);
  });

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
      await around.storage.prepareVolume(ref.uid, plan).catch((error: unknown) => {
        throw new Error(`MountVolume.SetUp failed for volume "${plan.name}" : ${messageOf(error)}`, { cause: error });
      });
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
      yield* readLog(runLogSource(backend, run.id), wanted, { clock: around.clock, signal, lend: true });
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
