import type { Pod } from '@virtual-kubelet/kubernetes';
import type { CallContext } from './call-context.js';
import type { PodListing, PodObservation } from './observation.js';
import type { PodInputs } from './pod-inputs.js';
import type { PodRef } from './pod-ref.js';

/** A pod to run. */
export interface PodRequest {
  readonly ref: PodRef;
  /** The API object, frozen; read the spec from it, but env, command, args and volume contents from `inputs`. */
  readonly pod: Pod;
  readonly inputs: PodInputs;
  /** 1, or more when an earlier run is known to be gone and the restart policy wants another. */
  readonly attempt: number;
}

/** Parts of a pod that can change while it lives. */
export type PodChange =
  | { readonly change: 'image'; readonly container: string }
  | { readonly change: 'resources'; readonly container: string }
  | { readonly change: 'ephemeralContainer'; readonly container: string }
  | { readonly change: 'metadata' }
  | { readonly change: 'tolerations' }
  | { readonly change: 'activeDeadline' };

/** How far a change got. */
export type UpdateResult =
  | { readonly result: 'applied' }
  | { readonly result: 'inProgress' }
  /** Not now (no room); the node asks again later. */
  | { readonly result: 'deferred'; readonly message: string }
  /** Never on this platform. */
  | { readonly result: 'infeasible'; readonly message: string }
  /** Only by ending and starting the container, which the provider did not do. */
  | { readonly result: 'restartRequired'; readonly message: string }
  | { readonly result: 'failed'; readonly message: string };

/** The outcome of one change. */
export type UpdateOutcome = PodChange & UpdateResult;

/** A new desired state of a pod that runs. */
export interface PodUpdate extends PodRequest {
  /** What differs from the spec last handed over. After a restart of the node it may name things already done. */
  readonly changes: readonly PodChange[];
}

/** How to end a pod. */
export interface PodDeletion {
  /** Seconds between the stop signal and the kill. A repeat may only shorten it. */
  readonly gracePeriodSeconds: number;
  /** Why, for the platform's records: `deleted`, `dangling`, `deadline`, `evicted`, `replaced`. */
  readonly reason: PodDeletionReason;
}

/** Why a pod is ended. */
export type PodDeletionReason = 'deleted' | 'dangling' | 'deadline' | 'evicted' | 'replaced';

/**
 * What every provider implements for one virtual node. Calls for one pod never overlap, except that a deletion may
 * arrive while a creation is being aborted. Every call may be repeated with the same arguments: after a crash, a lost
 * answer or a timeout. A provider is never asked to touch a workload without this node's tags.
 */
export interface PodLifecycleHandler {
  /**
   * Makes the pod run, or adopts it when a workload with this UID and attempt exists already. Resolves once the platform
   * has accepted it; progress is reported by observations. Where `restarts: 'provider'` is declared, it is also called once
   * for every workload found after a restart of the process, to hand over pod and inputs again.
   */
  createPod(request: PodRequest, context: CallContext): Promise<void>;
  /** Applies changes to a running pod; one outcome per change. What is not named in the answer counts as `applied`. */
  updatePod(update: PodUpdate, context: CallContext): Promise<readonly UpdateOutcome[]>;
  /**
   * Asks the platform to end the pod. Resolves when the request is accepted, not when the pod ended: the end is observed,
   * or a later `getPodStatus` says undefined. Throws NotFound when there is no such workload.
   */
  deletePod(ref: PodRef, deletion: PodDeletion, context: CallContext): Promise<void>;
  /** The workload with its ownership tags, or undefined when it does not exist. Never undefined for "could not look". */
  getPod(ref: PodRef, context: CallContext): Promise<ListedPodOrNothing>;
  /** The present observation, or undefined when the workload does not exist. */
  getPodStatus(ref: PodRef, context: CallContext): Promise<PodObservation | undefined>;
  /** Everything that runs for this node; called at start and now and then for ever. */
  getPods(context: CallContext): Promise<PodListing>;
}

/** See {@link PodLifecycleHandler.getPod}. */
export type ListedPodOrNothing = PodListing['pods'][number] | undefined;

/** Where a notifying provider reports. Calls are cheap, never block and never throw. */
export interface PodSink {
  /** Something about the pod is different now. Order matters: the last one wins, unless `revision` says otherwise. */
  observed(observation: PodObservation): void;
  /** The workload is not found any more, without an end that could be told. The node looks for itself before it believes it. */
  missing(ref: PodRef): void;
  /** Everything that changed while the connection was interrupted has been reported. */
  synced(): void;
  /** Reports may be missing until the next `synced`: the node polls meanwhile. */
  interrupted(reason: string): void;
}

/** Providers that tell of changes themselves. Without it the node polls `getPodStatus`. */
export interface PodNotifier {
  /** Called once, before any other call. Registers the sink and returns; `context.signal` ends the subscription. */
  notifyPods(sink: PodSink, context: CallContext): void;
}
