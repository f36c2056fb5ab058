/**
 * Sketch, compiled and never run: Alibaba Cloud ECI, where a pod is one container group with tags and a client token.
 *
 * Fits: the token makes creation idempotent for a day, so it is a `window`; regions are scopes; contents of ConfigMaps and
 * Secrets become files of the group. Awkward: one variable may be the pod's address, but not a text around it, so such a
 * value is refused here and not by the fidelity table; ids, zones and prices that users know as annotations of the pod have
 * no way back, they are told as happenings.
 */
import type {
  ContainerObservation,
  ContentVolume,
  EnvironmentVariable,
  ListedPod,
  PodHappening,
  PodListing,
  PodRequest,
  Provider,
} from '@virtual-kubelet/provider';
import { failures, isSensitive, needsRuntime, reveal } from '@virtual-kubelet/provider';
import type { BatchedPoller, Owner, RateLimit, TagFormat } from '@virtual-kubelet/provider-kit';
import { isOwnedBy, listedOwner, ownerOf, ownershipTags, podSize, tagReader } from '@virtual-kubelet/provider-kit';

interface Group {
  readonly id: string;
  readonly status: 'Scheduling' | 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Expired' | 'ScheduleFailed';
  readonly ip?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly containers: readonly ContainerObservation[];
  readonly events: readonly PodHappening[];
}

/** What is needed of the platform; failures are already of the contract's kinds. */
export interface Eci {
  readonly region: string;
  create(parameters: object, clientToken: string, signal: AbortSignal): Promise<string>;
  delete(id: string, options: { force: boolean }, signal: AbortSignal): Promise<void>;
  /** Pages are put together; filtering is done by the service. */
  describe(tags: Readonly<Record<string, string>>, signal: AbortSignal): Promise<readonly Group[]>;
}

const format: TagFormat = { valueLength: 128 };

/** A pod's address alone is a reference of the platform; everything else must be known now. */
function variable({ name, value }: EnvironmentVariable): object {
  const [only, ...more] = value.parts;
  if (only?.from === 'runtime' && more.length === 0) return { key: name, fieldRef: only.field };
  if (needsRuntime(value)) throw failures.unsupported(`env ${name}`, `${name} has the pod's address within other text`);
  return { key: name, value: reveal(value), hidden: isSensitive(value) };
}

function files({ name, files: all }: ContentVolume): object {
  return { name, files: all.map(({ path, content, mode }) => ({ path, content: content.reveal(), mode })) };
}

function parameters(request: PodRequest, owner: Owner): object {
  const { pod, inputs } = request;
  const { milliCpu, memoryBytes } = podSize(pod, { milliCpu: 1_000, memoryBytes: 2 * 2 ** 30 });
  return {
    name: request.ref.uid,
    tags: ownershipTags(owner, format),
    cpu: milliCpu / 1_000,
    memory: memoryBytes / 2 ** 30,
    restartPolicy: pod.spec?.restartPolicy,
    volumes: inputs.volumes.flatMap((volume) => (volume.kind === 'contents' ? [files(volume)] : [])),
    registries: inputs.pullSecrets.map(({ password, ...login }) => ({ ...login, password: password.reveal() })),
    dns: inputs.dns,
    containers: pod.spec?.containers.map(({ name, image }) => {
      const found = inputs.containers.find((container) => container.name === name);
      return { name, image, env: found?.env.map(variable) };
    }),
  };
}

/** A reclaimed group ended for reasons of the platform; containers end by themselves. */
function listed(group: Group, owner: Owner, region: string): ListedPod {
  const { status, ip, containers, events } = group;
  return {
    ...listedOwner(owner),
    containers,
    scope: region,
    happened: events,
    ...(ip === undefined ? {} : { podIPs: [ip] }),
    ...(status === 'Expired' ? { ended: { reason: 'Expired', message: 'the spot instance was reclaimed' } } : {}),
    ...(status === 'ScheduleFailed' ? { reason: 'ScheduleFailed' } : {}),
  };
}

/** Lists the groups of every node of a cluster in one region; this is what the poller of the session calls. */
export async function listGroups(eci: Eci, cluster: string, signal: AbortSignal): Promise<PodListing> {
  const groups = await eci.describe({ 'vk-cluster': cluster }, signal);
  const pods = groups.flatMap((group) => {
    const owner = ownerOf(tagReader(group.tags), format);
    return owner?.cluster === cluster ? [listed(group, owner, eci.region)] : [];
  });
  return { pods, complete: [eci.region] };
}

/** The provider of one node. */
export function eciProvider(parts: {
  eci: Eci;
  poller: BatchedPoller;
  limit: RateLimit;
  node: string;
  cluster: string;
}): Provider {
  const { eci, poller, limit, node, cluster } = parts;
  const find = async (uid: string, signal: AbortSignal): Promise<{ group: Group; owner: Owner } | undefined> => {
    for (const group of await limit.run(() => eci.describe({ 'vk-uid': uid }, signal), signal)) {
      const owner = ownerOf(tagReader(group.tags), format);
      if (isOwnedBy(owner, node, cluster)) return { group, owner };
    }
    return undefined;
  };
  const get = async (uid: string, signal: AbortSignal): Promise<ListedPod | undefined> => {
    const found = await find(uid, signal);
    return found && listed(found.group, found.owner, eci.region);
  };
  return {
    async createPod(request, { signal, idempotencyKey }) {
      const { ref, attempt } = request;
      const found = await find(ref.uid, signal);
      if (found && found.owner.attempt >= attempt) return;
      const wanted = parameters(request, { ref, node, cluster, attempt });
      await limit.run(() => eci.create(wanted, idempotencyKey, signal), signal);
      poller.soon();
    },
    async deletePod(ref, { gracePeriodSeconds }, { signal }) {
      const found = await find(ref.uid, signal);
      if (!found) throw failures.notFound(`no container group of pod ${ref.name}`);
      await limit.run(() => eci.delete(found.group.id, { force: gracePeriodSeconds === 0 }, signal), signal);
      poller.soon();
    },
    updatePod: async ({ changes }) =>
      changes.flatMap((change) =>
        change.change === 'image' || change.change === 'resources'
          ? [{ ...change, result: 'restartRequired' as const, message: 'ECI replaces the whole group' }]
          : [],
      ),
    getPod: (ref, { signal }) => get(ref.uid, signal),
    getPodStatus: (ref, { signal }) => get(ref.uid, signal),
    getPods: ({ signal }) => poller.list(node, signal),
    notifyPods: (sink, { signal }) => poller.notify(node, sink, signal),
  };
}
