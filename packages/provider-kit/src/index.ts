/**
 * What most providers share, each in a file of its own and usable alone: an adapter for providers in the simple shape
 * (`simple/`), a poller that lists many pods in one call, a rate limit that listens to the platform, ownership tags, sizes,
 * registry credentials, restarts on platforms that run a thing only once.
 *
 * It calls no platform and knows no API server: time, randomness and list calls are handed in. The contract itself is in
 * `@virtual-kubelet/provider`; a suite that checks a provider against it is in `@virtual-kubelet/testing`.
 */
export { nextRun, observationOfRuns, pauseAfter } from './attempts.js';
export type { NextRun, Run } from './attempts.js';
export { batchedPoller, lookDelay } from './batched-poller.js';
export type { BatchedPoller, BatchedPollerOptions } from './batched-poller.js';
export { defaultRegistry, parseImage, pullSecretsFor } from './image-registry.js';
export type { ImageName } from './image-registry.js';
export * from './log-reader/index.js';
export { portNumber } from './named-port.js';
export { digestOf, isOwnedBy, listedOwner, ownerOf, ownershipTags, tagReader, workloadName } from './ownership-tags.js';
export type { NameFormat, Owner, TagFormat, TagReader } from './ownership-tags.js';
export { runKeeper } from './run-keeper.js';
export type { RunKeeper, RunKeeperOptions } from './run-keeper.js';
export { rateLimit } from './rate-limit.js';
export type { RateLimit, RateLimitOptions } from './rate-limit.js';
export { holds, podSize, sizesOf, smallestSize } from './resource-fitting.js';
export type { Size, SizeRow } from './resource-fitting.js';
export { adaptSimple, simpleAnnotations } from './simple/adapt-simple.js';
export type { SimpleOwner } from './simple/adapt-simple.js';
export { resolvedPod } from './simple/resolved-pod.js';
export type { SimpleCall, SimplePodHandler, SimpleProvider } from './simple/simple-handler.js';
export { apiServerPath, kubeletPath } from './upstream-path.js';
export { anyConfig, simpleCapabilities, simpleProvider } from './simple/simple-provider.js';
export type { SimpleDefinition } from './simple/simple-provider.js';
