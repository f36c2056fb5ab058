import type {
  Clock,
  Logger,
  MetricRegistry,
  Random,
  Tracer,
  WorkResult,
} from '@virtual-kubelet/base';
import { deferred, messageOf, silentTracer, workQueue } from '@virtual-kubelet/base';
import type { ApiClient, Informer, InformerEvent } from '@virtual-kubelet/client';
import type { Pod, Taint } from '@virtual-kubelet/kubernetes';
import type {
  Capabilities,
  FidelityTable,
  PodObservation,
  PodRef,
  PodSink,
  Provider,
} from '@virtual-kubelet/provider';
import { podName } from '@virtual-kubelet/provider';
import type { PodConfiguration } from '../configuration/index.js';
import type { EventRecorder } from '../events/event-recorder.js';
import { anyContainerStarted, isTerminal } from '../pod-status/pod-facts.js';
import { reduceStatus } from '../pod-status/reduce-status.js';
import { createStatusWriter } from '../pod-status/status-writer.js';
import { capacityLedger } from './capacity-ledger.js';
import { evidenceOf } from './create-evidence.js';
import type { Action, DecisionFacts } from './decide.js';
import { decide } from './decide.js';
import { delayOf } from './failures.js';
import type { KnownPod } from './known-pod.js';
import { unknownPod } from './known-pod.js';
import { listingLoop } from './listing-loop.js';
import { listingSays, withMissing, withObservation } from './observe.js';
import { NotYetError, podEffects } from './pod-effects.js';
import type { PodPolicy } from './pod-policy.js';
import { defaultPodPolicy } from './pod-policy.js';
import { podTable } from './pod-table.js';
import type { Claim } from './provider-calls.js';
import { providerCalls } from './provider-calls.js';
import { statusPoller } from './status-poller.js';
import { statusInput } from './status-source.js';

/** The pods of one node as the API server has them: an informer, or a node's part of a shared one. */
export type PodSource = Pick<
  Informer<Pod>,
  'byUid' | 'byName' | 'list' | 'subscribe' | 'synced' | 'hasSynced'
>;

/** Settings of a {@link PodController}. Times in milliseconds. */
export interface PodControllerOptions {
  readonly node: string;
  /** UID of the cluster's kube-system namespace; without it workloads nobody knows are left alone. */
  readonly cluster?: string;
  readonly operatingSystem: 'linux' | 'windows';
  readonly provider: Provider;
  readonly capabilities: Capabilities;
  readonly fidelity: FidelityTable;
  readonly pods: PodSource;
  readonly client: ApiClient;
  readonly configuration: PodConfiguration;
  readonly events: EventRecorder;
  readonly claim: Claim;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** @default records nothing */
  readonly tracer?: Tracer;
  readonly metrics?: MetricRegistry;
  /** @default {@link defaultPodPolicy} */
  readonly policy?: Partial<PodPolicy>;
  /** The node's own taint; absent when it has none. */
  readonly taint?: Taint;
  /** Present allocatable resources of the node. */
  readonly allocatable: () => Readonly<Record<string, string>>;
  /** The node's addresses, for `hostIP` of pods whose provider gives none. */
  readonly hostIPs: () => readonly string[];
  /** Pods handled at the same time. @default 50 */
  readonly workers?: number;
  /** Status writes in flight. @default 16 */
  readonly statusWrites?: number;
  /** Longest time between polls of a pod whose provider does not notify. @default 5,000 */
  readonly pollInterval?: number;
  /** Time between two complete listings of the provider. @default 300,000 */
  readonly relistInterval?: number;
  /** Longest time a provider call may take. @default 300,000 */
  readonly callTimeout?: number;
  /** The platform is out of a resource, or (undefined) gives room again. */
  readonly onShortage?: (resource: string | undefined) => void;
  /** Checks that the Node object exists and calls {@link PodController.nodeLost} when it does not. */
  readonly verifyNode?: (signal: AbortSignal) => Promise<void>;
}

/** Drives the pods of one node. */
export interface PodController {
  /** Begins; returns at once. */
  start(): void;
  /** Resolves when the pods of the API and the provider's workloads have been seen once. */
  readonly ready: Promise<void>;
  /** The Node object was gone: pods that vanished with it keep their workloads for the quarantine. */
  nodeLost(): void;
  /** The pod as the API has it, together with what the node knows; for the kubelet API. */
  lookup(
    namespace: string,
    name: string,
  ): { readonly pod: Pod; readonly known: KnownPod | undefined } | undefined;
  /** Pods known to the node. */
  readonly size: number;
  /** Takes no more work, finishes what is being written, leaves workloads alone. */
  stop(): Promise<void>;
}

/** A pod whose creation shows nothing for this long gets a status that says it was accepted. Milliseconds. */
const acceptedAfter = 1_000;
/** Actions for one pod in one go; far more than any chain of them. */
const mostSteps = 12;

/** Assembles queue, decisions, effects, observations and status writer of one node. */
export function createPodController(options: PodControllerOptions): PodController {
  const { provider, capabilities, pods, clock, random, logger, events, configuration, claim } =
    options;
  const policy: PodPolicy = { ...defaultPodPolicy, ...options.policy };
  const life = new AbortController();
  const table = podTable();
  const ledger = capacityLedger(options.allocatable);
  const ready = deferred();
  const creating = new Map<string, AbortController>();
  let listed = false;
  let quarantineUntil = -Infinity;
  let interrupted = false;
  const calls = providerCalls({
    clock,
    logger,
    tracer: options.tracer ?? silentTracer,
    claim,
    timeout: options.callTimeout ?? 300_000,
  });

  const facts = (known: KnownPod): DecisionFacts => ({
    now: clock.monotonic(),
    wall: clock.wall(),
    policy,
    capabilities,
    listed,
    cluster: options.cluster,
    node: options.node,
    predecessor: table.namesakes(known.ref).some((other) => isPredecessor(other)),
    quarantineUntil,
  });
  /** A pod of the same name that the API does not have any more, but whose workload is not known to be gone. */
  const isPredecessor = (other: KnownPod): boolean =>
    !pods.byUid(other.ref.uid) && other.workload !== 'absent';

  const writer = createStatusWriter({
    client: options.client,
    clock,
    random,
    logger,
    concurrency: options.statusWrites ?? 16,
    compute(uid) {
      const pod = pods.byUid(uid);
      const known = table.get(uid);
      const input =
        pod &&
        known &&
        statusInput(pod, known, {
          now: clock.monotonic(),
          wall: clock.wall(),
          hostIPs: options.hostIPs(),
        });
      return pod && input ? { pod, status: reduceStatus(input) } : undefined;
    },
    written(uid, status) {
      if (status.phase !== 'Succeeded' && status.phase !== 'Failed') return;
      table.change(uid, (known) => ({ ...known, terminalWritten: true }));
      ledger.release(uid);
      if (pods.byUid(uid)?.metadata?.deletionTimestamp) queue.add(uid);
    },
    gone(uid) {
      table.change(uid, (known) => ({ ...known, vanished: true }));
      queue.add(uid);
    },
  });

  const observe = (observation: PodObservation, began: number, fresh: boolean): void => {
    const { uid } = observation.ref;
    const pod = pods.byUid(uid);
    if (!pod && !table.get(uid)) return;
    table.ensure(observation.ref);
    const before = table.get(uid);
    const after = table.change(uid, (known) =>
      withObservation(known, observation, { began, ...(pod ? { pod } : {}) }),
    );
    if (before === after) return;
    if (fresh) table.change(uid, (known) => ({ ...known, actedAt: began }));
    if (pod) ledger.count(uid, pod);
    writer.touch(uid);
    queue.add(uid);
  };

  const poll = async (known: KnownPod, signal: AbortSignal): Promise<void> => {
    const began = clock.monotonic();
    const call = {
      name: 'getPodStatus',
      key: `${known.ref.uid}/poll`,
      pod: podName(known.ref),
      signal,
    };
    const found = await calls(call, (context) => provider.getPodStatus(known.ref, context));
    if (found) return observe(found, began, false);
    const now = table.get(known.ref.uid);
    // Absence is looked at once more by the queue, which knows what the platform's reads are worth.
    if (now && began >= now.actedAt && now.workload === 'present') {
      table.change(known.ref.uid, (latest) => ({ ...latest, workload: 'unknown' }));
      queue.add(known.ref.uid);
    }
  };

  const poller = statusPoller({
    clock,
    random,
    interval: options.pollInterval ?? 5_000,
    workers: 10,
    known: (uid) => table.get(uid),
    poll,
  });
  const polls = (): boolean => provider.notifyPods === undefined || interrupted;

  const effects = podEffects({
    provider,
    capabilities,
    calls,
    client: options.client,
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
    acted: (uid) => polls() && poller.watch(uid),
    shortage: options.onShortage ?? ((): void => undefined),
    verifyNode: options.verifyNode ?? (async (): Promise<void> => undefined),
  });

  const forget = (known: KnownPod): void => {
    const { uid } = known.ref;
    table.delete(uid);
    ledger.release(uid);
    configuration.forget(uid);
    writer.forget(uid);
    for (const other of table.namesakes(unknownPod(known.ref).ref)) queue.add(other.ref.uid);
    const successor = pods.byName(known.ref.namespace, known.ref.name);
    if (successor?.metadata?.uid && successor.metadata.uid !== uid)
      queue.add(successor.metadata.uid);
  };

  const create = async (
    known: KnownPod,
    pod: Pod,
    call: { action: Extract<Action, { do: 'create' }>; signal: AbortSignal },
  ): Promise<void> => {
    const { uid } = known.ref;
    const controller = new AbortController();
    const signal = AbortSignal.any([call.signal, controller.signal]);
    creating.set(uid, controller);
    clock.sleep(acceptedAfter, life.signal).then(
      () => accept(uid),
      () => undefined,
    );
    try {
      await effects.create(known, pod, { action: call.action, signal });
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    } finally {
      creating.delete(uid);
    }
  };

  const accept = (uid: string): void => {
    const known = table.get(uid);
    if (!known || known.observation || known.accepted) return;
    table.change(uid, (now) => ({ ...now, accepted: true }));
    writer.touch(uid);
  };

  /** Carries one action out. The answer says whether to decide again at once. */
  const perform = async (
    action: Action,
    at: { pod: Pod | undefined; known: KnownPod; signal: AbortSignal },
  ): Promise<boolean | WorkResult> => {
    const { pod, known, signal } = at;
    switch (action.do) {
      case 'nothing':
        return false;
      case 'wait':
        return { again: action.ms };
      case 'forget':
        return void forget(known);
      case 'look':
        return void (await effects.look(known, pod, signal)) ?? true;
      case 'confirm':
        return (await effects.confirm(known, signal)) || { again: 5_000 };
      case 'stop':
        return void (await effects.stop(known, pod, { action, signal })) ?? true;
      case 'remove':
        return void (await effects.remove(known, signal)) ?? true;
      case 'report':
        return void writer.touch(known.ref.uid);
    }
    if (!pod) return false;
    switch (action.do) {
      case 'admit':
        return void effects.admit(known, pod) ?? true;
      case 'verdict':
        return void effects.verdict(known, pod, action) ?? true;
      case 'evidence':
        return void (await effects.evidence(known, action, signal)) ?? true;
      case 'create':
        return void (await create(known, pod, { action, signal })) ?? true;
      case 'update':
        return (await effects.update(known, pod, { action, signal })) || { again: 30_000 };
    }
  };

  const reconcile = async (uid: string, signal: AbortSignal): Promise<WorkResult> => {
    for (let step = 0; step < mostSteps; step += 1) {
      const pod = pods.byUid(uid);
      const known = pod ? table.ensure(refOf(pod)) : table.get(uid);
      if (!known) return;
      const done = await perform(decide(pod, known, facts(known)), { pod, known, signal });
      if (done === true) continue;
      return done === false ? undefined : done;
    }
    return { again: acceptedAfter };
  };

  const queue = workQueue<string>({
    clock,
    random,
    workers: options.workers ?? 50,
    handle: reconcile,
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

  /** What the API's own copy of a pod tells before anything else is known. */
  const firstSight = (pod: Pod): void => {
    const uid = pod.metadata?.uid ?? '';
    if (table.get(uid)) return;
    table.ensure(refOf(pod));
    const ran = anyContainerStarted(pod.status) || evidenceOf(pod) !== undefined;
    const startTime = pod.status?.startTime;
    table.change(uid, (known) => ({
      ...known,
      foundDeleting: pod.metadata?.deletionTimestamp !== undefined,
      // After the first listing a pod that never ran cannot have a workload: only we could have made it.
      workload: listed && !ran ? 'absent' : 'unknown',
      attempt: evidenceOf(pod)?.attempt ?? 1,
      terminalWritten: isTerminal(pod),
      ...(startTime
        ? { activeSince: clock.monotonic() - Math.max(clock.wall() - Date.parse(startTime), 0) }
        : {}),
    }));
  };

  const podChanged = (event: InformerEvent<Pod>): void => {
    const { object: pod } = event;
    const uid = pod.metadata?.uid ?? '';
    if (event.type === 'deleted') return podDeleted(pod);
    firstSight(pod);
    const deleting = pod.metadata?.deletionTimestamp !== undefined;
    if (deleting)
      creating.get(uid)?.abort(new DOMException('the pod is being deleted', 'AbortError'));
    if (event.type === 'updated' && event.old.metadata?.generation !== pod.metadata?.generation) {
      table.change(uid, ({ hold, ...known }) =>
        hold?.untilChanged
          ? { ...known, admitted: false }
          : { ...known, ...(hold ? { hold } : {}) },
      );
    }
    if (event.type === 'updated') writer.touch(uid);
    queue.add(uid);
  };

  const podDeleted = (pod: Pod): void => {
    const uid = pod.metadata?.uid ?? '';
    creating.get(uid)?.abort(new DOMException('the pod is gone', 'AbortError'));
    const grace =
      pod.metadata?.deletionTimestamp === undefined
        ? undefined
        : pod.metadata.deletionGracePeriodSeconds;
    table.change(uid, (known) => ({
      ...known,
      // A pod that went without a word is looked for once more: it may have vanished together with its node.
      ...(grace === undefined ? {} : { vanished: true, lastGrace: Math.max(grace, 1) }),
    }));
    queue.add(uid);
  };

  const takeListing = async (signal: AbortSignal): Promise<void> => {
    const began = clock.monotonic();
    const listing = await calls(
      { name: 'getPods', key: `${options.node}/list`, signal },
      (context) => provider.getPods(context),
    );
    const found = new Map(listing.pods.map((pod) => [pod.ref.uid, pod]));
    for (const listedPod of listing.pods) {
      const isNew = !table.get(listedPod.ref.uid) && !pods.byUid(listedPod.ref.uid);
      table.ensure(listedPod.ref);
      if (isNew)
        table.change(listedPod.ref.uid, (known) => ({ ...known, foreign: tagsOf(listedPod) }));
      observe(listedPod, began, false);
      if (polls()) poller.watch(listedPod.ref.uid);
      queue.add(listedPod.ref.uid);
    }
    for (const known of [...table.values()]) {
      const says = listingSays(listing, found.get(known.ref.uid), known);
      if (says !== 'missing' || began < known.actedAt) continue;
      const after = table.change(known.ref.uid, (now) =>
        withMissing(now, pods.byUid(known.ref.uid)),
      );
      if (after !== known) queue.add(known.ref.uid);
    }
    if (listing.complete !== 'all' || listed) return;
    listed = true;
    for (const known of table.values()) queue.add(known.ref.uid);
  };

  const listings = listingLoop({
    clock,
    random,
    logger,
    interval: options.relistInterval ?? 300_000,
    list: takeListing,
    hurried: () => interrupted,
  });

  const sink: PodSink = {
    observed: (observation) => observe(observation, clock.monotonic(), true),
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
      span: (options.tracer ?? silentTracer).span('provider.notifyPods'),
      idempotencyKey: `${options.node}/notify`,
    });
    await pods.synced(signal);
    pods.subscribe(podChanged);
    configuration.onChanged((uid) => void refreshVolumes(uid));
    await claim.waitHeld(signal);
    await listings.start(signal);
    ready.resolve();
  };

  const refreshVolumes = async (uid: string): Promise<void> => {
    const pod = pods.byUid(uid);
    const known = table.get(uid);
    if (!pod || !known || known.workload !== 'present' || !provider.updateVolumes) return;
    try {
      const outcome = await configuration.resolve(pod, life.signal);
      if (outcome.kind !== 'resolved') return;
      const before = new Map(known.inputs?.volumes.map((v) => [v.name, v]));
      const changed = outcome.inputs.volumes.flatMap((volume) => {
        const was = before.get(volume.name);
        return volume.kind === 'contents' &&
          !(was?.kind === 'contents' && was.revision === volume.revision)
          ? [volume]
          : [];
      });
      if (changed.length > 0) {
        const call = {
          name: 'updateVolumes',
          key: `${uid}/volumes`,
          pod: podName(known.ref),
          signal: life.signal,
        };
        await calls(call, async (context) => provider.updateVolumes?.(known.ref, changed, context));
      }
      table.change(uid, (now) => ({ ...now, inputs: outcome.inputs }));
      configuration.watch(pod, outcome.inputs);
    } catch (error) {
      if (!life.signal.aborted)
        logger.warn('volumes could not be updated, trying again later', {
          pod: podName(known.ref),
          error: messageOf(error),
        });
    }
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
      const pod = pods.byName(namespace, name);
      return pod && { pod, known: table.get(pod.metadata?.uid ?? '') };
    },
    get size() {
      return table.size;
    },
    async stop() {
      life.abort(new DOMException('the pod controller was stopped', 'AbortError'));
      await Promise.all([queue.stop(), poller.stop()]);
      await writer.stop();
    },
  };
}

function refOf(pod: Pod): PodRef {
  const { namespace = '', name = '', uid = '' } = pod.metadata ?? {};
  return { namespace, name, uid };
}

function tagsOf(listed: { cluster?: string; node?: string }): { cluster?: string; node?: string } {
  return {
    ...(listed.cluster === undefined ? {} : { cluster: listed.cluster }),
    ...(listed.node === undefined ? {} : { node: listed.node }),
  };
}
