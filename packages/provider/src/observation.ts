import type { PodStatus, ResourceRequirements } from '@virtual-kubelet/kubernetes';
import type { PodRef } from './pod-ref.js';

/** A container that does not run (yet, or between two runs). `reason` is one word in CamelCase, as kubectl prints it. */
export interface WaitingContainer {
  readonly waiting: { readonly reason: string; readonly message?: string };
}

/** A container that runs. */
export interface RunningContainer {
  /** RFC 3339, whole seconds suffice. */
  readonly running: { readonly startedAt: string };
}

/** How a container ended. Never invent an exit code: 137 with reason `ContainerStatusUnknown` says that it is not known. */
export interface ContainerEnd {
  readonly exitCode: number;
  readonly signal?: number;
  /** `Completed`, `Error`, `OOMKilled`, ... @default by exit code */
  readonly reason?: string;
  readonly message?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly containerID?: string;
}

/** A container that ended and is not waiting for another run. */
export interface TerminatedContainer {
  readonly terminated: ContainerEnd;
}

/** Exactly one of waiting, running and terminated. */
export type ContainerObservationState = WaitingContainer | RunningContainer | TerminatedContainer;

/** What is known of one container of a pod: regular, init or ephemeral, told apart by the spec's names. */
export interface ContainerObservation {
  readonly name: string;
  readonly state: ContainerObservationState;
  /** The end before the present state, when it has run before. */
  readonly last?: ContainerEnd;
  /** Runs that ended and were followed by another. Never falls. @default 0 */
  readonly restartCount?: number;
  /** Passed its readiness probe, or runs and has none. @default running and started */
  readonly ready?: boolean;
  /** Passed its startup probe and postStart hook. @default running */
  readonly started?: boolean;
  /** Image as resolved. @default the spec's */
  readonly image?: string;
  readonly imageID?: string;
  /** `<runtime>://<id>`; wanted once the container started. */
  readonly containerID?: string;
  /** Resources in effect, where they can differ from the spec. */
  readonly resources?: ResourceRequirements;
}

/** Something that happened to a pod on its platform, for `kubectl describe pod`. */
export interface PodHappening {
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase: `Pulling`, `Pulled`, `Failed`, `BackOff`, ... */
  readonly reason: string;
  /** Never with secrets. */
  readonly message: string;
  /** RFC 3339. */
  readonly time: string;
  /** The container it is about. @default the whole pod */
  readonly container?: string;
}

/**
 * What a provider knows of one pod at one moment: facts only. Phase, conditions, QoS class and generation are computed
 * from it by the node. A container left out is one the provider knows nothing of yet.
 */
export interface PodObservation {
  readonly ref: PodRef;
  readonly containers: readonly ContainerObservation[];
  /** The pod's addresses, the first IPv4 or IPv6 being the primary. */
  readonly podIPs?: readonly string[];
  /** Addresses of what hosts the pod. @default the node's internal address */
  readonly hostIPs?: readonly string[];
  /** Orders observations of one pod: a lower one than seen before is dropped. */
  readonly revision?: number;
  /** Why the pod is as it is, in kubectl's STATUS column while it does not run: one word in CamelCase. */
  readonly reason?: string;
  readonly message?: string;
  /** The platform ended the pod as a whole and will not run it again (reclaimed, expired, evicted). The pod becomes Failed. */
  readonly ended?: { readonly reason: string; readonly message?: string };
  /** The run this observation is of, for platforms that run a thing only once. @default 1 */
  readonly attempt?: number;
  /** Region, project or other part of the platform the pod lives in; see {@link PodListing.complete}. */
  readonly scope?: string;
  /**
   * What happened lately, oldest first. Every report may repeat it: the node tells each happening once, and none that is
   * older than its own start.
   */
  readonly happened?: readonly PodHappening[];
  /** A whole status, from providers that front another kubelet and declare `status: 'whole'`; used instead of the containers above. */
  readonly status?: PodStatus;
}

/** One workload of a listing, with the ownership tags found on it. */
export interface ListedPod extends PodObservation {
  /** Cluster identity tag; absent when the platform keeps none. */
  readonly cluster?: string;
  /** Node name tag; absent when the platform keeps none. */
  readonly node?: string;
}

/** The provider's view of what it runs. A view can be partial; only then-and-there completeness makes absence mean something. */
export interface PodListing {
  readonly pods: readonly ListedPod[];
  /**
   * `all`: a pod of this node that is missing here does not exist. A list of scopes: the same, but only for pods
   * last seen in one of them. An empty list: absence means nothing.
   */
  readonly complete: 'all' | readonly string[];
}
