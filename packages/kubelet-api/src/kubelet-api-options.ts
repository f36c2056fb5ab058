import type { Clock, Logger } from '@virtual-kubelet/base';
import type { CallContext, OptionalProvider } from '@virtual-kubelet/provider';
import type { AccessControl } from './access/check-access.js';
import type { ServingCertificate } from './certificate/serving-certificate.js';
import type { KubeletApiMetrics } from './kubelet-api-metrics.js';
import type { KubeletApiLimits } from './limits.js';
import type { PodLookup } from './pod-lookup.js';

/** What a provider can do for the kubelet API; what it lacks is answered with 501. */
export type StreamingProvider = Partial<
  Pick<OptionalProvider, 'getContainerLogs' | 'exec' | 'attach' | 'portForward' | 'upstream' | 'getStats'>
>;

/** Makes the context of a provider call that a client of the API caused. */
export type ContextOf = (purpose: string, signal: AbortSignal, deadline?: number) => CallContext;

/** The kubelet API of one node. */
export interface KubeletApiOptions {
  readonly node: string;
  readonly provider: StreamingProvider;
  readonly pods: PodLookup;
  readonly access: Pick<AccessControl, 'authenticator' | 'authorizer'>;
  readonly certificate: ServingCertificate;
  /** Authorities of client certificates, PEM; absent: certificates of clients count for nothing. */
  readonly clientAuthorities?: ClientAuthorities;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly contextOf: ContextOf;
  /** The process's own metrics, for `/metrics`. */
  readonly metrics: () => string;
  /** What is wrong with the node; empty: `/healthz` is well. */
  readonly problems: () => readonly string[];
  /** What `/configz` shows as `kubeletconfig`. Never a secret. */
  readonly configuration: () => object;
  /** Capacity of the node, for `/metrics/cadvisor`. */
  readonly capacity: () => { readonly cores?: number; readonly memoryBytes?: number };
  readonly limits?: Partial<KubeletApiLimits>;
  /** Told of requests and streams. @default nobody */
  readonly observer?: KubeletApiMetrics;
}

/** Client authorities that may be replaced while the API serves. */
export interface ClientAuthorities {
  readonly pem: string;
  /** Calls back after each replacement. Returns the way to stop. */
  subscribe(changed: () => void): () => void;
}
