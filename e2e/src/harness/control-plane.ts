import type { AlternativeNames, IssuedCertificate } from '@virtual-kubelet/certificates';
import type { ApiAnswer, ApiCall } from './api-request.js';
import type { AuditEvent } from './audit.js';
import type { Identity } from './identity.js';
import type { KubectlResult } from './kubectl.js';

export type { KubectlResult } from './kubectl.js';

/** Where a control plane is, as plain data: enough for another thread or process to use it. */
export type ControlPlaneHandle =
  | {
      readonly kind: 'own';
      readonly folder: string;
      readonly baseUrl: string;
      readonly controlUrl: string;
      readonly kubectlPath: string;
    }
  | { readonly kind: 'given'; readonly folder: string; readonly kubeconfig: string; readonly kubectlPath: string };

/** Options of one call of kubectl. */
export interface KubectlOptions {
  /** Text for its standard input. */
  readonly input?: string;
  /** @default admin */
  readonly identity?: Identity;
  readonly signal?: AbortSignal;
}

/** Whom a serving certificate is for. */
export interface ServingNames extends AlternativeNames {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

/** A running control plane. Of a cluster that was given, what cannot be done there throws and says so. */
export interface ControlPlane {
  readonly handle: ControlPlaneHandle;
  /** Address of the API server, without a slash at its end. */
  readonly baseUrl: string;
  /** The authority that signed the API server's certificate. */
  readonly caPem: string;
  /** Path of a kubeconfig file for an identity; written once, readable by its owner only. */
  kubeconfig(identity?: Identity): string;
  /** A token for a ServiceAccount that exists. Its life may be seconds. */
  serviceAccountToken(namespace: string, name: string, seconds: number): Promise<string>;
  /** A serving certificate of the cluster's authority, for agents that are given one. */
  servingCertificate(names: ServingNames): IssuedCertificate;
  /** Runs stock kubectl. Its exit code is part of the result and never an error here. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  /** A raw call as admin, answered with any status. */
  request(path: string, call?: ApiCall): Promise<ApiAnswer>;
  /** Creates a namespace and waits until pods can be created in it, which needs its default ServiceAccount. */
  createNamespace(name: string): Promise<void>;
  /** Requests that the API server has answered, in order; `since` is a mark of {@link ControlPlane.auditPosition}. */
  auditEvents(since?: number): readonly AuditEvent[];
  /** A mark in the audit log: its present end. */
  auditPosition(): number;
  /** The API server's own metrics, Prometheus text format. */
  metrics(): Promise<string>;
  /** Ends the API server at once, as a crash does. */
  killApiServer(): Promise<void>;
  /** Starts it again at the same address and waits until it is ready. Does nothing when it runs. */
  startApiServer(): Promise<void>;
  /** Stops the API server in an orderly way, as an upgrade does, and starts it again. */
  restartApiServer(): Promise<void>;
  /** Ends what was started here and removes its files, unless `VK_E2E_KEEP=1`. Attached ones only let go. */
  close(): Promise<void>;
}
