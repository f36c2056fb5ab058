import type { Transport, TransportRequest } from '@virtual-kubelet/base';
import { ManualClock, lifetime, metricRegistry, seededIds, seededRandom, silentLogger } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { Journal, JournalEntry } from '@virtual-kubelet/mock';
import { addresses, createPlatform, memoryJournal, mock, mockSession } from '@virtual-kubelet/mock';
import type { Playground } from '@virtual-kubelet/playground';
import { createPlayground } from '@virtual-kubelet/playground';
import type { Provider, ProviderDefinition, ProviderSession } from '@virtual-kubelet/provider';
import { capabilitiesOf } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import type { Agent } from './index.js';
import { createAgent } from './index.js';

/** Where an agent is stopped: at its `at`th effect, before it, after it took effect, or alive but without the answer. */
interface CrashPoint {
  readonly at: number;
  readonly how: 'before' | 'after' | 'answer lost';
}

const never = new Promise<never>(() => undefined);

/** Lets effects through until the crash; then nothing of the agent reaches the outside any more. */
function crashGate(point: CrashPoint | undefined) {
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

type Gate = ReturnType<typeof crashGate>;

function gatedTransport(inner: Transport, gate: Gate): Transport {
  const through = (request: TransportRequest) => (request.method === 'GET' ? gate.read : gate.effect);
  return {
    request: (request) => through(request)(() => inner.request(request)),
    stream: (request) => gate.read(() => inner.stream(request)),
    upgrade: (request) => gate.read(() => inner.upgrade(request)),
    close: () => inner.close(),
  };
}

function gatedProvider(inner: Provider, gate: Gate): Provider {
  return {
    ...inner,
    createPod: (request, context) => gate.effect(() => inner.createPod(request, context)),
    updatePod: (update, context) => gate.effect(() => inner.updatePod(update, context)),
    deletePod: (ref, deletion, context) => gate.effect(() => inner.deletePod(ref, deletion, context)),
  };
}

interface World {
  readonly clock: ManualClock;
  readonly playground: Playground;
  readonly transport: Transport;
  readonly entries: readonly JournalEntry[];
  start(gate: Gate, transport?: Transport): Agent;
}

/** A control plane and a cloud that outlive the agents. */
async function createWorld(): Promise<World> {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const playground = createPlayground({ clock, random, ids: seededIds(random), logger: silentLogger });
  const entries: JournalEntry[] = [];
  const memory = memoryJournal();
  const journal: Journal = {
    ...memory,
    async append(entry) {
      entries.push(entry);
      await memory.append(entry);
    },
  };
  const platform = createPlatform({ clock, addresses: addresses(), journal });
  const start = (gate: Gate, transport: Transport = playground.transport()): Agent => {
    const open = async (cluster: string | undefined): Promise<ProviderSession> => {
      const session = mockSession(platform, { config: {}, ...(cluster === undefined ? {} : { cluster }) });
      return {
        forNode: async (node) => gatedProvider(await session.forNode(node), gate),
        close: async () => undefined,
      };
    };
    const definition = {
      ...mock,
      open: (context: { cluster?: string }) => open(context.cluster),
    } as unknown as ProviderDefinition;
    return createAgent({
      transport: gatedTransport(transport, gate),
      clock,
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
  return { clock, playground, transport: playground.transport(), entries, start };
}

async function run(world: World, gate: Gate): Promise<void> {
  const agent = world.start(gate);
  const life = lifetime();
  const begin = async (): Promise<void> => {
    await agent.connect();
    await agent.addNode({ node: { name: 'vk', providerName: 'mock' }, instance: 'same place' }, life.signal);
  };
  begin().catch(() => undefined);
  await world.clock.advance(1_000);
}

const path = '/api/v1/namespaces/default/pods';

async function pods(world: World): Promise<readonly Pod[]> {
  const { status, body } = await world.transport.request({ method: 'GET', path });
  expect(status).toBe(200);
  return (JSON.parse(new TextDecoder().decode(body)) as { items: Pod[] }).items;
}

async function send(world: World, method: 'POST' | 'DELETE', at: string, body?: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await world.transport.request({
    method,
    path: at,
    ...(body ? { body: JSON.stringify(body), headers } : {}),
  });
  expect([200, 201, 202, 404]).toContain(answer.status);
}

function podNamed(name: string, annotations: Record<string, string>, restartPolicy: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', annotations },
    spec: { nodeName: 'vk', restartPolicy, containers: [{ name: 'c', image: 'nginx' }] },
  };
}

/** The life of two pods: one ends by itself, one is deleted while it runs. The agent may be stopped at any of its effects. */
async function scenario(point: CrashPoint | undefined): Promise<{ effects: number; world: World }> {
  const world = await createWorld();
  let gate = crashGate(point);
  let crashes = 0;
  await run(world, gate);
  /** Time goes by; a dead agent is noticed and started again, as a supervisor does. */
  const pass = async (ms: number): Promise<void> => {
    await world.clock.advance(ms);
    if (!gate.isDead || crashes > 0) return;
    crashes += 1;
    gate = crashGate(undefined);
    await run(world, gate);
    await world.clock.advance(ms);
  };
  await pass(100);
  await send(world, 'POST', path, podNamed('job', { 'mock.virtual-kubelet.io/run-time': '5s' }, 'Never'));
  await send(world, 'POST', path, podNamed('web', {}, 'Always'));
  await pass(10_000);
  await send(world, 'DELETE', `${path}/web`);
  await pass(60_000);
  await pass(60_000);
  const { effects } = gate;
  gate.kill();
  return { effects: crashes > 0 ? -1 : effects, world };
}

/** What must hold whatever happened: nothing lost, nothing doubled. */
async function check(world: World): Promise<void> {
  const found = await pods(world);
  expect(found.map((pod) => pod.metadata?.name)).toEqual(['job']);
  const [job] = found;
  expect(job?.status?.phase).toBe('Succeeded');
  expect(job?.status?.containerStatuses?.[0]).toMatchObject({
    restartCount: 0,
    state: { terminated: { exitCode: 0 } },
  });
  const births = world.entries.flatMap((entry) =>
    'put' in entry && entry.put.revision === 1 ? [`${entry.put.ref.name}/${entry.put.attempt}`] : [],
  );
  expect(births.toSorted()).toEqual(['job/1', 'web/1']);
  const ends = world.entries.flatMap((entry) => ('put' in entry && entry.put.deletion ? [entry.put.ref.name] : []));
  expect(new Set(ends)).toEqual(new Set(['web']));
}

describe('an agent stopped at any of its effects and started again', () => {
  it('has effects to be stopped at, and keeps its pods without a crash', async () => {
    const { effects, world } = await scenario(undefined);
    expect(effects).toBeGreaterThan(8);
    await check(world);
  });

  it.each(['before', 'after', 'answer lost'] as const)('loses nothing and doubles nothing: %s', async (how) => {
    const { effects } = await scenario(undefined);
    for (let at = 1; at <= effects; at += 1) {
      const { world } = await scenario({ at, how });
      await check(world).catch((error: unknown) => {
        throw new Error(`stopped at effect ${at} of ${effects}, ${how}`, { cause: error });
      });
    }
  });
});

describe('the life of a pod', () => {
  it('costs three writes: that it runs, how it ended, its removal', async () => {
    const world = await createWorld();
    const writes: string[] = [];
    const transport = world.playground.transport({
      intercept: ({ method, path: at }) => {
        if (method !== 'GET' && at.startsWith(`${path}/web`)) writes.push(`${method} ${at.split('?')[0]}`);
        return { do: 'pass' };
      },
    });
    await run({ ...world, start: (gate) => world.start(gate, transport) }, crashGate(undefined));
    await send(world, 'POST', path, podNamed('web', {}, 'Always'));
    await world.clock.advance(30_000);
    await send(world, 'DELETE', `${path}/web`);
    await world.clock.advance(30_000);
    expect(await pods(world)).toEqual([]);
    expect(writes).toEqual([`PATCH ${path}/web/status`, `PATCH ${path}/web/status`, `DELETE ${path}/web`]);
  });
});
