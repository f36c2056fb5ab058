/** A Kubernetes in a test: API server, scheduler, controllers and virtual nodes in this process, gone with the test. */
import type { Agent, VirtualNodeOptions } from '@virtual-kubelet/agent';
import { createAgent } from '@virtual-kubelet/agent';
import type { Clock, Logger, Transport } from '@virtual-kubelet/base';
import { lifetime, metricRegistry, seededIds, seededRandom, silentLogger, systemClock } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import { createApiClient } from '@virtual-kubelet/client';
import type { Pod } from '@virtual-kubelet/kubernetes';
import { mock } from '@virtual-kubelet/mock';
import type { Controller, ControlPlane, InProcessTransportOptions } from '@virtual-kubelet/playground';
import { startControlPlane } from '@virtual-kubelet/playground';
import type { ProviderDefinition } from '@virtual-kubelet/provider';
import { capabilitiesOf } from '@virtual-kubelet/provider';
import type { PodOutcome } from './outcomes.js';
import { withOutcomes } from './outcomes.js';

/** Choices of {@link startPlayground}. */
export interface StartPlaygroundOptions {
  /** How many virtual nodes, or their names. @default 1, named `node-0` */
  readonly nodes?: number | readonly string[];
  /** What runs the pods. @default the mock: pods that only pretend */
  readonly provider?: ProviderDefinition;
  /** Configuration of the provider, checked by its schema. @default an empty document */
  readonly providerConfig?: unknown;
  /** What becomes of each pod, with the mock: decided when it is created. @default what its annotations say */
  readonly outcome?: (pod: Pod) => PodOutcome;
  /** Time. With a manual clock nothing happens until the test moves it. @default the clock of the machine */
  readonly clock?: Clock;
  /** Makes names, UIDs and choices the same in every run. @default 1 */
  readonly seed?: number;
  /** @default all there are; give fewer to be the scheduler, or a controller, yourself */
  readonly controllers?: readonly Controller[];
  /** Listen on loopback, so that other programs can come in with {@link TestPlayground.kubeconfig}. @default false */
  readonly listen?: boolean;
  readonly logger?: Logger;
}

/** A Kubernetes that runs in a test. */
export interface TestPlayground extends AsyncDisposable {
  /** Typed access as the administrator. */
  readonly client: ApiClient;
  /** The control plane itself, for what the client does not reach. */
  readonly controlPlane: ControlPlane;
  /** A further connection, as another user or with faults. */
  transport(options?: InProcessTransportOptions): Transport;
  /** A kubeconfig for other programs. Throws TypeError where the playground does not listen. */
  kubeconfig(): string;
  /** Adds a virtual node; resolves when it is Ready. */
  addNode(name: string, options?: Partial<VirtualNodeOptions>): Promise<void>;
  /** Stops looking after a node, as a crash does: its Node object stays. */
  removeNode(name: string): Promise<void>;
  /**
   * Resolves with the first value of `look` that is not undefined; asked again after every write to the server. Rejects
   * after `patience` milliseconds of the playground's clock, 30,000 unless said otherwise.
   */
  until<T>(look: () => T | undefined | Promise<T | undefined>, patience?: number): Promise<T>;
  /** Ends nodes, controllers and server. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts a Kubernetes for a test; resolves when its nodes are Ready. With a manual clock, move it until this resolves. */
export async function startPlayground(options: StartPlaygroundOptions = {}): Promise<TestPlayground> {
  const { clock = systemClock, logger = silentLogger, seed = 1, listen = false } = options;
  const random = seededRandom(seed);
  const ids = seededIds(random);
  const controlPlane = await startControlPlane({
    clock,
    random,
    ids,
    logger,
    listen: listen ? {} : false,
    ...(options.controllers === undefined ? {} : { controllers: options.controllers }),
  });
  const transport = controlPlane.playground.transport();
  const client = createApiClient({ transport, clock, random, logger });
  const life = lifetime();
  const agent = await agentOf(options, { clock, random, ids, logger, transport: controlPlane.playground.transport() });
  let stopped: Promise<void> | undefined;
  const addNode: TestPlayground['addNode'] = async (name, more) => {
    await agent.addNode(
      nodeNamed(name, options.provider ?? (mock as unknown as ProviderDefinition), more),
      life.signal,
    );
  };
  const end = async (): Promise<void> => {
    life.abort(new DOMException('the playground was stopped', 'AbortError'));
    // The nodes go away with their control plane: there is nothing to wait for.
    await agent.stop(AbortSignal.abort());
    await transport.close();
    await controlPlane.stop();
  };
  const stop = (): Promise<void> => (stopped ??= end());
  try {
    await agent.connect();
    await Promise.all(namesOf(options.nodes).map((name) => addNode(name)));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    client,
    controlPlane,
    transport: (more) => controlPlane.playground.transport(more),
    kubeconfig() {
      if (controlPlane.served === undefined) throw new TypeError('start the playground with listen: true');
      return controlPlane.served.kubeconfig();
    },
    addNode,
    removeNode: (name) => agent.removeNode(name, AbortSignal.abort()),
    until: (look, patience) => until(look, { controlPlane, clock, patience }),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function namesOf(nodes: number | readonly string[] = 1): readonly string[] {
  return typeof nodes === 'number' ? Array.from({ length: nodes }, (_, index) => `node-${index}`) : nodes;
}

function nodeNamed(
  name: string,
  provider: ProviderDefinition,
  more: Partial<VirtualNodeOptions> = {},
): VirtualNodeOptions {
  return { node: { name, providerName: provider.name, taint: false }, instance: `test/${name}`, ...more };
}

type Surroundings = Pick<Parameters<typeof createAgent>[0], 'clock' | 'random' | 'ids' | 'logger' | 'transport'>;

async function agentOf(options: StartPlaygroundOptions, around: Surroundings): Promise<Agent> {
  const { provider = mock as unknown as ProviderDefinition, outcome } = options;
  const result = await provider.configSchema['~standard'].validate(options.providerConfig ?? {});
  if (result.issues !== undefined)
    throw new TypeError(`providerConfig: ${result.issues.map((issue) => issue.message).join('; ')}`);
  return createAgent({
    ...around,
    metrics: metricRegistry(),
    definition: outcome === undefined ? provider : withOutcomes(provider, outcome),
    config: result.value,
    capabilities: capabilitiesOf(provider, result.value),
    environment: {},
    kubeletVersion: 'v1.37.2-vk-test',
    clusterNetwork: { clusterDomain: 'cluster.local', dnsAddresses: ['10.96.0.10'] },
  });
}

interface Waiting {
  readonly controlPlane: ControlPlane;
  readonly clock: Clock;
  readonly patience: number | undefined;
}

async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  { controlPlane, clock, patience = 30_000 }: Waiting,
): Promise<T> {
  const { state } = controlPlane.playground.server.store;
  const deadline = clock.deadline(patience);
  try {
    for (;;) {
      const { version } = state;
      const found = await look();
      if (found !== undefined) return found;
      if (state.version === version) await nextWrite(state, deadline.signal);
    }
  } finally {
    deadline.release();
  }
}

type State = ControlPlane['playground']['server']['store']['state'];

function nextWrite(state: State, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = (): void => {
      stopListening();
      reject(new Error('what the test waits for did not happen', { cause: signal.reason }));
    };
    const stopListening = state.subscribe(() => {
      stopListening();
      signal.removeEventListener('abort', give);
      resolve();
    });
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}
