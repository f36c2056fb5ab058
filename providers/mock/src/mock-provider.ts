import type {
  CallContext,
  ListedPod,
  NodeDescription,
  NodeIdentity,
  PodDeletion,
  PodListing,
  PodObservation,
  PodRef,
  PodRequest,
  PodSink,
  PodUpdate,
  Provider,
  UpdateOutcome,
} from '@virtual-kubelet/provider';
import { failures, podName } from '@virtual-kubelet/provider';
import type { MockNodeConfig } from './config.js';
import { plainNode } from './config.js';
import type { Platform } from './platform.js';
import { scriptOf } from './script.js';
import { mockStreams } from './mock-streams.js';
import type { ConnectLocally } from './port-forward.js';
import { createRooms } from './rooms.js';
import { containersOf, ephemeralContainer } from './workload-containers.js';
import type { Workload } from './timeline.js';

/** What one mock node is made of. */
export interface MockNodeOptions {
  readonly platform: Platform;
  readonly node: NodeIdentity;
  readonly config: MockNodeConfig;
  readonly cluster?: string;
  /** @default local ports cannot be reached */
  readonly connect?: ConnectLocally;
  /** Most bytes of all files that clients put into containers. @default 256 MiB */
  readonly fileBytes?: number;
}

function listedPod(platform: Platform, workload: Workload): ListedPod {
  const { node, cluster } = workload;
  return { ...platform.observe(workload), node, ...(cluster === undefined ? {} : { cluster }) };
}

function description(config: MockNodeConfig, node: NodeIdentity): NodeDescription {
  const { cpu = plainNode.cpu, memory = plainNode.memory, pods = plainNode.pods, others } = config;
  const capacity = { cpu, memory, pods, ...others };
  return {
    capacity,
    ...(config.providerID === undefined ? {} : { providerID: config.providerID }),
    nodeInfo: {
      operatingSystem: node.operatingSystem,
      architecture: 'amd64',
      containerRuntimeVersion: 'mock://1',
      osImage: 'Mock',
    },
  };
}

async function createPod(options: MockNodeOptions, request: PodRequest, context: CallContext): Promise<void> {
  const { platform, node, config, cluster } = options;
  const script = scriptOf(request.pod, config.seed ?? '');
  await platform.act(request.ref.uid, {
    name: 'create',
    script: script.create,
    signal: context.signal,
  });
  await platform.create({
    ref: request.ref,
    node: node.name,
    attempt: request.attempt,
    restartPolicy: request.pod.spec?.restartPolicy ?? 'Always',
    containers: containersOf(request.pod, script.streams),
    script,
    ...(cluster === undefined ? {} : { cluster }),
  });
}

/** Debugging containers begin to run as they are added. */
async function addEphemeral({ platform }: MockNodeOptions, update: PodUpdate): Promise<void> {
  const known = platform.get(update.ref.uid)?.containers ?? [];
  for (const container of update.pod.spec?.ephemeralContainers ?? []) {
    if (known.some(({ name }) => name === container.name)) continue;
    await platform.putContainer(update.ref.uid, ephemeralContainer(container, platform.clock.wall()));
  }
}

async function updatePod(
  options: MockNodeOptions,
  update: PodUpdate,
  context: CallContext,
): Promise<readonly UpdateOutcome[]> {
  const script = scriptOf(update.pod, options.config.seed ?? '').update;
  await options.platform.act(update.ref.uid, { name: 'update', script, signal: context.signal });
  const { result } = script;
  if (result === 'applied') await addEphemeral(options, update);
  if (result === 'applied' || result === 'inProgress') return update.changes.map((change) => ({ ...change, result }));
  return update.changes.map((change) => ({ ...change, result, message: 'as scripted' }));
}

async function deletePod(
  options: MockNodeOptions,
  ref: PodRef,
  call: { deletion: PodDeletion; context: CallContext },
): Promise<void> {
  const { platform, node } = options;
  const workload = platform.get(ref.uid);
  if (workload)
    await platform.act(ref.uid, { name: 'delete', script: workload.script.remove, signal: call.context.signal });
  // A workload of another node is none of this one's business.
  if (workload?.node !== node.name || !(await platform.remove(ref, call.deletion.gracePeriodSeconds)))
    throw failures.notFound(`no workload for pod ${podName(ref)}`);
}

/** The provider of one mock node. */
export function mockProvider(options: MockNodeOptions): Provider {
  const { platform, node, config } = options;
  const find = (ref: PodRef): Workload | undefined => {
    const workload = platform.get(ref.uid);
    return workload?.node === node.name ? workload : undefined;
  };
  const rooms = createRooms(platform, node.name, options.fileBytes);
  const connection = options.connect ? { connect: options.connect } : {};
  const provider: Provider = {
    async createPod(request, context) {
      await createPod(options, request, context);
      rooms.furnish(request);
    },
    updatePod: (update, context) => updatePod(options, update, context),
    async updateVolumes(ref, volumes) {
      rooms.refurnish(ref, volumes);
    },
    deletePod: (ref, deletion, context) => deletePod(options, ref, { deletion, context }),
    async getPod(ref) {
      const workload = find(ref);
      return workload && listedPod(platform, workload);
    },
    async getPodStatus(ref): Promise<PodObservation | undefined> {
      const workload = find(ref);
      return workload && platform.observe(workload);
    },
    getPods: async (): Promise<PodListing> => ({
      pods: platform.list(node.name).map((workload) => listedPod(platform, workload)),
      complete: 'all',
    }),
    configureNode: async () => description(config, node),
    ...mockStreams({ platform, rooms, find, node: node.name, localPorts: config.localPorts ?? [], ...connection }),
    ping: async (context) => context.signal.throwIfAborted(),
  };
  if (config.notify === false) return provider;
  return {
    ...provider,
    notifyPods(sink: PodSink, context) {
      platform.listen(node.name, (observation) => sink.observed(observation), context.signal);
      sink.synced();
    },
  };
}
