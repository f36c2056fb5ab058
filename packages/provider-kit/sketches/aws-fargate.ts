/**
 * Sketch, compiled and never run: Amazon ECS on Fargate, where a task runs once and is forgotten an hour after its end.
 *
 * Fits: the client token makes creation idempotent for a window, reads are eventual, retention is an hour, and the node acts
 * on exactly these three promises; further runs are attempts with tags of their own, decided by the kit's pure machine, so a
 * restart of the process goes on where it was; a spot interruption is `ended`. The kit's keeper starts what is due; it has
 * the requests of its pods in memory only, and `restarts: 'provider'` makes the node hand them over again after a restart.
 * Awkward: registry credentials must first be put into another service of the platform; health checks make a container ready
 * or not, but nobody ends an unhealthy one, so liveness is refused.
 */
import type { PodSpec } from '@virtual-kubelet/kubernetes';
import type {
  Capabilities,
  ContainerObservation,
  ListedPod,
  PodListing,
  PodRef,
  PodRequest,
  Provider,
} from '@virtual-kubelet/provider';
import { failures } from '@virtual-kubelet/provider';
import type { BatchedPoller, Owner, Run, RunKeeper, TagFormat } from '@virtual-kubelet/provider-kit';
import {
  digestOf,
  listedOwner,
  observationOfRuns,
  ownerOf,
  ownershipTags,
  podSize,
  sizesOf,
  smallestSize,
  tagReader,
} from '@virtual-kubelet/provider-kit';

interface Task {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly stopCode?: string;
  readonly stoppedReason?: string;
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  readonly address?: string;
  readonly containers: readonly ContainerObservation[];
}

/** What is needed of the platform. */
export interface Ecs {
  run(task: object, clientToken: string, signal: AbortSignal): Promise<void>;
  stop(arn: string, reason: string, signal: AbortSignal): Promise<void>;
  /** Running tasks and those stopped within the hour, found by what started them. */
  tasks(startedBy: string, signal: AbortSignal): Promise<readonly Task[]>;
}

/** What the node relies on. */
export const fargateCapabilities: Capabilities = {
  createIdempotency: { windowSeconds: 3_600 },
  terminalRetention: 3_600,
  durability: 'platform',
  reads: 'eventual',
  restarts: 'provider',
  consumes: { env: true, volumes: false, tokens: false, pullSecrets: false },
};

const format: TagFormat = { prefix: 'vk:', valueLength: 256 };
const sizes = sizesOf([
  { cpu: 0.25, memoryGiB: [0.5, 1, 2] },
  { cpu: 0.5, memoryGiB: { from: 1, to: 4, step: 1 } },
  { cpu: 1, memoryGiB: { from: 2, to: 8, step: 1 } },
  { cpu: 2, memoryGiB: { from: 4, to: 16, step: 1 } },
]);

function taskOf({ pod }: PodRequest, owner: Owner): object {
  const size = smallestSize(sizes, podSize(pod, { milliCpu: 250, memoryBytes: 2 ** 29 }));
  if (!size) throw failures.invalid('spec.containers[].resources', 'no Fargate size has room for the pod');
  return { ...size, tags: ownershipTags(owner, format), containers: pod.spec?.containers };
}

function runOf({ containers, startedAt, stoppedAt }: Task, { attempt }: Owner): Run {
  return {
    attempt,
    containers,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(stoppedAt === undefined ? {} : { endedAt: stoppedAt }),
  };
}

interface Seen {
  readonly owner: Owner;
  readonly tasks: readonly { readonly task: Task; readonly owner: Owner }[];
}

function byPod(tasks: readonly Task[]): readonly Seen[] {
  const pods = new Map<string, Seen>();
  for (const task of tasks) {
    const owner = ownerOf(tagReader(task.tags), format);
    if (!owner) continue;
    const before = pods.get(owner.ref.uid);
    pods.set(owner.ref.uid, { owner, tasks: [...(before?.tasks ?? []), { task, owner }] });
  }
  return [...pods.values()];
}

const never: PodSpec = { restartPolicy: 'Never', containers: [] };

/** All of a node's pods in one call. Without the pod's spec no further run is expected, so an end is an end. */
export function listed({ owner, tasks }: Seen, spec: PodSpec = never): ListedPod {
  const runs = tasks.map(({ task, owner: of }) => runOf(task, of));
  const address = tasks.find(({ task }) => task.stoppedAt === undefined)?.task.address;
  const spot = tasks.find(({ task }) => task.stopCode === 'SpotInterruption')?.task;
  return {
    ...listedOwner(owner),
    ...(observationOfRuns(owner.ref, runs, spec) ?? { containers: [] }),
    ...(address === undefined ? {} : { podIPs: [address] }),
    ...(spot ? { ended: { reason: 'SpotInterruption', message: spot.stoppedReason ?? '' } } : {}),
  };
}

/** What the keeper of the session asks: the runs of one pod, from the tasks the poller saw last. */
export function runsOf(tasks: readonly Task[], uid: string): readonly Run[] {
  const found = byPod(tasks).find(({ owner }) => owner.ref.uid === uid);
  return found?.tasks.map(({ task, owner }) => runOf(task, owner)) ?? [];
}

/** The provider of one node. The keeper of the session starts further runs by `start`. */
export function fargateProvider(parts: {
  ecs: Ecs;
  poller: BatchedPoller;
  keeper: RunKeeper;
  node: string;
  cluster: string;
}): Provider & {
  list(signal: AbortSignal): Promise<PodListing>;
  start(request: PodRequest, signal: AbortSignal): Promise<void>;
} {
  const { ecs, poller, keeper, node, cluster } = parts;
  const startedBy = `vk-${digestOf([cluster, node]).slice(0, 20)}`;
  const pods = async (signal: AbortSignal): Promise<readonly Seen[]> => byPod(await ecs.tasks(startedBy, signal));
  const find = async (ref: PodRef, signal: AbortSignal): Promise<Seen | undefined> =>
    (await pods(signal)).find(({ owner }) => owner.ref.uid === ref.uid);
  const show = (seen: Seen): ListedPod => listed(seen, keeper.spec(seen.owner.ref.uid));
  const look = async (ref: PodRef, signal: AbortSignal): Promise<ListedPod | undefined> => {
    const found = await find(ref, signal);
    return found && show(found);
  };
  const start = async (request: PodRequest, signal: AbortSignal): Promise<void> => {
    const { ref, attempt } = request;
    await ecs.run(taskOf(request, { ref, node, cluster, attempt }), digestOf([ref.uid, String(attempt)]), signal);
    poller.soon();
  };
  return {
    start,
    async list(signal) {
      const seen = await pods(signal);
      for (const { owner } of seen) keeper.changed(owner.ref.uid);
      return { pods: seen.map(show), complete: 'all' };
    },
    async createPod(request, { signal }) {
      keeper.keep(request);
      const found = await find(request.ref, signal);
      if (!found?.tasks.some(({ owner }) => owner.attempt >= request.attempt)) await start(request, signal);
    },
    async deletePod(ref, { reason }, { signal }) {
      keeper.forget(ref.uid);
      const found = await find(ref, signal);
      if (!found) throw failures.notFound(`no task of pod ${ref.name}`);
      for (const { task } of found.tasks) if (task.stoppedAt === undefined) await ecs.stop(task.arn, reason, signal);
      poller.soon();
    },
    async updatePod(update) {
      keeper.keep(update);
      return [];
    },
    getPod: (ref, { signal }) => look(ref, signal),
    getPodStatus: (ref, { signal }) => look(ref, signal),
    getPods: ({ signal }) => poller.list(node, signal),
    notifyPods: (sink, { signal }) => poller.notify(node, sink, signal),
  };
}
