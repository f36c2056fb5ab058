import { ManualClock, seededRandom, silentLogger, silentSpan } from '@virtual-kubelet/base';
import type { Container, Pod, PodSpec } from '@virtual-kubelet/kubernetes';
import type {
  CallContext,
  ContainerObservation,
  PodInputs,
  PodObservation,
  PodRef,
  PodRequest,
} from '@virtual-kubelet/provider';
import { literal } from '@virtual-kubelet/provider';
import { onTestFinished } from 'vitest';
import type {
  ContainerBackend,
  ContainerSpec,
  MachineRights,
  MemoryBackend,
  MemoryStorage,
  PodNotice,
  PodRuntime,
  PodRuntimeOptions,
  PodStorage,
  ProbeClient,
  SandboxSpec,
} from './index.js';
import { createMemoryBackend, createMemoryStorage, createPodRuntimeProvider } from './index.js';

export const ref: PodRef = { namespace: 'ns', name: 'p', uid: 'u1' };

/** A pod with one container `a` unless the spec says otherwise. */
export function podOf(spec: Partial<PodSpec> = {}, of: PodRef = ref): Pod {
  return {
    metadata: { ...of },
    spec: { restartPolicy: 'Always', containers: [{ name: 'a', image: 'img:1' }], ...spec },
  };
}

export function inputsFor(pod: Pod, more: Partial<PodInputs> = {}): PodInputs {
  const { initContainers = [], containers = [], ephemeralContainers = [], volumes = [] } = pod.spec ?? {};
  return {
    containers: [...initContainers, ...containers, ...ephemeralContainers].map(({ name, command }) => ({
      name,
      env: [],
      ...(command ? { command: command.map(literal) } : {}),
    })),
    volumes: volumes.map(({ name }) => ({ kind: 'other', name })),
    pullSecrets: [],
    dns: { nameservers: [], searches: [], options: [] },
    hostname: pod.metadata?.name ?? '',
    clusterNetwork: { clusterDomain: 'cluster.local', dnsAddresses: [] },
    ...more,
  };
}

/** One node over an engine in memory, with time in the test's hand. */
export interface PodWorld {
  readonly clock: ManualClock;
  readonly backend: MemoryBackend;
  readonly storage: MemoryStorage;
  readonly notices: PodNotice[];
  readonly observations: PodObservation[];
  readonly context: CallContext;
  runtime: PodRuntime;
  create(pod: Pod, more?: Partial<PodInputs>): Promise<void>;
  remove(graceSeconds: number, of?: PodRef): Promise<void>;
  /** The latest report of a container. */
  seen(name: string): ContainerObservation | undefined;
  /** `running`, or the reason it waits or ended with. */
  state(name: string): string;
  /** A new process on the same engine and disk. @param hand whether the node hands its pods over again @default true */
  restart(hand?: boolean): Promise<void>;
  stop(): Promise<void>;
}

const deaf: ProbeClient = {
  http: () => Promise.reject(new Error('connection refused')),
  tcp: () => Promise.reject(new Error('connection refused')),
  grpc: () => Promise.reject(new Error('connection refused')),
};

/** What a process reaches the machine by. */
export interface Reach {
  readonly backend: ContainerBackend;
  readonly storage: PodStorage;
}

/** @param reach gives each new process its way to the machine @default the machine itself */
export async function podWorld(
  options: Partial<PodRuntimeOptions> = {},
  reach: (machine: Reach) => Reach = (machine) => machine,
): Promise<PodWorld> {
  const clock = new ManualClock();
  const backend = createMemoryBackend({ clock });
  backend.images.set('img:1', {});
  const storage = createMemoryStorage();
  const notices: PodNotice[] = [];
  const observations: PodObservation[] = [];
  const life = new AbortController();
  const context: CallContext = {
    signal: life.signal,
    deadline: Infinity,
    logger: silentLogger,
    span: silentSpan,
    idempotencyKey: 'k',
  };
  const start = (): PodRuntime => {
    const process = reach({ backend, storage });
    const runtime = createPodRuntimeProvider(process.backend, {
      owner: { node: 'n', cluster: 'c' },
      storage: process.storage,
      probes: deaf,
      clock,
      random: seededRandom(1),
      logger: silentLogger,
      hostIPs: () => ['192.0.2.1'],
      notice: (notice) => notices.push(notice),
      ...options,
    });
    const sink = {
      observed: (o: PodObservation) => void observations.push(o),
      missing: () => undefined,
      synced: () => undefined,
      interrupted: () => undefined,
    };
    runtime.provider.notifyPods?.(sink, context);
    return runtime;
  };
  /** Several rounds: a reconcile is a chain of calls, and each turn lets one link go. */
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 30; i += 1) await clock.settle();
  };
  const requests = new Map<string, PodRequest>();
  const world: PodWorld = {
    clock,
    backend,
    storage,
    notices,
    observations,
    context,
    runtime: start(),
    async create(pod, more) {
      const { namespace = '', name = '', uid = '' } = pod.metadata ?? {};
      const request = { ref: { namespace, name, uid }, pod, inputs: inputsFor(pod, more), attempt: 1 };
      requests.set(uid, request);
      await world.runtime.provider.createPod(request, context);
      await settle();
    },
    async remove(gracePeriodSeconds, of = ref) {
      await world.runtime.provider.deletePod(of, { gracePeriodSeconds, reason: 'deleted' }, context);
      await settle();
    },
    seen: (name) => observations.at(-1)?.containers.find((c) => c.name === name),
    state(name) {
      const state = world.seen(name)?.state;
      if (!state) return 'unseen';
      if ('running' in state) return 'running';
      return 'waiting' in state ? state.waiting.reason : `${state.terminated.reason}:${state.terminated.exitCode}`;
    },
    async restart(hand = true) {
      await world.runtime.stop();
      world.runtime = start();
      const { pods } = await world.runtime.provider.getPods(context);
      for (const { ref: known } of hand ? pods : []) {
        const request = requests.get(known.uid);
        if (request) await world.runtime.provider.createPod(request, context);
      }
      await settle();
    },
    stop: () => world.runtime.stop(),
  };
  return world;
}

/** A world that ends with its test. */
export async function openWorld(options?: Partial<PodRuntimeOptions>): Promise<PodWorld> {
  const made = await podWorld(options);
  onTestFinished(() => made.stop());
  return made;
}

/** A container `a` unless told otherwise. */
export function container(more: Partial<Container> = {}): Container {
  return { name: 'a', image: 'img:1', ...more };
}

/** An operator who allows everything, folders below `/free`. */
export const allRights: MachineRights = { hostPaths: ['/free'], privileged: true, hostNamespaces: true };

/** What an engine was asked for. */
export interface Asked {
  readonly container: ContainerSpec;
  readonly sandbox: SandboxSpec;
  readonly world: PodWorld;
}

/** What the engine is asked for, for the first container of a pod where its operator allows everything. */
export async function asked(
  pod: Pod,
  more: { options?: Partial<PodRuntimeOptions>; inputs?: Partial<PodInputs>; imageUser?: string } = {},
): Promise<Asked> {
  const world = await openWorld({ rights: allRights, ...more.options });
  if (more.imageUser !== undefined) world.backend.images.set('img:1', { user: more.imageUser });
  await world.create(pod, more.inputs);
  const [first] = world.backend.containerSpecs;
  const [sandbox] = world.backend.sandboxSpecs;
  if (!first || !sandbox) throw new Error(`nothing was asked for: ${JSON.stringify(world.notices)}`);
  return { container: first, sandbox, world };
}
