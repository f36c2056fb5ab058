/** The controllers of a cluster, as one list. */
import type { Controller } from './controller.js';
import { deployments } from './deployments.js';
import { garbageCollector } from './garbage-collector.js';
import { createJobs } from './jobs.js';
import { namespaces } from './namespaces.js';
import { replicaSets } from './replica-sets.js';
import { createScheduler } from './scheduler.js';
import { serviceAccounts } from './service-accounts.js';

/** All controllers, ready to run on one server. */
export function allControllers(): readonly Controller[] {
  return [createScheduler(), replicaSets, deployments, createJobs(), namespaces, serviceAccounts, garbageCollector];
}
