/**
 * The life of a virtual node and of its pods. {@link createNodeController} keeps the Node object, its Lease and the claim on
 * the name; {@link createPodController} drives the pods bound to it into a provider and writes back what is true.
 *
 * Read `pods/decide.ts` (what happens to a pod next), `pod-status/reduce-status.ts` (what its status says), then
 * `node-object/` and `lease/`. `configuration/` resolves what pods take from the cluster, `events/` tells users.
 * Sockets, files and processes are elsewhere: everything from outside is handed in.
 */
export { clusterSource, ConfigReadError, createPodConfiguration } from './configuration/index.js';
export type {
  ClusterSourceOptions,
  ConfigEvent,
  ConfigInformers,
  ConfigObject,
  ConfigSource,
  GivenVolume,
  InputsOutcome,
  PodConfiguration,
  PodConfigurationOptions,
  ReadOptions,
  VolumesOutcome,
} from './configuration/index.js';
export * from './errors.js';
export { createEventRecorder } from './events/event-recorder.js';
export type { EventObject, EventRecorder, EventRecorderOptions, EventText } from './events/event-recorder.js';
export { createNodeController } from './node-object/node-controller.js';
export type { NodeController, NodeControllerOptions, NodeHealth } from './node-object/node-controller-options.js';
export type { ConditionSource, ProviderOutage, WantedCondition } from './node-object/node-conditions.js';
export type { NodeEvent, NodeEvents } from './node-object/node-events.js';
export { deregister } from './node-object/deregister.js';
export type { DeregisterOptions, Deregistration, Removal } from './node-object/deregister.js';
export type { OnExit } from './node-object/node-exit.js';
export type { DesiredNode } from './node-object/node-object.js';
export type { NodeFacts, NodeOptions, ProviderTaint } from './node-object/node-options.js';
export type { Claim } from './lease/claim.js';
export { isTerminal } from './pod-status/pod-facts.js';
export { reduceStatus } from './pod-status/reduce-status.js';
export type { StatusInput } from './pod-status/reduce-status.js';
export { statusPatch } from './pod-status/status-patch.js';
export { decide } from './pods/decide.js';
export type { Action, DecisionFacts } from './pods/decide.js';
export type { AskedDeletion, Hold, KnownPod, Verdict } from './pods/known-pod.js';
export { unknownPod } from './pods/known-pod.js';
export { createPodController } from './pods/pod-controller.js';
export type { PodController, PodControllerOptions, PodSource } from './pods/pod-controller-options.js';
export { defaultPodPolicy } from './pods/pod-policy.js';
export type { PodPolicy } from './pods/pod-policy.js';
