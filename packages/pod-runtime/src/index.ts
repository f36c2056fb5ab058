/**
 * Whole pods over a backend that knows containers only: order, restarts with back-off, probes, hooks, volumes,
 * termination. It talks to no API server and to no engine: the first is the node's, the second a `ContainerBackend`'s.
 *
 * Read `backend.ts` (what an engine has to offer), `decide.ts` (the life of a pod, a pure function), `observe.ts` (what
 * is reported), then `provider.ts` (`createPodRuntimeProvider`, which runs it all).
 */
export type * from './backend.js';
export { crashBackoff, goSeconds, nextBackoff, waitBeforeRestart } from './crash-backoff.js';
export { decide, endRetention } from './decide.js';
export type { Decision, PodStage } from './decide.js';
export type { PodAction } from './pod-action.js';
export { labelKeys, ownerLabels, podContainer, podLabels, podSandbox, refOf } from './labels.js';
export type { Owner, PodContainer, PodSandbox } from './labels.js';
export { planImage } from './image-pull.js';
export type { ImagePlan } from './image-pull.js';
export { usualImageGc } from './image-gc.js';
export type { ImageGcPolicy } from './image-gc.js';
export { observePod } from './observe.js';
export type { ObserveOptions } from './observe.js';
export type { ContainerMark, PodSituation, StartFailure, StopMark } from './pod-situation.js';
export { createMemoryBackend } from './memory-backend.js';
export type { Behaviour, MemoryBackend } from './memory-backend.js';
export { createMemoryStorage } from './memory-storage.js';
export type { MemoryStorage } from './memory-storage.js';
export type { KeptMark, PodRecord } from './pod-record.js';
export type { PodStorage, RunFiles } from './pod-storage.js';
export type { PulledImage } from './pulled-images.js';
export { createPodRuntimeProvider } from './provider.js';
export type { PodRuntime } from './provider.js';
export type { PodNotice, PodRuntimeOptions } from './runtime-options.js';
export type { ProbeAnswer, ProbeClient, ProbeRequest } from './handler.js';
export type { EmptyDirPlan, MachineRights, VolumePlan } from './volume-plan.js';
export { createPodStorage } from './system-pod-storage.js';
export type { PodStorageOptions } from './system-pod-storage.js';
export { systemProbeClient } from './system-probe-client.js';
