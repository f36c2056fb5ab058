/**
 * Sketch, compiled and never run: Azure Container Instances, where a pod is a container group found by its name.
 *
 * Fits: PUT of a name that follows from the pod is idempotent for ever; secret-born variables travel as secure values,
 * because expressions keep where a value is from; groups vanish when they are deleted, which `missing` tells. Awkward: a list
 * has no states, so a change costs one read per pod and the poller lists only names; `args` without `command` cannot be
 * expressed, which the fidelity table cannot say, since it is about a combination of fields: it is refused at creation.
 */
import type {
  ContainerEnd,
  ContainerInputs,
  ContainerObservation,
  ContainerObservationState,
  EnvironmentVariable,
  ListedPod,
  PodRequest,
  Provider,
} from '@virtual-kubelet/provider';
import { failures, isNotFound, isSensitive, reveal } from '@virtual-kubelet/provider';
import type { BatchedPoller, Owner, TagFormat } from '@virtual-kubelet/provider-kit';
import {
  isOwnedBy,
  listedOwner,
  ownerOf,
  ownershipTags,
  pullSecretsFor,
  tagReader,
  workloadName,
} from '@virtual-kubelet/provider-kit';

interface State {
  readonly state: 'Waiting' | 'Running' | 'Terminated';
  readonly startTime?: string;
  readonly finishTime?: string;
  readonly exitCode?: number;
  readonly detailStatus?: string;
}

interface Instance {
  readonly name: string;
  readonly current?: State;
  readonly previous?: State;
  readonly restartCount?: number;
}

interface Group {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly ip?: string;
  readonly containers: readonly Instance[];
}

/** What is needed of the platform; 404 is NotFound, 429 Throttled, 409 of a group in transition Retryable. */
export interface Aci {
  put(name: string, group: object, signal: AbortSignal): Promise<void>;
  get(name: string, signal: AbortSignal): Promise<Group>;
  delete(name: string, signal: AbortSignal): Promise<void>;
}

const format: TagFormat = { valueLength: 256 };

function endOf({ exitCode, startTime, finishTime, detailStatus }: State): ContainerEnd {
  return {
    // The service leaves the code out when it lost the container: not known is not zero.
    exitCode: exitCode ?? 137,
    ...(exitCode === undefined ? { reason: 'ContainerStatusUnknown' } : {}),
    ...(startTime === undefined ? {} : { startedAt: startTime }),
    ...(finishTime === undefined ? {} : { finishedAt: finishTime }),
    ...(detailStatus === undefined ? {} : { message: detailStatus }),
  };
}

function stateOf(current: State | undefined): ContainerObservationState {
  if (current?.state === 'Running') return { running: { startedAt: current.startTime ?? '' } };
  if (current?.state === 'Terminated') return { terminated: endOf(current) };
  return { waiting: { reason: 'ContainerCreating' } };
}

function observed({ name, current, previous, restartCount = 0 }: Instance): ContainerObservation {
  const last = previous?.state === 'Terminated' ? { last: endOf(previous) } : {};
  return { name, state: stateOf(current), restartCount, ...last };
}

function listed(group: Group, owner: Owner): ListedPod {
  const ip = group.ip === undefined ? {} : { podIPs: [group.ip] };
  return { ...listedOwner(owner), containers: group.containers.map(observed), ...ip };
}

function variable({ name, value }: EnvironmentVariable): object {
  return isSensitive(value) ? { name, secureValue: reveal(value) } : { name, value: reveal(value) };
}

function commandOf({ name, command, args }: ContainerInputs): readonly string[] | undefined {
  if (args && !command) throw failures.unsupported(`args of ${name}`, 'ACI has no arguments without a command');
  return command && [...command, ...(args ?? [])].map((word) => reveal(word));
}

function groupOf({ pod, inputs }: PodRequest, owner: Owner): object {
  return {
    tags: ownershipTags(owner, format),
    restartPolicy: pod.spec?.restartPolicy,
    containers: pod.spec?.containers.map(({ name, image = '' }) => {
      const own = inputs.containers.find((container) => container.name === name);
      const [login] = pullSecretsFor(image, inputs.pullSecrets);
      return { name, image, env: own?.env.map(variable), command: own && commandOf(own), login: login?.registry };
    }),
  };
}

/** The provider of one node. */
export function aciProvider(parts: { aci: Aci; poller: BatchedPoller; node: string; cluster: string }): Provider {
  const { aci, poller, node, cluster } = parts;
  const nameOf = (owner: Owner): string => workloadName(owner, { length: 63 });
  const find = async (owner: Owner, signal: AbortSignal): Promise<ListedPod | undefined> => {
    try {
      const group = await aci.get(nameOf(owner), signal);
      const found = ownerOf(tagReader(group.tags), format);
      return isOwnedBy(found, node, cluster) ? listed(group, found) : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  // A group is never run a second time, so every pod has one attempt.
  const owned = (ref: Owner['ref']): Owner => ({ ref, node, cluster, attempt: 1 });
  return {
    async createPod(request, { signal }) {
      const owner = owned(request.ref);
      // PUT would replace a running group, so what is there is adopted.
      if (await find(owner, signal)) return;
      await aci.put(nameOf(owner), groupOf(request, owner), signal);
      poller.soon();
    },
    async deletePod(ref, _, { signal }) {
      if (!(await find(owned(ref), signal))) throw failures.notFound(`no container group of pod ${ref.name}`);
      await aci.delete(nameOf(owned(ref)), signal);
      poller.soon();
    },
    updatePod: async ({ changes }) =>
      changes.map((change) => ({ ...change, result: 'infeasible', message: 'ACI groups do not change' })),
    getPod: (ref, { signal }) => find(owned(ref), signal),
    getPodStatus: (ref, { signal }) => find(owned(ref), signal),
    getPods: ({ signal }) => poller.list(node, signal),
    notifyPods: (sink, { signal }) => poller.notify(node, sink, signal),
  };
}
