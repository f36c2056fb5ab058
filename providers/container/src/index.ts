/**
 * Pods as real processes on a container engine of this machine: Podman by its own API, Docker by the Docker API. Which
 * one is there is found by itself; `podman` and `docker` ask for one of them.
 *
 * What a pod does (order, restarts, probes, volumes, termination) is `@virtual-kubelet/pod-runtime`'s; here is only how
 * an engine is told. `podman-backend.ts` and `docker-backend.ts` are the two, `fidelity.ts` what can be expected of them.
 */
import { join } from 'node:path';
import { messageOf } from '@virtual-kubelet/base';
import type { ContainerBackend, PodRuntime } from '@virtual-kubelet/pod-runtime';
import { createPodRuntimeProvider, createPodStorage, systemProbeClient } from '@virtual-kubelet/pod-runtime';
import type {
  Diagnosis,
  NodeIdentity,
  ProviderContext,
  ProviderDefinition,
  ProviderSession,
} from '@virtual-kubelet/provider';
import { defineProvider } from '@virtual-kubelet/provider';
import type { ContainerConfig } from './config.js';
import { containerConfig, imageGcOf } from './config.js';
import { dockerBackend } from './docker/docker-backend.js';
import { engineClient } from './engine/engine-client.js';
import { fidelity } from './fidelity.js';
import type { EngineKind, FoundEngine } from './engine/find-engine.js';
import { findEngine } from './engine/find-engine.js';
import { mayLowerScores } from './engine/oom-score.js';
import { podmanBackend } from './podman/podman-backend.js';

export type { AllowConfig, ContainerConfig } from './config.js';
export { dockerBackend } from './docker/docker-backend.js';
export type { DockerOptions } from './docker/docker-backend.js';
export { engineClient } from './engine/engine-client.js';
export type { EngineClient } from './engine/engine-client.js';
export type { KernelLog } from './engine/kernel-log.js';
export { errors as containerErrors } from './errors.js';
export { fidelity as containerFidelity } from './fidelity.js';
export { findEngine, usualSockets } from './engine/find-engine.js';
export type { EngineKind, FoundEngine } from './engine/find-engine.js';
export { podmanBackend } from './podman/podman-backend.js';
export type { PodmanOptions } from './podman/podman-backend.js';

const usualPause = 'registry.k8s.io/pause:3.10';

function stateFolder(config: ContainerConfig, environment: Readonly<Record<string, string | undefined>>): string {
  if (config.stateFolder !== undefined) return config.stateFolder;
  if (process.getuid?.() === 0) return '/var/lib/virtual-kubelet';
  const home = environment['XDG_STATE_HOME'] ?? join(environment['HOME'] ?? '/tmp', '.local/state');
  return join(home, 'virtual-kubelet');
}

/** An engine's backend, and what lets go of its sockets. */
function backendOf(
  engine: FoundEngine,
  config: ContainerConfig,
  lowersOomScore: boolean,
): { backend: ContainerBackend; close: () => Promise<void> } {
  const { insecureRegistries = [], network, pauseImage = usualPause } = config;
  const more = network === undefined ? {} : { network };
  const client = engineClient(engine.socket, engine.kind === 'podman' ? '/v4.0.0/libpod' : '/v1.41');
  const backend =
    engine.kind === 'podman'
      ? podmanBackend({ client, insecureRegistries, lowersOomScore, ...more })
      : dockerBackend({ client, pauseImage, lowersOomScore, ...more });
  return { backend, close: () => client.close() };
}

function runtimeOf(
  node: NodeIdentity,
  made: { context: ProviderContext<ContainerConfig>; backend: ContainerBackend },
): PodRuntime {
  const { context, backend } = made;
  const { cluster, config, clock, random, logger, environment } = context;
  const { allow = {}, maxPods, seccompFolder } = config;
  // Another cluster's node of the same name has other pods.
  const root = join(stateFolder(config, environment), cluster ?? 'unknown-cluster', node.name, 'pods');
  return createPodRuntimeProvider(backend, {
    owner: { node: node.name, ...(cluster === undefined ? {} : { cluster }) },
    storage: createPodStorage({ root }),
    probes: systemProbeClient,
    clock,
    random,
    logger: logger.with({ node: node.name }),
    hostIPs: () => (node.internalIP === undefined ? [] : [node.internalIP]),
    rights: {
      hostPaths: allow.hostPaths ?? [],
      privileged: allow.privileged === true,
      hostNamespaces: allow.hostNamespaces === true,
    },
    imageGc: imageGcOf(config),
    ...(maxPods === undefined ? {} : { maxPods }),
    ...(seccompFolder === undefined ? {} : { seccompFolder }),
  });
}

async function open(
  context: ProviderContext<ContainerConfig>,
  wanted: EngineKind | undefined,
): Promise<ProviderSession> {
  const { config, environment, logger, clock } = context;
  const limit = clock.deadline(10_000);
  const engine = await findEngine({
    environment,
    signal: limit.signal,
    ...(wanted === undefined ? {} : { wanted }),
    ...(config.socket === undefined ? {} : { socket: config.socket }),
  }).finally(() => limit.release());
  logger.info('container engine found', { engine: engine.kind, version: engine.version, socket: engine.socket });
  const { backend, close } = backendOf(engine, config, await mayLowerScores());
  const runtimes: PodRuntime[] = [];
  return {
    async forNode(node) {
      const runtime = runtimeOf(node, { context, backend });
      runtimes.push(runtime);
      return runtime.provider;
    },
    async close() {
      await Promise.all(runtimes.map((runtime) => runtime.stop()));
      await close();
    },
  };
}

async function diagnose(
  context: ProviderContext<ContainerConfig>,
  options: { wanted: EngineKind | undefined; signal: AbortSignal },
): Promise<readonly Diagnosis[]> {
  const { config, environment } = context;
  const { wanted, signal } = options;
  try {
    const engine = await findEngine({
      environment,
      signal,
      ...(wanted === undefined ? {} : { wanted }),
      ...(config.socket === undefined ? {} : { socket: config.socket }),
    });
    const { backend, close } = backendOf(engine, config, await mayLowerScores());
    const machine = await backend.machine(signal).finally(() => void close());
    const detail = `${machine.runtimeVersion} at ${engine.socket}${machine.rootless ? ', rootless' : ''}`;
    return [{ check: 'container engine', ok: true, detail }];
  } catch (error) {
    const remedy = error instanceof Error && 'remedy' in error ? String(error.remedy) : 'check that the engine runs';
    return [{ check: 'container engine', ok: false, detail: messageOf(error), remedy }];
  }
}

function definition(name: string, summary: string, wanted?: EngineKind): ProviderDefinition<ContainerConfig> {
  return defineProvider<ContainerConfig>({
    contract: 1,
    name,
    summary,
    configSchema: containerConfig,
    fidelity,
    capabilities: {
      createIdempotency: 'permanent',
      terminalRetention: 'unlimited',
      durability: 'platform',
      restarts: 'provider',
      reads: 'consistent',
      consumes: { env: true, volumes: true, tokens: true, pullSecrets: true },
    },
    diagnose: (context, signal) => diagnose(context, { wanted, signal }),
    open: (context) => open(context, wanted),
  });
}

/** Pods on whichever engine this machine has. */
export const container: ProviderDefinition<ContainerConfig> = definition(
  'container',
  'real processes on a container engine of this machine: Podman or Docker',
);

/** Pods on Podman. */
export const podman: ProviderDefinition<ContainerConfig> = definition('podman', 'real processes on Podman', 'podman');

/** Pods on Docker. */
export const docker: ProviderDefinition<ContainerConfig> = definition('docker', 'real processes on Docker', 'docker');

export default container;
