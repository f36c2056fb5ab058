/** What goes into a pod controller and what comes out of it. */
import type { Clock, Logger, Random, Tracer } from '@virtual-kubelet/base';
import type { ApiClient, Informer } from '@virtual-kubelet/client';
import type { Pod, Taint } from '@virtual-kubelet/kubernetes';
import type { Capabilities, FidelityTable, Provider } from '@virtual-kubelet/provider';
import type { PodConfiguration } from '../configuration/index.js';
import type { EventRecorder } from '../events/event-recorder.js';
import type { Claim } from '../lease/claim.js';
import type { PodPolicy } from './pod-policy.js';

/** The pods of one node as the API server has them: an informer, or a node's part of a shared one. */
export type PodSource = Pick<Informer<Pod>, 'byUid' | 'byName' | 'subscribe' | 'synced' | 'observeWrite'>;

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
  /** @default `defaultPodPolicy` */
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
  /** The pod with the status that was observed last, which may not be written yet: what the kubelet API goes by. */
  lookup(namespace: string, name: string): Pod | undefined;
  /** Pods known to the node. */
  readonly size: number;
  /** Takes no more work, ends the configuration and the events it was given, and leaves workloads alone. */
  stop(deadline: AbortSignal): Promise<void>;
}
