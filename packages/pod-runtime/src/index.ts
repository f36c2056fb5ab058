/**
 * Whole pods over a backend that knows containers only: order, restarts with back-off, probes, hooks, volumes,
 * termination. It talks to no API server and to no engine: the first is the node's, the second a `ContainerBackend`'s.
 *
 * Read `backend.ts` (what an engine has to offer), `decide.ts` (the life of a pod, a pure function), `observe.ts` (what
 * is reported), then `provider.ts` (`createPodRuntimeProvider`, which runs it all).
 */
export type * from './backend.js';
export { crashBackoff, goSeconds, nextBackoff, waitBeforeRestart } from './pod/crash-backoff.js';
export { decide, endRetention } from './pod/decide.js';
export type { Decision, PodStage } from './pod/decide.js';
export type { PodAction } from './pod/pod-action.js';
export { labelKeys, ownerLabels, podContainer, podLabels, podSandbox, refOf } from './labels.js';
export type { Owner, PodContainer, PodSandbox } from './labels.js';
export { planImage } from './images/image-pull.js';
export type { ImagePlan } from './images/image-pull.js';
export { usualImageGc } from './images/image-gc.js';
export type { ImageGcPolicy } from './images/image-gc.js';
export { observePod } from './pod/observe.js';
export type { ObserveOptions } from './pod/observe.js';
export type { ContainerMark, PodSituation, StartFailure, StopMark } from './pod/pod-situation.js';
export { createMemoryBackend } from './memory/memory-backend.js';
export type { Behaviour, MemoryBackend } from './memory/memory-backend.js';
export { createMemoryStorage } from './storage/memory-storage.js';
export type { MemoryStorage } from './storage/memory-storage.js';
export type { KeptMark, PodRecord } from './pod/pod-record.js';
export type { PodStorage, RunFiles } from './storage/pod-storage.js';
export type { PulledImage } from './images/pulled-images.js';
export { createPodRuntimeProvider } from './provider.js';
export type { PodRuntime } from './provider.js';
export type { PodNotice, PodRuntimeOptions } from './runtime-options.js';
export type { ProbeAnswer, ProbeClient, ProbeRequest } from './handler.js';
export type { EmptyDirPlan, MachineRights, VolumePlan } from './storage/volume-plan.js';
export { createPodStorage } from './storage/system-pod-storage.js';
export type { PodStorageOptions } from './storage/system-pod-storage.js';
export { systemProbeClient } from './probes/system-probe-client.js';
