/** Everything a pod takes from the cluster, in one answer. */
import { untilAborted } from '@virtual-kubelet/base';
import type { Container, EphemeralContainer, Pod } from '@virtual-kubelet/kubernetes';
import type {
  ClusterNetwork,
  ConsumedInputs,
  ContainerInputs,
  ContentVolume,
  PodDns,
  PodInputs,
  PullSecret,
  VolumeInputs,
} from '@virtual-kubelet/provider';
import type { ConfigEvent, ConfigProblem } from './config-event.js';
import { warning } from './config-event.js';
import type { ConfigSnapshot } from './config-snapshot.js';
import type { ConfigSource, ReadOptions } from './config-source.js';
import { podDns } from './dns.js';
import { containerEnvironment } from './environment.js';
import { podHostname } from './hostname.js';
import { pullSecretsOf } from './pull-secrets.js';
import type { SnapshotOptions } from './read-snapshot.js';
import { readSnapshot } from './read-snapshot.js';
import { containersOf, referencesOf } from './references.js';
import type { ResourceList } from './resource-reference.js';
import type { serviceVariablesMaker } from './service-environment.js';
import { hasContents, volumeInputs } from './volumes.js';

/** What inputs are made of beside the pod. */
export interface InputsContext {
  readonly consumes: ConsumedInputs;
  readonly clusterNetwork: ClusterNetwork;
  readonly nodeName: string;
  readonly nodeAllocatable: ResourceList;
  /** Name resolution outside the cluster, for pods with `dnsPolicy: Default`. @default left to the platform */
  readonly hostDns?: PodDns;
  readonly serviceVariables: ReturnType<typeof serviceVariablesMaker>;
}

/** Where the inputs are read, and how. */
export interface ResolveContext extends InputsContext, ReadOptions {
  readonly source: ConfigSource;
  /** Ends the waiting. Reads go on, since others may wait for them too. */
  readonly signal: AbortSignal;
}

/** The inputs, or what they wait for. Contents of Secrets are hidden in both. */
export type InputsOutcome =
  | { readonly kind: 'resolved'; readonly inputs: PodInputs; readonly notes: readonly ConfigEvent[] }
  | {
      readonly kind: 'missing';
      /** Absent: all containers wait, as for a volume. */
      readonly container?: string;
      readonly waitingReason: 'CreateContainerConfigError' | 'ContainerCreating';
      /** One sentence about the first thing that is missing. */
      readonly message: string;
      /** About everything that is missing or was left out. */
      readonly events: readonly ConfigEvent[];
    };

/** Contents of volumes for a pod that runs. */
export interface VolumesOutcome {
  /** Those that could be made. */
  readonly volumes: readonly ContentVolume[];
  /** Why others could not: the provider keeps what it has. */
  readonly events: readonly ConfigEvent[];
}

/** A problem and whom it keeps from starting. */
interface Blocked {
  readonly problem: ConfigProblem;
  readonly container?: string;
}

/** What was found, before it is known whether it is enough. */
interface Gathered {
  readonly notes: ConfigEvent[];
  readonly blocked: Blocked[];
}

function gatherVolumes(
  pod: Pod,
  snapshot: ConfigSnapshot,
  to: { context: InputsContext; gathered: Gathered },
): VolumeInputs[] {
  const { context, gathered } = to;
  if (!context.consumes.volumes) return [];
  return (pod.spec?.volumes ?? []).flatMap((volume) => {
    const outcome = volumeInputs(volume, { pod, snapshot, ...context });
    gathered.notes.push(...outcome.notes);
    if (outcome.problem) gathered.blocked.push({ problem: outcome.problem });
    return outcome.volume ?? [];
  });
}

function gatherContainers(
  pod: Pod,
  snapshot: ConfigSnapshot,
  to: { context: InputsContext; gathered: Gathered },
): ContainerInputs[] {
  const { context, gathered } = to;
  if (!context.consumes.env) return containersOf(pod).map(({ container }) => ({ name: container.name, env: [] }));
  const serviceVariables = context.serviceVariables(snapshot.services);
  const one = (container: Container | EphemeralContainer): ContainerInputs => {
    const { nodeAllocatable } = context;
    const answer = containerEnvironment(container, { pod, snapshot, serviceVariables, nodeAllocatable });
    gathered.notes.push(...answer.notes);
    for (const problem of answer.problems) gathered.blocked.push({ problem, container: container.name });
    return answer.inputs;
  };
  return containersOf(pod).map(({ container }) => one(container));
}

function gatherPullSecrets(
  pod: Pod,
  snapshot: ConfigSnapshot,
  to: { context: InputsContext; gathered: Gathered },
): readonly PullSecret[] {
  if (!to.context.consumes.pullSecrets) return [];
  const { pullSecrets, notes } = pullSecretsOf(pod, (name) => snapshot.secret(name));
  to.gathered.notes.push(...notes);
  return pullSecrets;
}

function gatherHostname(pod: Pod, to: { context: InputsContext; gathered: Gathered }): string {
  const { clusterNetwork, nodeName } = to.context;
  const answer = podHostname(pod, { clusterDomain: clusterNetwork.clusterDomain, nodeName });
  if ('found' in answer) return answer.found;
  const event = warning('FailedCreatePodSandBox', `Failed to create pod sandbox: ${answer.problem}`);
  to.gathered.blocked.push({ problem: { message: answer.problem, events: [event] } });
  return '';
}

/** Makes the inputs of a pod from what was read. Pure. Volumes come first, since no container starts without them. */
export function inputsOf(pod: Pod, snapshot: ConfigSnapshot, context: InputsContext): InputsOutcome {
  const gathered: Gathered = { notes: [], blocked: [] };
  const to = { context, gathered };
  const volumes = gatherVolumes(pod, snapshot, to);
  const hostname = gatherHostname(pod, to);
  const containers = gatherContainers(pod, snapshot, to);
  const pullSecrets = gatherPullSecrets(pod, snapshot, to);
  const { dns, notes } = podDns(pod, context);
  gathered.notes.push(...notes);
  const [first] = gathered.blocked;
  if (first) return missing(first, gathered);
  const { clusterNetwork } = context;
  return {
    kind: 'resolved',
    inputs: { containers, volumes, pullSecrets, dns, hostname, clusterNetwork },
    notes: gathered.notes,
  };
}

function missing(first: Blocked, gathered: Gathered): InputsOutcome {
  const { problem, container } = first;
  return {
    kind: 'missing',
    ...(container === undefined ? {} : { container }),
    waitingReason: container === undefined ? 'ContainerCreating' : 'CreateContainerConfigError',
    message: problem.message,
    events: [...gathered.blocked.flatMap((blocked) => blocked.problem.events), ...gathered.notes],
  };
}

function snapshotOptions(context: ResolveContext, services: boolean): SnapshotOptions {
  const { source, consumes, after, clusterNetwork } = context;
  const { apiServer } = clusterNetwork;
  return {
    source,
    consumes,
    services,
    ...(after === undefined ? {} : { after }),
    ...(apiServer ? { apiServer } : {}),
  };
}

/**
 * Reads and resolves everything a pod takes from the cluster. What is missing is an answer; what could not be read is
 * thrown as a `ConfigReadError`, for the caller to try again.
 */
export async function resolveInputs(pod: Pod, context: ResolveContext): Promise<InputsOutcome> {
  const { consumes } = context;
  const reading = readSnapshot(pod, referencesOf(pod, consumes), snapshotOptions(context, consumes.env));
  const snapshot = await untilAborted(reading, context.signal);
  return inputsOf(pod, snapshot, context);
}

/**
 * Reads and resolves only the contents of volumes, for a pod that runs: whatever else of its configuration was deleted
 * since it started must not keep its tokens from being renewed.
 */
export async function resolveVolumes(pod: Pod, context: ResolveContext): Promise<VolumesOutcome> {
  const { volumes, tokens } = context.consumes;
  const parts = { env: false, pullSecrets: false, claims: false, volumes, tokens };
  const reading = readSnapshot(pod, referencesOf(pod, parts), snapshotOptions(context, false));
  const snapshot = await untilAborted(reading, context.signal);
  const outcomes = (volumes ? (pod.spec?.volumes ?? []) : [])
    .filter(hasContents)
    .map((volume) => volumeInputs(volume, { pod, snapshot, ...context }));
  return {
    volumes: outcomes.flatMap(({ volume }) => (volume?.kind === 'contents' ? volume : [])),
    events: outcomes.flatMap(({ problem }) => problem?.events ?? []),
  };
}
