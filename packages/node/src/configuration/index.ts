/** The door of this folder for the rest of the package. */
export { clusterSource } from './cluster-source.js';
export type { ClusterSourceOptions } from './cluster-source.js';
export type { ConfigEvent } from './config-event.js';
export type { ConfigInformers } from './config-notices.js';
export { givenOf } from './config-watcher.js';
export type { GivenVolume } from './config-watcher.js';
export { ConfigReadError } from './config-read-error.js';
export type { ConfigObject, ConfigSource, ReadOptions } from './config-source.js';
export { createPodConfiguration } from './pod-configuration.js';
export type { PodConfiguration, PodConfigurationOptions } from './pod-configuration.js';
export type { InputsOutcome, VolumesOutcome } from './resolve-inputs.js';
