/** A control plane and a cloud in memory that outlive the agents tested on them; time moves only when a test moves it. */
import type { Clock, Transport, TransportRequest } from '@virtual-kubelet/base';
import { ManualClock, lifetime, metricRegistry, seededIds, seededRandom, silentLogger } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { Journal, JournalEntry } from '@virtual-kubelet/mock';
import { addresses, createPlatform, memoryJournal, mock, mockSession } from '@virtual-kubelet/mock';
import type { Playground } from '@virtual-kubelet/playground';
import { createPlayground } from '@virtual-kubelet/playground';
import type {
  ContentVolume,
  PodUpdate,
  Provider,
  ProviderDefinition,
  ProviderSession,
} from '@virtual-kubelet/provider';
import { capabilitiesOf } from '@virtual-kubelet/provider';
import { expect } from 'vitest';
import type { Agent } from '../src/index.js';
import { createAgent } from '../src/index.js';

/** Where an agent is stopped: at its `at`th effect, before it, after it took effect, or alive but without the answer. */
export interface CrashPoint {
  readonly at: number;
  readonly how: 'before' | 'after' | 'answer lost';
}

const never = new Promise<never>(() => undefined);

/** Lets effects through until the crash; then nothing of the agent reaches the outside any more. */
export function crashGate(point: CrashPoint | undefined) {
  let effects = 0;
  let isDead = false;
  return {
    get effects() {
      return effects;
    },
    get isDead() {
      return isDead;
    },
    kill() {
      isDead = true;
    },
    read: <T>(run: () => Promise<T>): Promise<T> => (isDead ? never : run()),
    async effect<T>(run: () => Promise<T>): Promise<T> {
      if (isDead) return never;
      effects += 1;
      if (effects !== point?.at) return run();
      if (point.how === 'before') isDead = true;
      if (isDead) return never;
      const result = await run();
      if (point.how === 'answer lost') throw new Error('the answer was lost');
      isDead = true;
      return never.then(() => result);
    },
  };
}

export type Gate = ReturnType<typeof crashGate>;

function gatedTransport(inner: Transport, gate: Gate): Transport {
  const through = (request: TransportRequest) => (request.method === 'GET' ? gate.read : gate.effect);
  return {
    request: (request) => through(request)(() => inner.request(request)),
    stream: (request) => gate.read(() => inner.stream(request)),
    upgrade: (request) => gate.read(() => inner.upgrade(request)),
    close: () => inner.close(),
  };
}

/** What the provider was given and took. */
interface Taken {
  readonly updates: PodUpdate[];
  readonly volumes: ContentVolume[];
}

function gatedProvider(inner: Provider, gate: Gate, { updates, volumes }: Taken): Provider {
  return {
    ...inner,
    async updateVolumes(ref, changed, context) {
      volumes.push(...changed);
      await inner.updateVolumes?.(ref, changed, context);
    },
    createPod: (request, context) => gate.effect(() => inner.createPod(request, context)),
    updatePod: (update, context) =>
      gate.effect(async () => {
        updates.push(update);
        return inner.updatePod(update, context);
      }),
    deletePod: (ref, deletion, context) => gate.effect(() => inner.deletePod(ref, deletion, context)),
  };
}

export interface World {
  readonly clock: ManualClock;
  readonly playground: Playground;
  readonly transport: Transport;
  readonly entries: readonly JournalEntry[];
  /** Updates of pods that the provider took, in order. */
  readonly updates: readonly PodUpdate[];
  /** Volumes of running pods whose new contents the provider was given. */
  readonly volumes: readonly ContentVolume[];
  /** Starts an agent. @param time what it takes for the clock. @default that of the world */
  start(gate: Gate, transport?: Transport, time?: Clock): Agent;
}

/** A control plane and a cloud that outlive the agents. */
export async function createWorld(): Promise<World> {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const playground = createPlayground({ clock, random, ids: seededIds(random), logger: silentLogger });
  const entries: JournalEntry[] = [];
  const volumes: ContentVolume[] = [];
  const updates: PodUpdate[] = [];
  const memory = memoryJournal();
  const journal: Journal = {
    ...memory,
    async append(entry) {
      entries.push(entry);
      await memory.append(entry);
    },
  };
  const platform = createPlatform({ clock, addresses: addresses(), journal });
  const start = (gate: Gate, transport: Transport = playground.transport(), time: Clock = clock): Agent => {
    const open = async (cluster: string | undefined): Promise<ProviderSession> => {
      const session = mockSession(platform, { config: {}, ...(cluster === undefined ? {} : { cluster }) });
      return {
        forNode: async (node) => gatedProvider(await session.forNode(node), gate, { updates, volumes }),
        close: async () => undefined,
      };
    };
    const definition = {
      ...mock,
      open: (context: { cluster?: string }) => open(context.cluster),
    } as unknown as ProviderDefinition;
    return createAgent({
      transport: gatedTransport(transport, gate),
      clock: time,
      random: seededRandom(gate.effects + 2),
      ids: seededIds(seededRandom(entries.length + 3)),
      logger: silentLogger,
      metrics: metricRegistry(),
      definition,
      config: {},
      capabilities: { ...capabilitiesOf(mock, {}), durability: 'platform' },
      environment: {},
      kubeletVersion: 'v1.37.2-vk-test',
      clusterNetwork: { clusterDomain: 'cluster.local', dnsAddresses: ['10.96.0.10'] },
    });
  };
  return { clock, playground, transport: playground.transport(), entries, updates, volumes, start };
}

export async function run(world: World, gate: Gate): Promise<void> {
  const agent = world.start(gate);
  const life = lifetime();
  const begin = async (): Promise<void> => {
    await agent.connect();
    await agent.addNode({ node: { name: 'vk', providerName: 'mock' }, instance: 'same place' }, life.signal);
  };
  begin().catch(() => undefined);
  await world.clock.advance(1_000);
}

export const path = '/api/v1/namespaces/default/pods';

export async function pods(world: World): Promise<readonly Pod[]> {
  const { status, body } = await world.transport.request({ method: 'GET', path });
  expect(status).toBe(200);
  return (JSON.parse(new TextDecoder().decode(body)) as { items: Pod[] }).items;
}

/** Deletes what is at the path, or creates the body there. */
export async function send(world: World, at: string, body?: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await world.transport.request({
    method: body ? 'POST' : 'DELETE',
    path: at,
    ...(body ? { body: JSON.stringify(body), headers } : {}),
  });
  expect([200, 201, 202, 404]).toContain(answer.status);
}

/** Changes what is at the path by a strategic merge. */
export async function patch(world: World, at: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/strategic-merge-patch+json' };
  const answer = await world.transport.request({ method: 'PATCH', path: at, body: JSON.stringify(body), headers });
  expect(answer.status).toBe(200);
}

export function podNamed(name: string, annotations: Record<string, string>, restartPolicy: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', annotations },
    spec: { nodeName: 'vk', restartPolicy, containers: [{ name: 'c', image: 'nginx' }] },
  };
}
