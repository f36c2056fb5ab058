import type { Pod } from '@virtual-kubelet/kubernetes';
import type { ContainerObservation, PodObservation, PodRef, UpdateOutcome } from '@virtual-kubelet/provider';
import type { GivenVolume } from '../configuration/index.js';
import { anyContainerStarted } from '../pod-status/pod-facts.js';

/** A pod's final judgement by the node: it is Failed once nothing of it runs any more. */
export interface Verdict {
  readonly phase: 'Failed';
  /** As in `status.reason`: DeadlineExceeded, OutOfcpu, PodOSNotSupported, NotFound, ... */
  readonly reason: string;
  readonly message: string;
}

/** Why a pod is kept Pending. */
export interface Hold {
  readonly reason: string;
  readonly message: string;
  /** The container it is about; absent: the whole pod. */
  readonly container?: string;
  /** Only a changed pod is worth another look; without it the pod is tried again with back-off. */
  readonly untilChanged: boolean;
}

/** A deletion the provider was asked for. */
export interface AskedDeletion {
  readonly grace: number;
  /** Monotonic time of the first and the latest request. */
  readonly since: number;
  readonly askedAt: number;
}

/**
 * What the node remembers of one pod beside the API object. All of it can be lost at any instant: it is found again by
 * looking at the API and the provider.
 */
export interface KnownPod {
  readonly ref: PodRef;
  /** Whether the provider holds a workload of this UID. `unknown` until somebody looked. */
  readonly workload: 'unknown' | 'absent' | 'present';
  /** Looks in a row that did not find the workload, and the monotonic time of the first and last of them. */
  readonly misses: { readonly count: number; readonly first: number; readonly last: number };
  /** The workload was seen in this process. */
  readonly everPresent: boolean;
  readonly observation?: PodObservation;
  /** The pod as last handed to the provider. */
  readonly handed?: Pod;
  /** The content volumes the provider was given last. */
  readonly given?: readonly GivenVolume[];
  readonly attempt: number;
  readonly admitted: boolean;
  /** The API object with this UID is known to be gone: seen deleted, or a consistent read did not find it. */
  readonly vanished: boolean;
  /** First heard of from the provider's listing, not from the API, with these tags. */
  readonly foreign?: { readonly cluster?: string; readonly node?: string };
  /** Grace period asked for by whoever deleted the pod, seconds; from the last state seen. */
  readonly lastGrace?: number;
  /** The pod was already being deleted when this process first saw it. */
  readonly foundDeleting: boolean;
  readonly deletion?: AskedDeletion;
  readonly verdict?: Verdict;
  readonly hold?: Hold;
  readonly outcomes?: readonly UpdateOutcome[];
  /** A status without any observation is worth writing: the creation takes long. */
  readonly accepted: boolean;
  /** Monotonic time of the last call or notification about the workload; older polls say nothing about it. */
  readonly actedAt: number;
  /** Monotonic time the pod became active, for `activeDeadlineSeconds`. */
  readonly activeSince?: number;
  /** Generation of the spec the provider was last asked for, whatever it answered. */
  readonly considered?: number;
  /** The attempt whose evidence was written, before the API's copy shows it. */
  readonly announced?: number;
  /** The terminal status was written, before the API's copy shows it. */
  readonly terminalWritten: boolean;
  /** Removal of the API object was asked for; finalizers of others may keep it. */
  readonly removed: boolean;
  /** Monotonic time of the first failed try to create it. */
  readonly unplacedSince?: number;
}

/** A pod nothing is known of yet. */
export function unknownPod(ref: PodRef): KnownPod {
  return {
    ref,
    workload: 'unknown',
    misses: { count: 0, first: 0, last: 0 },
    everPresent: false,
    attempt: 1,
    admitted: false,
    vanished: false,
    foundDeleting: false,
    accepted: false,
    terminalWritten: false,
    removed: false,
    actedAt: -Infinity,
  };
}

function isOver(container: ContainerObservation): boolean {
  return 'terminated' in container.state;
}

/** Whether the observation says that nothing of the pod runs or will run again. */
export function hasEnded(observation: PodObservation | undefined): boolean {
  if (!observation) return false;
  if (observation.ended) return true;
  if (observation.status) return observation.status.phase === 'Succeeded' || observation.status.phase === 'Failed';
  return observation.containers.length > 0 && observation.containers.every(isOver);
}

function ran({ state, last }: ContainerObservation): boolean {
  return 'running' in state || 'terminated' in state || last !== undefined;
}

/** Whether any container was reported to have run: only then there is an end to tell. */
export function hasRun(observation: PodObservation | undefined): boolean {
  if (observation?.status) return anyContainerStarted(observation.status);
  return observation?.containers.some(ran) ?? false;
}

/** Whether anything of the workload may still run. */
export function mayRun(known: KnownPod): boolean {
  return known.workload !== 'absent' && !hasEnded(known.observation);
}
