/**
 * A cloud that runs a task once and forgets it an hour after its end, whose lists lag behind, and which knows a client token
 * for an hour; and a provider for it, made of the kit's parts as an author would.
 */
import type { Clock } from '@virtual-kubelet/base';
import { formatTime } from '@virtual-kubelet/kubernetes';
import type {
  Capabilities,
  ContainerObservation,
  ListedPod,
  PodListing,
  PodRequest,
  Provider,
  ProviderDefinition,
} from '@virtual-kubelet/provider';
import { defineProvider, failures, podName } from '@virtual-kubelet/provider';
import type { BatchedPoller, Owner, Run, TagFormat } from '../src/index.js';
import {
  anyConfig,
  batchedPoller,
  isOwnedBy,
  listedOwner,
  observationOfRuns,
  ownerOf,
  ownershipTags,
  runKeeper,
  tagReader,
} from '../src/index.js';

export interface CloudTask {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly container: string;
  readonly startedAt: number;
  readonly endsAt: number;
  readonly exitCode: number;
}

const hour = 3_600_000;
const lag = 1_000;

/** How long a pod's tasks run and how they end, from its annotations. */
function storyOf({ pod }: PodRequest): { runTime: number; exitCode: number } {
  const { 'run-time': runTime, 'exit-code': exitCode } = pod.metadata?.annotations ?? {};
  return { runTime: Number(runTime ?? Infinity), exitCode: Number(exitCode ?? 0) };
}

export class RunOnceCloud {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, { id: string; at: number }>();
  readonly #tasks = new Map<string, CloudTask>();
  /** Tokens of all tasks that were ever started, in order. */
  readonly births: string[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  run(task: Omit<CloudTask, 'id' | 'startedAt' | 'endsAt'> & { runTime: number }, token: string): void {
    const now = this.#clock.wall();
    const before = this.#tokens.get(token);
    if (before && now - before.at < hour) return;
    const id = `task-${this.births.length + 1}`;
    this.#tokens.set(token, { id, at: now });
    this.births.push(token);
    const { runTime, ...rest } = task;
    this.#tasks.set(id, { ...rest, id, startedAt: now, endsAt: now + runTime });
  }

  stop(id: string): void {
    const task = this.#tasks.get(id);
    const now = this.#clock.wall();
    if (task && task.endsAt > now) this.#tasks.set(id, { ...task, endsAt: now, exitCode: 143 });
  }

  list(): readonly CloudTask[] {
    const now = this.#clock.wall();
    return [...this.#tasks.values()].filter(({ startedAt, endsAt }) => now - startedAt >= lag && now - endsAt < hour);
  }
}

const format: TagFormat = { valueLength: 63 };

/** What the node relies on. */
const capabilities: Capabilities = {
  createIdempotency: { windowSeconds: 3_600 },
  terminalRetention: 3_600,
  durability: 'platform',
  reads: 'eventual',
  restarts: 'provider',
  consumes: { env: false, volumes: false, tokens: false, pullSecrets: false },
};

type Owned = { readonly task: CloudTask; readonly owner: Owner };

function owned(cloud: RunOnceCloud, cluster: string): readonly Owned[] {
  return cloud.list().flatMap((task) => {
    const owner = ownerOf(tagReader(task.tags), format);
    return owner?.cluster === cluster ? [{ task, owner }] : [];
  });
}

function runOf({ task, owner }: Owned, now: number): Run {
  const { container: name, startedAt, endsAt, exitCode } = task;
  const isOver = now >= endsAt;
  const began = formatTime(startedAt);
  const container: ContainerObservation = {
    name,
    containerID: `cloud://${task.id}`,
    state: isOver
      ? { terminated: { exitCode, startedAt: began, finishedAt: formatTime(endsAt) } }
      : { running: { startedAt: began } },
  };
  return { attempt: owner.attempt, containers: [container], startedAt, ...(isOver ? { endedAt: endsAt } : {}) };
}

interface NodeParts {
  readonly cloud: RunOnceCloud;
  readonly poller: BatchedPoller;
  readonly keeper: ReturnType<typeof runKeeper>;
  readonly list: () => PodListing;
  readonly start: (request: PodRequest) => void;
  readonly node: string;
  readonly cluster: string;
}

function nodeProvider({ cloud, poller, keeper, list, start, node, cluster }: NodeParts): Provider {
  const tasksOf = (uid: string): readonly Owned[] =>
    owned(cloud, cluster).filter(({ owner }) => isOwnedBy(owner, node, cluster) && owner.ref.uid === uid);
  const find = async (uid: string): Promise<ListedPod | undefined> =>
    list().pods.find((pod) => pod.ref.uid === uid && pod.node === node);
  return {
    async createPod(request) {
      keeper.keep(request);
      if (tasksOf(request.ref.uid).some(({ owner }) => owner.attempt >= request.attempt)) return;
      start(request);
      poller.soon();
    },
    async deletePod(ref) {
      const tasks = tasksOf(ref.uid);
      if (tasks.length === 0) throw failures.notFound(`no task of pod ${podName(ref)}`);
      keeper.forget(ref.uid);
      for (const { task } of tasks) cloud.stop(task.id);
      poller.soon();
    },
    async updatePod(update) {
      keeper.keep(update);
      return [];
    },
    getPod: (ref) => find(ref.uid),
    getPodStatus: (ref) => find(ref.uid),
    getPods: (context) => poller.list(node, context.signal),
    notifyPods: (sink, { signal }) => poller.notify(node, sink, signal),
  };
}

/** @param cloudOf the cloud outlives the sessions on it; time is that of the session */
export function runOnceProvider(cloudOf: (clock: Clock) => RunOnceCloud): ProviderDefinition {
  return defineProvider({
    contract: 1,
    name: 'run-once',
    summary: 'a cloud in memory that runs a task once',
    configSchema: anyConfig(),
    fidelity: { spec: 'full' },
    capabilities,
    async open({ clock, random, logger, cluster = '' }) {
      const cloud = cloudOf(clock);
      const names = new Map<string, string>();
      const start = (node: string, request: PodRequest): void => {
        const owner: Owner = { ref: request.ref, node, cluster, attempt: request.attempt };
        const container = request.pod.spec?.containers[0]?.name ?? '';
        const task = { tags: ownershipTags(owner, format), container, ...storyOf(request) };
        cloud.run(task, `${request.ref.uid}/${request.attempt}`);
      };
      const runs = (uid: string): readonly Run[] =>
        owned(cloud, cluster)
          .filter(({ owner }) => owner.ref.uid === uid)
          .map((task) => runOf(task, clock.wall()));
      const keeper = runKeeper({
        clock,
        random,
        logger,
        runs,
        async start(request) {
          start(names.get(request.ref.uid) ?? '', request);
          poller.soon();
        },
      });
      const list = (): PodListing => {
        const owners = new Map(owned(cloud, cluster).map(({ owner }) => [owner.ref.uid, owner]));
        const pods = [...owners.values()].flatMap((owner): ListedPod[] => {
          const { uid } = owner.ref;
          const spec = keeper.spec(uid) ?? { restartPolicy: 'Never', containers: [] };
          const seen = observationOfRuns(owner.ref, runs(uid), spec);
          const happened = runs(uid).map(({ attempt, startedAt = 0 }) => ({
            type: 'Normal' as const,
            reason: 'TaskStarted',
            message: `task ${attempt} has started`,
            time: formatTime(startedAt),
          }));
          return seen ? [{ ...listedOwner(owner), ...seen, happened }] : [];
        });
        return { pods, complete: 'all' };
      };
      const poller = batchedPoller({
        clock,
        random,
        logger,
        fastest: 500,
        slowest: 5_000,
        async list() {
          const listing = list();
          for (const { ref } of listing.pods) keeper.changed(ref.uid);
          return listing;
        },
      });
      return {
        async forNode({ name: node }) {
          const begin = (request: PodRequest): void => {
            start(node, request);
          };
          const provider = nodeProvider({ cloud, poller, keeper, list, start: begin, node, cluster });
          return {
            ...provider,
            async createPod(request, context) {
              names.set(request.ref.uid, node);
              await provider.createPod(request, context);
            },
          };
        },
        async close() {
          await Promise.all([poller.close(), keeper.close()]);
        },
      };
    },
  });
}
