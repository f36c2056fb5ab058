/**
 * The way to a Kubernetes API server: which cluster ({@link loadClusterConfig}), how to reach it ({@link connect}), typed
 * calls ({@link createApiClient}) and local copies kept current by a watch ({@link createInformer}).
 *
 * It knows objects only as far as their metadata; what pods and nodes mean is in `@virtual-kubelet/node`. Everything works on
 * a `Transport` of `@virtual-kubelet/base`, so the same code runs over sockets and over a server in the process.
 */
export { acceptNodes } from './accept-nodes.js';
export * from './api.js';
export * from './api-client.js';
export * from './api-error.js';
export { clientMetrics } from './client-metrics.js';
export type { CallKind, ClientMetrics, ListReason, Verb } from './client-metrics.js';
export * from './cluster-config.js';
export type { CallerOptions } from './call.js';
export { connect } from './connect.js';
export type { ConnectOptions } from './connect.js';
export { clientErrors } from './errors.js';
export type { Environment, Files } from './files.js';
export { createInformer } from './informer.js';
export type { InformerOptions } from './informer.js';
export { loadClusterConfig } from './load-config.js';
export type { ConfigSources, LoadConfigOptions } from './load-config.js';
export { collectionPath, resourcePath } from './resource-path.js';
export * as resources from './resources.js';
export * from './resources.js';
export { createSubjectAccessReview, createTokenReview } from './reviews.js';
export type { ShownToken } from './reviews.js';
export { clusterIdentity, serverVersion } from './server-version.js';
export type { ServerVersion } from './server-version.js';
export { systemFiles } from './system-files.js';
export { systemSources } from './system-sources.js';
export type { CommandRequest, CommandResult, CommandRunner } from './credentials/command.js';
export { systemCommands } from './credentials/system-command.js';
export type { LaneSizes, TransportTimeouts } from './transport/lanes.js';
export { TransportError } from './transport/transport-error.js';
export type { TransportErrorKind, TransportFailure } from './transport/transport-error.js';
export { codedAnswer } from './coded-answer.js';
