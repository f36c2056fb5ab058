import type { Clock, Logger, Random } from '@virtual-kubelet/base';
import type { PodRef } from '@virtual-kubelet/provider';
import type { ContainerBackend } from './backend.js';
import type { ProbeClient } from './handler.js';
import type { ImageGcPolicy } from './images/image-gc.js';
import { usualImageGc } from './images/image-gc.js';
import type { Owner } from './labels.js';
import type { PodStorage } from './storage/pod-storage.js';
import type { MachineRights } from './storage/volume-plan.js';

/** Something of a pod's life that a kubelet tells as an event. */
export interface PodNotice {
  readonly ref: PodRef;
  readonly type: 'Normal' | 'Warning';
  /** As a kubelet's: Pulling, Pulled, Created, Started, Killing, BackOff, Failed, Unhealthy, ... */
  readonly reason: string;
  readonly message: string;
  readonly container?: string;
}

/** What a pod runtime is made of. Times in milliseconds. */
export interface PodRuntimeOptions {
  readonly owner: Owner;
  readonly storage: PodStorage;
  readonly probes: ProbeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** What pods may ask of the machine. @default nothing */
  readonly rights?: MachineRights;
  /** Folder that seccomp profiles of kind Localhost are in. @default a kubelet's, /var/lib/kubelet/seccomp */
  readonly seccompFolder?: string;
  /** The node's addresses, for `status.hostIP` in pods. */
  readonly hostIPs?: () => readonly string[];
  /** Told of what happens to pods. */
  readonly notice?: (notice: PodNotice) => void;
  /** Pods worked on at the same time. @default 10 */
  readonly workers?: number;
  /** Images pulled at the same time. @default 3 */
  readonly pulls?: number;
  /** When images that the node has pulled are removed. @default as a kubelet's */
  readonly imageGc?: ImageGcPolicy;
  /** Time between two looks at everything, should an event be lost. @default 5,000 */
  readonly relist?: number;
  /** Pods the node takes. @default 110 */
  readonly maxPods?: number;
}

/** Options with every default filled in, and the engine. */
export interface Surroundings extends Required<PodRuntimeOptions> {
  readonly backend: ContainerBackend;
}

/** Fills in the defaults. */
export function surroundings(backend: ContainerBackend, options: PodRuntimeOptions): Surroundings {
  return {
    rights: { hostPaths: [], privileged: false, hostNamespaces: false },
    seccompFolder: '/var/lib/kubelet/seccomp',
    hostIPs: () => [],
    notice: () => undefined,
    workers: 10,
    pulls: 3,
    imageGc: usualImageGc,
    relist: 5_000,
    maxPods: 110,
    ...options,
    backend,
  };
}
