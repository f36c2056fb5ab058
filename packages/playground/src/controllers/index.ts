/** The controllers of a cluster, as one list. */
import type { CertificateAuthority } from '@virtual-kubelet/certificates';
import { createCertificateSigner } from './certificate-signer.js';
import type { Controller } from './controller.js';
import { cronJobs } from './cron-jobs.js';
import { customResourceDefinitions } from './custom-resource-definitions.js';
import { daemonSets } from './daemon-sets.js';
import { deployments } from './deployments.js';
import { disruptionBudgets } from './disruption-budgets.js';
import { endpointSlices } from './endpoint-slices.js';
import { endpoints } from './endpoints.js';
import { eventExpiry, jobExpiry } from './expiry.js';
import { garbageCollector } from './garbage-collector.js';
import { createJobs } from './jobs.js';
import { namespaces } from './namespaces.js';
import { nodeLifecycle } from './node-lifecycle.js';
import { createPodCollector } from './pod-collector.js';
import { replicaSets } from './replica-sets.js';
import { createScheduler } from './scheduler.js';
import { serviceAccounts } from './service-accounts.js';
import { statefulSets } from './stateful-sets.js';
import { taintEviction } from './taint-eviction.js';

/** What some controllers need. */
export interface ControllerParts {
  /** Signs certificates; absent: nothing signs any. */
  readonly authority?: CertificateAuthority;
}

/** All controllers, ready to run on one server. */
export function allControllers({ authority }: ControllerParts = {}): readonly Controller[] {
  return [
    createScheduler(),
    replicaSets,
    deployments,
    statefulSets,
    daemonSets,
    createJobs(),
    cronJobs,
    endpointSlices,
    endpoints,
    disruptionBudgets,
    nodeLifecycle,
    taintEviction,
    createPodCollector(),
    namespaces,
    customResourceDefinitions,
    serviceAccounts,
    garbageCollector,
    jobExpiry,
    eventExpiry,
    ...(authority === undefined ? [] : [createCertificateSigner(authority)]),
  ];
}
