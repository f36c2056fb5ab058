/**
 * Sketch, compiled and never run: OpenStack Zun, where a pod of one container is a container with labels.
 *
 * Fits: without any token creation is not idempotent, so the promise is `none`: the node writes evidence first, the provider
 * looks by label before it creates and ends doubles it finds; deletion is accepted and observed later. Awkward: a list shows
 * stale states and only a read of one container refreshes it, so there is nothing to notify and the node polls pod by pod;
 * restarts are not counted by the platform, so the provider counts what it sees, and the node keeps the count from falling;
 * groups ("capsules") show no ends at all, so the table refuses pods of several containers.
 */
import type {
  Capabilities,
  CompleteFidelity,
  ContainerObservationState,
  ListedPod,
  PodRef,
  PodRequest,
  Provider,
} from '@virtual-kubelet/provider';
import { failures, reveal } from '@virtual-kubelet/provider';
import type { Owner, RateLimit, TagFormat } from '@virtual-kubelet/provider-kit';
import { isOwnedBy, listedOwner, ownerOf, ownershipTags, podSize, tagReader } from '@virtual-kubelet/provider-kit';

interface Container {
  readonly uuid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: string;
  readonly taskState?: string;
  /** `Exited(3) 2 minutes ago`. */
  readonly statusDetail?: string;
  readonly statusReason?: string;
  readonly startedAt?: string;
  readonly createdAt: string;
  readonly address?: string;
}

/** What is needed of the platform. */
export interface Zun {
  run(container: object, signal: AbortSignal): Promise<void>;
  delete(uuid: string, signal: AbortSignal): Promise<void>;
  get(uuid: string, signal: AbortSignal): Promise<Container | undefined>;
  list(signal: AbortSignal): Promise<readonly Container[]>;
}

/** What the node relies on. */
export const zunCapabilities: Capabilities = {
  createIdempotency: 'none',
  terminalRetention: 'unlimited',
  durability: 'platform',
  reads: 'consistent',
  consumes: { env: true, volumes: true, tokens: false, pullSecrets: false },
};

/** A group shows no ends, so only single containers are run. */
export const zunFidelity: CompleteFidelity = {
  spec: 'full',
  'spec.initContainers': { refused: 'Zun does not tell when containers of a group end' },
  'spec.containers[].livenessProbe': { refused: 'Zun marks a container, but restarts nothing' },
  'spec.hostNetwork': { refused: 'Zun containers have a network of their own', unless: [false] },
};

const format: TagFormat = { valueLength: 255 };

function exitOf(detail: string | undefined): number | undefined {
  const code = /^Exited\((\d+)\)/.exec(detail ?? '')?.[1];
  return code === undefined ? undefined : Number(code);
}

function stateOf({
  status,
  taskState,
  statusDetail,
  statusReason,
  startedAt = '',
}: Container): ContainerObservationState {
  switch (status) {
    case 'Running':
    case 'Paused':
      return { running: { startedAt } };
    case 'Stopped':
      return { terminated: { exitCode: exitOf(statusDetail) ?? 137 } };
    case 'Error':
    case 'Dead':
      return { terminated: { exitCode: 128, reason: 'StartError', message: statusReason ?? '' } };
    case 'Restarting':
      return { waiting: { reason: 'CrashLoopBackOff' } };
    default:
      return { waiting: { reason: taskState === 'image_pulling' ? 'Pulling' : 'ContainerCreating' } };
  }
}

function listed(container: Container, owner: Owner): ListedPod {
  const name = container.labels['vk-container'] ?? '';
  const addresses = container.address === undefined ? {} : { podIPs: [container.address] };
  return { ...listedOwner(owner), containers: [{ name, state: stateOf(container) }], ...addresses };
}

function bodyOf({ pod, inputs }: PodRequest, owner: Owner): object {
  const [container, ...others] = pod.spec?.containers ?? [];
  if (!container || others.length > 0) {
    throw failures.unsupported('spec.containers', 'a pod of several containers has no observable end on Zun');
  }
  const own = inputs.containers.find(({ name }) => name === container.name);
  const { milliCpu, memoryBytes } = podSize(pod, { milliCpu: 1_000, memoryBytes: 512 * 2 ** 20 });
  const mounts = inputs.volumes.flatMap((volume) => {
    const at = container.volumeMounts?.find(({ name }) => name === volume.name)?.mountPath;
    if (volume.kind !== 'contents' || at === undefined) return [];
    return volume.files.map(({ path, content }) => ({ source: content.reveal(), destination: `${at}/${path}` }));
  });
  return {
    labels: { ...ownershipTags(owner, format), 'vk-container': container.name },
    image: container.image,
    entrypoint: own?.command?.map((word) => reveal(word)),
    command: own?.args?.map((word) => reveal(word)),
    environment: own?.env.map(({ name, value }) => [name, reveal(value)]),
    cpu: milliCpu / 1_000,
    memory: Math.ceil(memoryBytes / 2 ** 20),
    mounts,
  };
}

/** The provider of one node. */
export function zunProvider(parts: { zun: Zun; limit: RateLimit; node: string; cluster: string }): Provider {
  const { zun, limit, node, cluster } = parts;
  /** Containers of ours, oldest first: a creation whose answer was lost may have made two. */
  const mine = async (signal: AbortSignal): Promise<readonly { container: Container; owner: Owner }[]> =>
    (await limit.run(() => zun.list(signal), signal))
      .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
      .flatMap((container) => {
        const owner = ownerOf(tagReader(container.labels), format);
        return isOwnedBy(owner, node, cluster) ? [{ container, owner }] : [];
      });
  const find = async (ref: PodRef, signal: AbortSignal): Promise<ListedPod | undefined> => {
    const found = (await mine(signal)).find(({ owner }) => owner.ref.uid === ref.uid);
    // Only a read of its own inspects the container.
    const fresh = found && (await limit.run(() => zun.get(found.container.uuid, signal), signal));
    return found && fresh && listed(fresh, found.owner);
  };
  return {
    async createPod(request, { signal }) {
      const { ref, attempt } = request;
      const there = (await mine(signal)).filter(({ owner }) => owner.ref.uid === ref.uid && owner.attempt >= attempt);
      for (const { container } of there.slice(1)) await zun.delete(container.uuid, signal);
      if (there.length > 0) return;
      const body = bodyOf(request, { ref, node, cluster, attempt });
      await limit.run(() => zun.run(body, signal), signal);
    },
    async deletePod(ref, _, { signal }) {
      const there = (await mine(signal)).filter(({ owner }) => owner.ref.uid === ref.uid);
      if (there.length === 0) throw failures.notFound(`no container of pod ${ref.name}`);
      for (const { container } of there) await limit.run(() => zun.delete(container.uuid, signal), signal);
    },
    updatePod: async ({ changes }) =>
      changes.map((change) => ({ ...change, result: 'infeasible', message: 'Zun containers do not change' })),
    getPod: (ref, { signal }) => find(ref, signal),
    getPodStatus: (ref, { signal }) => find(ref, signal),
    getPods: async ({ signal }) => {
      const found = await mine(signal);
      const pods = new Map(found.toReversed().map(({ container, owner }) => [owner.ref.uid, listed(container, owner)]));
      return { pods: [...pods.values()], complete: 'all' };
    },
  };
}
