/** A cluster with nothing but Nodes and Leases, and agents whose process can be frozen. */
import type { Clock, LogLine } from '@virtual-kubelet/base';
import { ManualClock, recordingLogger, seededIds, seededRandom } from '@virtual-kubelet/base';
import type { Informer, InformerEvent } from '@virtual-kubelet/client';
import { createApiClient } from '@virtual-kubelet/client';
import type { Node } from '@virtual-kubelet/kubernetes';
import type { NodeDescription, NodeProvider, NodeStatusSink } from '@virtual-kubelet/provider';
import type { NodeController, NodeControllerOptions } from '../src/node-object/node-controller-options.js';
import { createNodeController } from '../src/node-object/node-controller.js';
import type { NodeEvent } from '../src/node-object/node-events.js';
import type { FakeApiServer } from './fake-api-server.js';
import { createFakeApiServer } from './fake-api-server.js';

/** A provider whose health and description the test decides. */
export interface TestProvider extends NodeProvider {
  /** What a ping does. */
  answer: () => Promise<void>;
  description: NodeDescription;
  sink: NodeStatusSink | undefined;
  pings: number;
  descriptions: number;
}

export function createTestProvider(): TestProvider {
  const provider: TestProvider = {
    answer: () => Promise.resolve(),
    description: {},
    sink: undefined,
    pings: 0,
    descriptions: 0,
    ping() {
      provider.pings += 1;
      return provider.answer();
    },
    configureNode() {
      provider.descriptions += 1;
      return Promise.resolve(provider.description);
    },
    notifyNodeStatus(sink) {
      provider.sink = sink;
    },
  };
  return provider;
}

/** An agent's view of time: while it is frozen the world's time passes without its timers. */
export function freezable(clock: ManualClock): { readonly clock: Clock; skip(ms: number, wallOnly?: boolean): void } {
  let [monotonic, wall] = [0, 0];
  return {
    clock: {
      wall: () => clock.wall() + wall,
      monotonic: () => clock.monotonic() + monotonic,
      sleep: (ms, signal) => clock.sleep(ms, signal),
      deadline: (ms, parent) => clock.deadline(ms, parent),
      turn: () => clock.turn(),
    },
    skip(ms, wallOnly = false) {
      if (!wallOnly) monotonic += ms;
      wall += ms;
    },
  };
}

export interface Agent {
  readonly controller: NodeController;
  readonly provider: TestProvider;
  readonly events: NodeEvent[];
  readonly logs: LogLine[];
  /** Rejects as `start` does. */
  readonly started: Promise<void>;
  readonly crash: () => void;
  readonly freeze: (ms: number, wallOnly?: boolean) => void;
}

export interface World {
  readonly clock: ManualClock;
  readonly server: FakeApiServer;
  agent(options?: Partial<NodeControllerOptions> & { readonly name?: string }): Agent;
  /** An agent that is registered. */
  running(options?: Partial<NodeControllerOptions> & { readonly name?: string }): Promise<Agent>;
  /** Seconds pass. */
  pass(seconds: number): Promise<void>;
}

export function createWorld(seed: number = 1): World {
  const clock = new ManualClock();
  const server = createFakeApiServer();
  const random = seededRandom(seed);
  const ids = seededIds(random);

  const agent: World['agent'] = ({ name = 'vk', ...options } = {}) => {
    const provider = createTestProvider();
    const logs: LogLine[] = [];
    const frozen = freezable(clock);
    const life = new AbortController();
    const controller = createNodeController({
      node: { name, providerName: 'mock' },
      facts: { kubeletVersion: 'v1.37.2-vk-0.1.0', kubeletPort: 10250, internalIP: '10.0.0.1' },
      provider,
      client: createApiClient({ transport: server.transport, clock: frozen.clock, random }),
      clock: frozen.clock,
      random,
      ids,
      logger: recordingLogger(logs),
      instance: 'a',
      ...options,
    });
    const events: NodeEvent[] = [];
    controller.events.subscribe((event) => events.push(event));
    const started = controller.start(life.signal);
    started.catch(() => undefined);
    const actual = (options.provider as TestProvider | undefined) ?? provider;
    return { controller, provider: actual, events, logs, started, crash: () => life.abort(), freeze: frozen.skip };
  };

  return {
    clock,
    server,
    agent,
    async running(options) {
      const made = agent(options);
      await clock.settle();
      await made.started;
      return made;
    },
    pass: (seconds) => clock.advance(seconds * 1000),
  };
}

/** The server's Nodes as a shared informer tells of them. */
export function nodeInformer(server: FakeApiServer): Pick<Informer<Node>, 'subscribe'> {
  const listeners = new Set<(event: InformerEvent<Node>) => void>();
  server.watch((type, object) => {
    if (object.kind !== 'Node') return;
    const node = object as Node;
    const event: InformerEvent<Node> = type === 'updated' ? { type, object: node, old: node } : { type, object: node };
    for (const each of listeners) each(event);
  });
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
