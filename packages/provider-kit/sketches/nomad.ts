/**
 * Sketch, compiled and never run: HashiCorp Nomad, where a pod is a job with one allocation and an event stream tells.
 *
 * Fits: registering "only if it does not exist" is idempotent for ever; the stream maps to notifications, its end to
 * `interrupted` and the list after it to `synced`; task events become happenings; a job that waits for room is a pod with a
 * reason. Awkward: a finished job is collected after hours, which `terminalRetention` says; the restart rules of single
 * containers have no counterpart, so `restartPolicy` of a container is refused by the table; an init container may start
 * before the one before it has ended, which the table calls degraded.
 */
import type { Clock } from '@virtual-kubelet/base';
import { messageOf } from '@virtual-kubelet/base';
import type {
  ContainerObservation,
  ContainerObservationState,
  ListedPod,
  PodHappening,
  PodRequest,
  PodSink,
  Provider,
} from '@virtual-kubelet/provider';
import { failures, needsRuntime, reveal } from '@virtual-kubelet/provider';
import type { Owner, TagFormat } from '@virtual-kubelet/provider-kit';
import { isOwnedBy, listedOwner, ownerOf, ownershipTags, tagReader, workloadName } from '@virtual-kubelet/provider-kit';

interface TaskEvent {
  readonly type: string;
  readonly message: string;
  readonly time: string;
  readonly exitCode?: number;
}

interface Task {
  readonly state: 'pending' | 'running' | 'dead';
  readonly failed: boolean;
  readonly restarts: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly events: readonly TaskEvent[];
}

interface Job {
  readonly id: string;
  readonly meta: Readonly<Record<string, string>>;
  /** Why nothing has room for it. */
  readonly blocked?: string;
  readonly allocation?: {
    readonly id: string;
    readonly lost: boolean;
    readonly address?: string;
    readonly host?: string;
    readonly index: number;
    readonly tasks: Readonly<Record<string, Task>>;
  };
}

/** What is needed of the platform. */
export interface Nomad {
  /** False when a job with this id exists. */
  register(job: object, signal: AbortSignal): Promise<boolean>;
  stop(id: string, signal: AbortSignal): Promise<void>;
  job(id: string, signal: AbortSignal): Promise<Job | undefined>;
  jobs(prefix: string, signal: AbortSignal): Promise<readonly Job[]>;
  /** Changed jobs until the connection ends, in error or not. */
  changes(signal: AbortSignal): AsyncIterable<Job>;
}

const format: TagFormat = { prefix: 'vk_', valueLength: 1_024 };

function stateOf({ state, failed, startedAt, finishedAt, events }: Task): ContainerObservationState {
  if (state === 'running') return { running: { startedAt } };
  if (state === 'pending') return { waiting: { reason: 'ContainerCreating' } };
  const exitCode = events.findLast(({ type }) => type === 'Terminated')?.exitCode ?? (failed ? 137 : 0);
  return { terminated: { exitCode, startedAt, finishedAt } };
}

function observed([name, task]: [string, Task]): ContainerObservation {
  return { name, state: stateOf(task), restartCount: task.restarts };
}

function happened([container, { events }]: [string, Task]): readonly PodHappening[] {
  return events.map(({ type, message, time }) => {
    const isBad = /Failure|Failed|Killed/.test(type);
    return { type: isBad ? 'Warning' : 'Normal', reason: type.replaceAll(' ', ''), message, time, container };
  });
}

function listed({ allocation, blocked }: Job, owner: Owner): ListedPod {
  if (!allocation) return { ...listedOwner(owner), containers: [], reason: 'NomadPending', message: blocked ?? '' };
  const { tasks, address, host, index, lost } = allocation;
  return {
    ...listedOwner(owner),
    containers: Object.entries(tasks).map(observed),
    happened: Object.entries(tasks).flatMap(happened),
    revision: index,
    ...(address === undefined ? {} : { podIPs: [address] }),
    ...(host === undefined ? {} : { hostIPs: [host] }),
    ...(lost ? { ended: { reason: 'NodeLost', message: 'the Nomad client is gone' } } : {}),
  };
}

function jobOf({ pod, inputs }: PodRequest, owner: Owner): object {
  const tasks = inputs.containers.map(({ name, env }) => ({
    name,
    image: pod.spec?.containers.find((container) => container.name === name)?.image,
    env: env.map(({ name: key, value }) => {
      if (needsRuntime(value)) return [key, '${attr.unique.network.ip-address}'];
      return [key, reveal(value)];
    }),
  }));
  const type = pod.spec?.restartPolicy === 'Always' ? 'service' : 'batch';
  return { id: workloadName(owner, { length: 90 }), type, meta: ownershipTags(owner, format), tasks };
}

/** The provider of one node. */
export function nomadProvider(parts: { nomad: Nomad; clock: Clock; node: string; cluster: string }): Provider {
  const { nomad, clock, node, cluster } = parts;
  const owned = (ref: Owner['ref'], attempt: number): Owner => ({ ref, node, cluster, attempt });
  const mine = (job: Job | undefined): ListedPod | undefined => {
    const owner = job && ownerOf(tagReader(job.meta), format);
    return job && isOwnedBy(owner, node, cluster) ? listed(job, owner) : undefined;
  };
  const all = async (signal: AbortSignal): Promise<readonly ListedPod[]> =>
    (await nomad.jobs('vk-', signal)).flatMap((job) => mine(job) ?? []);
  // Runs of one pod have names of their own; the one with the highest attempt is the pod.
  const find = async (ref: Owner['ref'], signal: AbortSignal): Promise<ListedPod | undefined> =>
    (await all(signal))
      .filter((pod) => pod.ref.uid === ref.uid)
      .toSorted((a, b) => (b.attempt ?? 1) - (a.attempt ?? 1))[0];

  /** The stream may begin with a gap, so after every connection everything is told once. */
  const follow = async (sink: PodSink, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        const changes = nomad.changes(signal);
        for (const pod of await all(signal)) sink.observed(pod);
        sink.synced();
        for await (const job of changes) {
          const pod = mine(job);
          if (pod) sink.observed(pod);
        }
        sink.interrupted('the event stream ended');
      } catch (error) {
        sink.interrupted(messageOf(error));
      }
      await clock.sleep(1_000, signal);
    }
  };

  return {
    async createPod(request, { signal }) {
      await nomad.register(jobOf(request, owned(request.ref, request.attempt)), signal);
    },
    async deletePod(ref, _, { signal }) {
      const found = await find(ref, signal);
      if (!found) throw failures.notFound(`no job of pod ${ref.name}`);
      await nomad.stop(workloadName(owned(ref, found.attempt ?? 1), { length: 90 }), signal);
    },
    updatePod: async ({ changes }) =>
      changes.flatMap((change) =>
        change.change === 'metadata'
          ? []
          : [{ ...change, result: 'restartRequired' as const, message: 'a new job version replaces the allocation' }],
      ),
    getPod: (ref, { signal }) => find(ref, signal),
    getPodStatus: (ref, { signal }) => find(ref, signal),
    getPods: async ({ signal }) => ({ pods: await all(signal), complete: 'all' }),
    notifyPods: (sink, { signal }) => void follow(sink, signal).catch(() => undefined),
  };
}
