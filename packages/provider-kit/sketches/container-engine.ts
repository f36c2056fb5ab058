/**
 * Sketch, compiled and never run: a container engine, where a pod is made of parts that the process itself keeps alive.
 *
 * Fits: each container carries the tags of its pod, so the pod is the sum of what is listed; the engine's events become
 * notifications; logs, exec and port-forward are streams with back-pressure; changed volume contents are written in place;
 * owner and mode of files and paths below volumes come resolved. Restarts, probes, hooks and init order are the process's own
 * work: that is what `@virtual-kubelet/pod-runtime` is for, and `restarts: 'provider'` hands it pod and inputs again.
 * Awkward: nothing ends a pod "as a whole" here, so a start is several calls that must each bear a repetition.
 */
import type {
  CallContext,
  Capabilities,
  ContainerObservation,
  ExecCall,
  ListedPod,
  PodConnection,
  PodRef,
  PodRequest,
  Provider,
} from '@virtual-kubelet/provider';
import { failures, podName, reveal, subPathOf } from '@virtual-kubelet/provider';
import type { Owner, TagFormat } from '@virtual-kubelet/provider-kit';
import { isOwnedBy, listedOwner, ownerOf, ownershipTags, tagReader } from '@virtual-kubelet/provider-kit';

interface EngineContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address?: string;
  readonly observation: ContainerObservation;
}

/** What is needed of the engine. */
export interface Engine {
  list(label: string, signal: AbortSignal): Promise<readonly EngineContainer[]>;
  /** Succeeds, too, when a container of this name exists. */
  create(container: object, signal: AbortSignal): Promise<string>;
  start(id: string, signal: AbortSignal): Promise<void>;
  stop(id: string, graceSeconds: number, signal: AbortSignal): Promise<void>;
  write(volume: object, signal: AbortSignal): Promise<void>;
  /** UIDs of pods something happened to. */
  events(signal: AbortSignal): AsyncIterable<string>;
  logs(id: string, follow: boolean, signal: AbortSignal): AsyncIterable<Uint8Array>;
  exec(id: string, command: readonly string[], call: ExecCall): Promise<number>;
  dial(address: string, port: number, signal: AbortSignal): Promise<PodConnection>;
}

/** What the node relies on. */
export const engineCapabilities: Capabilities = {
  createIdempotency: 'permanent',
  terminalRetention: 'unlimited',
  durability: 'platform',
  reads: 'consistent',
  restarts: 'provider',
  consumes: { env: true, volumes: true, tokens: true, pullSecrets: true },
};

const format: TagFormat = { prefix: 'io.virtual-kubelet.', valueLength: 4_096 };
const containerLabel = 'io.virtual-kubelet.container';

function specOf(request: PodRequest, name: string, owner: Owner): object {
  const facts = { podIPs: [], hostIPs: [] };
  const container = request.pod.spec?.containers.find((one) => one.name === name);
  const inputs = request.inputs.containers.find((one) => one.name === name) ?? { name, env: [] };
  return {
    name: `${owner.ref.uid}-${name}-${owner.attempt}`,
    image: container?.image,
    labels: { ...ownershipTags(owner, format), [containerLabel]: name },
    env: inputs.env.map(({ name: key, value }) => `${key}=${reveal(value, facts)}`),
    mounts: container?.volumeMounts?.map((mount) => ({
      volume: mount.name,
      path: mount.mountPath,
      below: subPathOf(mount, inputs, facts),
    })),
  };
}

function podsOf(containers: readonly EngineContainer[], node: string, cluster: string): readonly ListedPod[] {
  const pods = new Map<string, ListedPod>();
  for (const { labels, observation, address } of containers) {
    const owner = ownerOf(tagReader(labels), format);
    if (!isOwnedBy(owner, node, cluster)) continue;
    const before = pods.get(owner.ref.uid) ?? { ...listedOwner(owner), containers: [] };
    const addresses = address === undefined ? {} : { podIPs: [address] };
    pods.set(owner.ref.uid, { ...before, ...addresses, containers: [...before.containers, observation] });
  }
  return [...pods.values()];
}

/** The provider of one node. */
export function engineProvider(parts: { engine: Engine; node: string; cluster: string }): Provider {
  const { engine, node, cluster } = parts;
  const label = `${format.prefix}node=${node}`;
  const all = async (signal: AbortSignal): Promise<readonly ListedPod[]> =>
    podsOf(await engine.list(label, signal), node, cluster);
  const find = async (ref: PodRef, signal: AbortSignal): Promise<ListedPod | undefined> =>
    (await all(signal)).find((pod) => pod.ref.uid === ref.uid);
  const partsOf = async (ref: PodRef, signal: AbortSignal): Promise<readonly EngineContainer[]> =>
    (await engine.list(label, signal)).filter(({ labels }) => ownerOf(tagReader(labels), format)?.ref.uid === ref.uid);
  const idOf = async (ref: PodRef, name: string, signal: AbortSignal): Promise<string> => {
    const found = (await partsOf(ref, signal)).find(({ labels }) => labels[containerLabel] === name);
    if (!found) throw failures.notFound(`no container ${name} in pod ${podName(ref)}`);
    return found.id;
  };
  async function* logs(
    ref: PodRef,
    name: string,
    call: { follow: boolean; context: CallContext },
  ): AsyncIterable<Uint8Array> {
    const { signal } = call.context;
    yield* engine.logs(await idOf(ref, name, signal), call.follow, signal);
  }
  return {
    async createPod(request, { signal }) {
      const owner: Owner = { ref: request.ref, node, cluster, attempt: request.attempt };
      for (const volume of request.inputs.volumes) {
        if (volume.kind === 'contents') await engine.write({ pod: request.ref.uid, ...volume }, signal);
      }
      for (const { name } of request.pod.spec?.containers ?? []) {
        await engine.start(await engine.create(specOf(request, name, owner), signal), signal);
      }
    },
    async deletePod(ref, { gracePeriodSeconds }, { signal }) {
      const containers = await partsOf(ref, signal);
      if (containers.length === 0) throw failures.notFound(`no containers of pod ${podName(ref)}`);
      await Promise.all(containers.map(({ id }) => engine.stop(id, gracePeriodSeconds, signal)));
    },
    updatePod: async () => [],
    getPod: (ref, { signal }) => find(ref, signal),
    getPodStatus: (ref, { signal }) => find(ref, signal),
    getPods: async ({ signal }) => ({ pods: await all(signal), complete: 'all' }),
    notifyPods(sink, { signal }) {
      const follow = async (): Promise<void> => {
        const events = engine.events(signal);
        for (const pod of await all(signal)) sink.observed(pod);
        sink.synced();
        for await (const uid of events) {
          const pod = (await all(signal)).find(({ ref }) => ref.uid === uid);
          if (pod) sink.observed(pod);
        }
      };
      follow().catch((error: unknown) => sink.interrupted(String(error)));
    },
    async updateVolumes(ref, volumes, { signal }) {
      for (const volume of volumes) await engine.write({ pod: ref.uid, ...volume }, signal);
    },
    getContainerLogs: ({ pod, container }, { follow }, context) => logs(pod, container, { follow, context }),
    async exec({ pod, container }, command, call) {
      const id = await idOf(pod, container, call.context.signal);
      return { exitCode: await engine.exec(id, command, call) };
    },
    async portForward(ref, port, { signal }) {
      const address = (await find(ref, signal))?.podIPs?.[0];
      if (address === undefined) throw failures.notFound(`pod ${podName(ref)} has no address`);
      return engine.dial(address, port, signal);
    },
  };
}
