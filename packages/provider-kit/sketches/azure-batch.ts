/**
 * Sketch, compiled and never run: Azure Batch, where a pod is a task in the queue of a pool.
 *
 * Fits: a task id that follows from the pod's UID makes creation idempotent, `TaskExists` is adoption; a task keeps its
 * result until it is deleted, so there is no attempt to count; retries of the service are restarts; one paged list call has
 * the state of everything. Awkward: there is no secret channel, so a Secret in the environment is `degraded` by the table;
 * tasks have no tags, so whose a task is stands in an environment variable next to the user's.
 */
import type {
  CompleteFidelity,
  ContainerObservationState,
  ListedPod,
  PodListing,
  PodRequest,
  Provider,
} from '@virtual-kubelet/provider';
import { failures, reveal } from '@virtual-kubelet/provider';
import type { BatchedPoller, Owner, TagFormat } from '@virtual-kubelet/provider-kit';
import {
  isOwnedBy,
  listedOwner,
  ownerOf,
  ownershipTags,
  pullSecretsFor,
  workloadName,
} from '@virtual-kubelet/provider-kit';

interface Setting {
  readonly name: string;
  readonly value: string;
}

interface Task {
  readonly id: string;
  readonly state: 'active' | 'preparing' | 'running' | 'completed';
  readonly environmentSettings: readonly Setting[];
  readonly startTime?: string;
  readonly endTime?: string;
  readonly exitCode?: number;
  readonly failureCode?: string;
  readonly retryCount: number;
  readonly requeueCount: number;
  readonly nodeAddress?: string;
}

/** What is needed of the platform. */
export interface Batch {
  /** False when a task with this id exists. */
  add(task: object, signal: AbortSignal): Promise<boolean>;
  terminate(id: string, signal: AbortSignal): Promise<void>;
  delete(id: string, signal: AbortSignal): Promise<void>;
  get(id: string, signal: AbortSignal): Promise<Task | undefined>;
  list(prefix: string, signal: AbortSignal): Promise<readonly Task[]>;
}

/** What a single task cannot do is refused before anything is queued; the rows below `containers` win over it. */
export const batchFidelity: CompleteFidelity = {
  spec: 'full',
  'spec.initContainers': { refused: 'a Batch task is one container' },
  'spec.containers[].env[].valueFrom.secretKeyRef': { degraded: 'Batch keeps the value readable in the task' },
  'spec.containers[].livenessProbe': { refused: 'Batch has no probes' },
  'spec.restartPolicy': { refused: 'Batch retries failed tasks only', unless: ['Never', 'OnFailure'] },
};

const format: TagFormat = { prefix: 'VK_OWNER_', valueLength: 1_024 };

function ownerOfTask({ environmentSettings }: Task): Owner | undefined {
  return ownerOf((key) => environmentSettings.find(({ name }) => name === key)?.value, format);
}

function stateOf(task: Task): ContainerObservationState {
  const { state, startTime = '', endTime, exitCode, failureCode } = task;
  if (state === 'running') return { running: { startedAt: startTime } };
  if (state !== 'completed') return { waiting: { reason: state === 'active' ? 'Queued' : 'Preparing' } };
  const end = endTime === undefined ? {} : { finishedAt: endTime };
  // Without an exit code the program never ran.
  return exitCode === undefined
    ? { terminated: { exitCode: 128, reason: failureCode ?? 'StartError', ...end } }
    : { terminated: { exitCode, startedAt: startTime, ...end } };
}

function listed(task: Task, owner: Owner, container: string): ListedPod {
  const { retryCount, requeueCount, nodeAddress } = task;
  const restartCount = retryCount + requeueCount;
  const addresses = nodeAddress === undefined ? {} : { podIPs: [nodeAddress], hostIPs: [nodeAddress] };
  return { ...listedOwner(owner), containers: [{ name: container, state: stateOf(task), restartCount }], ...addresses };
}

function taskOf({ pod, inputs }: PodRequest, owner: Owner): object {
  const [container] = pod.spec?.containers ?? [];
  const own = inputs.containers.find(({ name }) => name === container?.name);
  const [login] = pullSecretsFor(container?.image ?? '', inputs.pullSecrets);
  const tags = Object.entries({ ...ownershipTags(owner, format), VK_OWNER_container: container?.name ?? '' });
  return {
    id: workloadName(owner, { length: 64 }),
    image: container?.image,
    commandLine: own?.args?.map((word) => reveal(word)),
    environmentSettings: [
      ...tags.map(([name, value]) => ({ name, value })),
      ...(own?.env ?? []).map(({ name, value }) => ({ name, value: reveal(value) })),
    ],
    registry: login && { ...login, password: login.password.reveal() },
    maxTaskRetryCount: pod.spec?.restartPolicy === 'OnFailure' ? -1 : 0,
  };
}

function containerOf({ environmentSettings }: Task): string {
  return environmentSettings.find(({ name }) => name === 'VK_OWNER_container')?.value ?? '';
}

/** What the poller of the session calls: one list for all nodes. Foreign tasks of the job are passed over. */
export async function listTasks(batch: Batch, signal: AbortSignal): Promise<PodListing> {
  const pods = (await batch.list('vk-', signal)).flatMap((task) => {
    const owner = ownerOfTask(task);
    return owner ? [listed(task, owner, containerOf(task))] : [];
  });
  return { pods, complete: 'all' };
}

/** The provider of one node. */
export function batchProvider(parts: { batch: Batch; poller: BatchedPoller; node: string; cluster: string }): Provider {
  const { batch, poller, node, cluster } = parts;
  const idOf = (ref: Owner['ref']): string => workloadName({ ref, node, cluster, attempt: 1 }, { length: 64 });
  const find = async (ref: Owner['ref'], signal: AbortSignal): Promise<ListedPod | undefined> => {
    const task = await batch.get(idOf(ref), signal);
    const owner = task && ownerOfTask(task);
    return task && isOwnedBy(owner, node, cluster) ? listed(task, owner, containerOf(task)) : undefined;
  };
  return {
    async createPod(request, { signal }) {
      await batch.add(taskOf(request, { ref: request.ref, node, cluster, attempt: 1 }), signal);
      poller.soon();
    },
    async deletePod(ref, _, { signal }) {
      if (!(await find(ref, signal))) throw failures.notFound(`no task of pod ${ref.name}`);
      await batch.terminate(idOf(ref), signal);
      poller.soon();
    },
    updatePod: async ({ changes }) =>
      changes.map((change) => ({ ...change, result: 'infeasible', message: 'a Batch task does not change' })),
    getPod: (ref, { signal }) => find(ref, signal),
    getPodStatus: (ref, { signal }) => find(ref, signal),
    getPods: ({ signal }) => poller.list(node, signal),
    notifyPods: (sink, { signal }) => poller.notify(node, sink, signal),
  };
}
