import { deferred, lifetime, messageOf, silentTracer, workQueue } from '@virtual-kubelet/base';
import type { InformerEvent } from '@virtual-kubelet/client';
import type { Pod, PodStatus } from '@virtual-kubelet/kubernetes';
import type { PodSink } from '@virtual-kubelet/provider';
import { podName } from '@virtual-kubelet/provider';
import { isTerminalPhase } from '../pod-status/pod-facts.js';
import { reduceStatus } from '../pod-status/reduce-status.js';
import type { StatusWriter } from '../pod-status/status-writer.js';
import { createStatusWriter } from '../pod-status/status-writer.js';
import { withStatus } from '../pod-status/written-status.js';
import { capacityLedger } from './capacity-ledger.js';
import { creationsInFlight } from './creations-in-flight.js';
import type { DecisionFacts } from './decide.js';
import { NotYetError } from './effects-options.js';
import { delayOf } from './failures.js';
import { firstSight, withChangedSpec, withVanished } from './first-sight.js';
import type { KnownPod } from './known-pod.js';
import { mayRun } from './known-pod.js';
import { listingLoop } from './listing-loop.js';
import type { PodController, PodControllerOptions } from './pod-controller-options.js';
import { podEffects } from './pod-effects.js';
import type { PodPolicy } from './pod-policy.js';
import { defaultPodPolicy } from './pod-policy.js';
import { podTable } from './pod-table.js';
import { providerCalls } from './provider-calls.js';
import { providerView } from './provider-view.js';
import { reconciler } from './reconciler.js';
import { statusPoller } from './status-poller.js';
import { statusInput } from './status-source.js';
import { volumeUpdates } from './volume-updates.js';

/** In a simulation a deleted pod goes without a last word, and one that is on its way must not be written either. */
function isSilentEnd(pod: Pod, known: KnownPod, policy: PodPolicy): boolean {
  return policy.terminalStatus === 'skip' && pod.metadata?.deletionTimestamp !== undefined && !mayRun(known);
}

/** Assembles table, queue, decisions, effects, observations and status writer of one node. Only wiring: the rules are in `decide.ts`. */
export function createPodController(options: PodControllerOptions): PodController {
  const { provider, capabilities, pods, clock, random, logger, events, configuration, claim, client } = options;
  const tracer = options.tracer ?? silentTracer;
  const policy: PodPolicy = { ...defaultPodPolicy, ...options.policy };
  const life = lifetime();
  const table = podTable();
  const ledger = capacityLedger(options.allocatable);
  const ready = deferred();
  const adopted = new Set<string>();
  let listed = false;
  let interrupted = false;
  let quarantineUntil = -Infinity;

  const pod = (uid: string): Pod | undefined => pods.byUid(uid);
  const calls = providerCalls({ clock, logger, tracer, claim, timeout: options.callTimeout ?? 300_000 });
  const polls = (): boolean => provider.notifyPods === undefined || interrupted;

  const facts = (known: KnownPod): DecisionFacts => ({
    now: clock.monotonic(),
    wall: clock.wall(),
    policy,
    capabilities,
    listed,
    cluster: options.cluster,
    node: options.node,
    // A pod of the same name that the API has no more, but whose workload is not known to be gone.
    predecessor: table.namesakes(known.ref).some((other) => !pod(other.ref.uid) && other.workload !== 'absent'),
    quarantineUntil,
  });

  const view = providerView({
    node: options.node,
    provider,
    calls,
    clock,
    table,
    pod,
    changed(uid) {
      const object = pod(uid);
      const known = table.get(uid);
      if (object && known?.workload === 'present') {
        ledger.count(uid, object);
        // Of a pod that ran before this process nobody knows what its volumes were given.
        if (!known.handed && !adopted.has(uid)) configuration.watch(object);
        if (!known.handed) adopted.add(uid);
      }
      writer.touch(uid);
      queue.add(uid);
    },
    tell: (object, event) => events.event(object, event),
    seen: (uid) => {
      if (polls()) poller.watch(uid);
      queue.add(uid);
    },
  });

  const poller = statusPoller({
    clock,
    random,
    interval: options.pollInterval ?? 5_000,
    workers: 10,
    known: (uid) => table.get(uid),
    poll: (known, signal) => view.poll(known, signal),
  });

  const reduced = (object: Pod, known: KnownPod): PodStatus | undefined => {
    const facts = { now: clock.monotonic(), wall: clock.wall(), hostIPs: options.hostIPs() };
    const input = statusInput(object, known, facts);
    return input && reduceStatus(input);
  };

  const writer: StatusWriter = createStatusWriter({
    client,
    clock,
    random,
    logger,
    concurrency: options.statusWrites ?? 16,
    compute(uid, newest) {
      const object = pod(uid);
      const known = table.get(uid);
      if (object && known && isSilentEnd(object, known, policy)) return undefined;
      const status = object && known && reduced(newest(object), known);
      return status && { pod: object, status };
    },
    written(uid, status, resourceVersion) {
      pods.observeWrite(uid, resourceVersion, (before) => withStatus(before, status));
      statusWritten(uid, status);
    },
    gone(uid) {
      table.change(uid, (known) => ({ ...known, vanished: true }));
      queue.add(uid);
    },
  });

  const statusWritten = (uid: string, status: PodStatus): void => {
    if (!isTerminalPhase(status.phase)) return;
    table.change(uid, (known) => ({ ...known, terminalWritten: true }));
    ledger.release(uid);
    if (pod(uid)?.metadata?.deletionTimestamp !== undefined) queue.add(uid);
  };

  const effects = podEffects({
    provider,
    capabilities,
    calls,
    client,
    configuration,
    events,
    clock,
    policy,
    table,
    admission: {
      policy,
      fidelity: options.fidelity,
      operatingSystem: options.operatingSystem,
      ledger,
      ...(options.taint ? { taint: options.taint } : {}),
    },
    touch: (uid) => writer.touch(uid),
    acted: (uid) => {
      if (polls()) poller.watch(uid);
    },
    shortage: options.onShortage ?? ((): void => undefined),
    verifyNode: options.verifyNode ?? (async (): Promise<void> => undefined),
  });

  const creations = creationsInFlight({
    clock,
    random,
    create: effects.create,
    accept(uid) {
      const known = table.get(uid);
      if (!known || known.observation || known.accepted) return;
      table.change(uid, (now) => ({ ...now, accepted: true }));
      writer.touch(uid);
    },
  });

  const forget = (known: KnownPod): void => {
    const { uid } = known.ref;
    const namesakes = table.namesakes(known.ref);
    table.delete(uid);
    ledger.release(uid);
    adopted.delete(uid);
    configuration.forget(uid);
    writer.forget(uid);
    creations.forget(uid);
    for (const other of namesakes) queue.add(other.ref.uid);
  };

  const queue = workQueue<string>({
    clock,
    random,
    workers: options.workers ?? 50,
    handle: reconciler({
      table,
      pod,
      facts,
      effects: { ...effects, create: creations.create },
      touch: (uid) => writer.touch(uid),
      forget,
    }),
    delayOf,
    retry: { first: 200, most: 30_000 },
    onFailure({ key, error, failures, delay }) {
      const known = table.get(key);
      const fields = {
        pod: known ? podName(known.ref) : key,
        failures,
        again: Math.round(delay),
        error: messageOf(error),
      };
      if (error instanceof NotYetError) logger.debug('pod cannot be created yet', fields);
      else logger.warn('pod could not be reconciled, trying again', fields);
    },
  });

  const podChanged = (event: InformerEvent<Pod>): void => {
    const { object } = event;
    const uid = object.metadata?.uid ?? '';
    const over = event.type === 'deleted' || object.metadata?.deletionTimestamp !== undefined;
    if (over) creations.cancel(uid);
    if (event.type === 'deleted') table.change(uid, (known) => withVanished(known, object));
    else if (!table.get(uid)) {
      table.put(firstSight(object, { now: clock.monotonic(), wall: clock.wall(), listed }));
      configuration.sighted(uid);
    }
    if (event.type === 'updated') {
      if (event.old.metadata?.generation !== object.metadata?.generation) table.change(uid, withChangedSpec);
      const isEcho = writer.echoed(uid, object.metadata?.resourceVersion ?? '');
      // A deletion that begins bumps the generation; that is told with the end, not in a write of its own.
      if (!isEcho && (!over || event.old.metadata?.deletionTimestamp !== undefined)) writer.touch(uid);
    }
    queue.add(uid);
  };

  const listings = listingLoop({
    clock,
    random,
    logger,
    interval: options.relistInterval ?? 300_000,
    hurried: () => interrupted,
    async list(signal) {
      const complete = await view.list(signal);
      if (!complete || listed) return;
      listed = true;
      for (const known of table.values()) queue.add(known.ref.uid);
    },
  });

  const sink: PodSink = {
    observed: (observation) => view.notified(observation),
    missing: (ref) => view.missing(ref),
    synced() {
      interrupted = false;
    },
    interrupted(reason) {
      interrupted = true;
      logger.warn('the provider cannot tell of changes for now, polling instead', { reason });
      for (const known of table.values()) poller.watch(known.ref.uid);
      listings.soon();
    },
  };

  const run = async (): Promise<void> => {
    const { signal } = life;
    provider.notifyPods?.(sink, {
      signal,
      deadline: Infinity,
      logger,
      span: tracer.span('provider.notifyPods'),
      idempotencyKey: `${options.node}/notify`,
    });
    await pods.synced(signal);
    pods.subscribe(podChanged);
    const refresh = volumeUpdates({ provider, calls, configuration, table, pod, logger, signal });
    configuration.onChanged((uid) => {
      if (table.get(uid)?.workload === 'present') refresh(uid);
      else queue.add(uid);
    });
    await claim.waitHeld(signal);
    await listings.start(signal);
    ready.resolve();
  };

  return {
    start() {
      ready.promise.catch(() => undefined);
      run().catch((error: unknown) => ready.reject(error));
    },
    ready: ready.promise,
    nodeLost() {
      quarantineUntil = clock.monotonic() + policy.nodeLostQuarantine;
    },
    lookup(namespace, name) {
      const object = pods.byName(namespace, name);
      const known = table.get(object?.metadata?.uid ?? '');
      const status = object && known && reduced(object, known);
      return status ? { ...object, status } : object;
    },
    get size() {
      return table.size;
    },
    async stop(deadline) {
      const stopped = new DOMException('the pod controller was stopped', 'AbortError');
      life.abort(stopped);
      await Promise.all([creations.stop(stopped), queue.stop(), poller.stop()]);
      await writer.stop();
      await Promise.all([configuration.close(), events.stop(deadline)]);
    },
  };
}
