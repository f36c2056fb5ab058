import type { Clock } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import type { Capabilities, PodRef, Provider } from '@virtual-kubelet/provider';
import { podName } from '@virtual-kubelet/provider';
import type { PodConfiguration } from '../configuration/index.js';
import type { EventRecorder } from '../events/event-recorder.js';
import type { AdmissionOptions } from './admission.js';
import type { Action } from './decide.js';
import type { KnownPod } from './known-pod.js';
import type { PodPolicy } from './pod-policy.js';
import type { PodTable } from './pod-table.js';
import type { ProviderCall, ProviderCalls } from './provider-calls.js';

/** What the effects act on. */
export interface EffectsOptions {
  readonly provider: Provider;
  readonly capabilities: Capabilities;
  readonly calls: ProviderCalls;
  readonly client: ApiClient;
  readonly configuration: PodConfiguration;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly policy: PodPolicy;
  readonly admission: AdmissionOptions;
  readonly table: PodTable;
  /** The pod's status may be different now. */
  readonly touch: (uid: string) => void;
  /** The pod's workload may change from now on. */
  readonly acted: (uid: string) => void;
  /** The platform is out of something, or (undefined) has given room again. */
  readonly shortage: (resource: string | undefined) => void;
  /** Looks whether the Node object still exists, before a pod that vanished without a word is believed to be deleted. */
  readonly verifyNode: (signal: AbortSignal) => Promise<void>;
}

/** The pod cannot be created yet for a reason shown on it; a rejection of this kind is only there to be tried again. */
export class NotYetError extends Error {
  override readonly name = 'NotYetError';
}

/** An action of one kind. */
export type Doing<K extends Action['do']> = Extract<Action, { do: K }>;

/** Marks the moment a call about the workload begins: polls begun earlier say nothing any more. */
export function acting(options: EffectsOptions, ref: PodRef): void {
  options.table.change(ref.uid, (known) => ({ ...known, actedAt: options.clock.monotonic() }));
}

/** How a call about the pod's present attempt is known. */
export function callOf(known: KnownPod, name: string, signal: AbortSignal): ProviderCall {
  return { name, key: `${known.ref.uid}/${known.attempt}`, pod: podName(known.ref), signal };
}
