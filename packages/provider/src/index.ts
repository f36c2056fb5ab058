/**
 * The contract between a virtual node and what runs its pods. A provider exports one {@link defineProvider} call; its
 * `open` gives a session, the session gives a {@link Provider} for each node, and the node calls that.
 *
 * Read in this order: `definition.ts` (what a package exports), `lifecycle.ts` (what it must do),
 * `observation.ts` (what it reports), `pod-inputs.ts` and `expression.ts` (what it gets), `failure.ts` (how it fails),
 * `capabilities.ts` and `fidelity.ts` (what it promises), `streams.ts`, `upstream.ts` and `stats.ts` (what it may offer).
 *
 * Providers never talk to the API server. The rules that turn observations into a pod status are in
 * `@virtual-kubelet/node`; helpers most providers want are in `@virtual-kubelet/provider-kit`.
 */
export { Sensitive } from '@virtual-kubelet/base';
export type { Clock, Logger, Random, Span } from '@virtual-kubelet/base';
export type {
  Container,
  EphemeralContainer,
  NodeAddress,
  NodeCondition,
  Pod,
  PodSpec,
  PodStatus,
  Probe,
  ResourceRequirements,
  Taint,
  Volume,
  VolumeMount,
} from '@virtual-kubelet/kubernetes';
export { abilities, abilitiesOf } from './capabilities.js';
export type { Ability, Capabilities, ConsumedInputs, OptionalProvider, Provider } from './capabilities.js';
export type { CallContext } from './call-context.js';
export type { ConfigUpdateHandler } from './config-updates.js';
export { capabilitiesOf, contractVersion, defineProvider } from './definition.js';
export type { Diagnosis, NodeIdentity, ProviderContext, ProviderDefinition, ProviderSession } from './definition.js';
export { errors as providerErrors } from './errors.js';
export { isSensitive, literal, needsRuntime, resolve, reveal } from './expression.js';
export type { EnvironmentVariable, Expression, ExpressionPart, RuntimeFacts, RuntimeField } from './expression.js';
export { failureOf, failures, isNotFound, ProviderFailure } from './failure.js';
export type { FailureKind } from './failure.js';
export { checkFidelity, fidelityOf, uncoveredFields, unknownFields } from './fidelity.js';
export type { CompleteFidelity, Fidelity, FidelityFinding, FidelityReport, FidelityTable } from './fidelity.js';
export type {
  ListedPodOrNothing,
  PodChange,
  PodDeletion,
  PodDeletionReason,
  PodLifecycleHandler,
  PodNotifier,
  PodRequest,
  PodSink,
  PodUpdate,
  UpdateOutcome,
  UpdateResult,
} from './lifecycle.js';
export { NaiveNodeProvider } from './node-provider.js';
export type { NodeDescription, NodeProvider, NodeStatusSink } from './node-provider.js';
export type {
  ContainerEnd,
  ContainerObservation,
  ContainerObservationState,
  ListedPod,
  PodHappening,
  PodListing,
  PodObservation,
  RunningContainer,
  TerminatedContainer,
  WaitingContainer,
} from './observation.js';
export type {
  ClaimVolume,
  ClusterNetwork,
  ContainerInputs,
  ContentVolume,
  OtherVolume,
  PodDns,
  PodInputs,
  PullSecret,
  SubPath,
  VolumeFile,
  VolumeInputs,
} from './pod-inputs.js';
export { podName } from './pod-ref.js';
export type { PodRef } from './pod-ref.js';
export type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.js';
export type { StreamRequest, Upstream, UpstreamProvider, UpstreamTls } from './upstream.js';
export { subPathOf, subPathProblem } from './sub-path.js';
export type { NodeStats, PodStats, ProbeCount, StatsProvider, UsageSample } from './stats.js';
export type {
  AttachProvider,
  ContainerRef,
  ExecCall,
  ExecProvider,
  ExecStreams,
  ExitStatus,
  LogOptions,
  LogProvider,
  PodConnection,
  PortForwardProvider,
  Sink,
  TerminalSize,
} from './streams.js';
