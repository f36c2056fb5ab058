/** Podman by its own API (libpod): each pod is a Podman pod, its network held by the infra container. */
import type { ContainerBackend, PullOptions, SandboxSpec } from '@virtual-kubelet/pod-runtime';
import { dial } from '../engine/dial.js';
import type { EngineClient } from '../engine/engine-client.js';
import { EngineError, isGone } from '../engine/engine-client.js';
import {
  attachTo,
  diskOf,
  execIn,
  imageSize,
  labelFilter,
  logsOf,
  readPull,
  registryHeader,
  removeImage,
  usage,
  writtenBytes,
} from '../engine/engine-operations.js';
import { fullImageName, isLoopbackRegistry } from '../engine/image-name.js';
import { inspections } from '../engine/inspections.js';
import type { KernelLog } from '../engine/kernel-log.js';
import { kernelLog } from '../engine/kernel-log.js';
import { containerBody, podBody, resourcesBody } from './podman-bodies.js';
import { lostContainers } from './podman-lost.js';
import { podmanListing } from './podman-listing.js';
import type { Inspected } from './podman-view.js';
import { inspected } from './podman-view.js';
import { podmanProgress } from '../engine/pull-progress.js';
import { fields, jsonLines, list, number, text } from '../engine/wire.js';

/** What the backend is made of. */
export interface PodmanOptions {
  /** With the prefix of the libpod API. */
  readonly client: EngineClient;
  /** Network of the engine for pods. @default the engine's default */
  readonly network?: string;
  /** Registries reached without a verified certificate. */
  readonly insecureRegistries: readonly string[];
  /** Whether a lower score for the out-of-memory killer can be asked for. @default false */
  readonly lowersOomScore?: boolean;
  /** Tells of processes that were killed for memory, where the engine does not. @default that of the machine */
  readonly kernel?: KernelLog;
}

const machineLog = kernelLog();

const json = { method: 'POST' } as const;

function encoded(id: string): string {
  return encodeURIComponent(id);
}

/** Gone is as good as done. */
async function unlessGone(task: Promise<unknown>): Promise<void> {
  try {
    await task;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** An end without success, with the kernel's word on whether memory was the reason. */
async function withMemory(facts: Inspected, kernel: KernelLog): Promise<Inspected> {
  const { exitCode = 0, oomKilled, id } = facts;
  return exitCode === 0 || oomKilled ? facts : { ...facts, oomKilled: await kernel.killedForMemory(id) };
}

async function pull(options: PodmanOptions, image: string, call: PullOptions & { signal: AbortSignal }): Promise<void> {
  const reference = fullImageName(image);
  const isInsecure =
    isLoopbackRegistry(image) || options.insecureRegistries.some((host) => reference.startsWith(`${host}/`));
  const chunks = await options.client.stream({
    ...json,
    path: '/images/pull',
    query: { reference, tlsVerify: isInsecure ? false : undefined },
    headers: registryHeader(call.auth),
    signal: call.signal,
  });
  await readPull(jsonLines(chunks), podmanProgress(), call);
}

/** A pod of this name is left from a creation whose answer was lost: nothing can run in it yet. */
async function createPod(options: PodmanOptions, spec: SandboxSpec, signal: AbortSignal): Promise<string> {
  const create = (): Promise<unknown> =>
    options.client.json({ ...json, path: '/pods/create', body: podBody(spec, options.network), signal });
  const made = await create().catch(async (error: unknown) => {
    const exists =
      error instanceof EngineError && (error.status === 409 || /already (exists|in use)/.test(error.message));
    if (!exists) throw error;
    await unlessGone(
      options.client.json({ method: 'DELETE', path: `/pods/${encoded(spec.name)}`, query: { force: true }, signal }),
    );
    return create();
  });
  const id = text(fields(made)['Id']);
  const started = fields(await options.client.json({ ...json, path: `/pods/${id}/start`, signal, accept: [304, 409] }));
  const problems = list(started['Errs']).map(String);
  if (problems.length > 0) throw new Error(problems.join('; '));
  return id;
}

/** Makes the backend. */
export function podmanBackend(options: PodmanOptions): ContainerBackend {
  const { client, lowersOomScore = false, kernel = machineLog } = options;
  const facts = inspections(client, (answer) => withMemory(inspected(answer), kernel));
  const lost = lostContainers(client);
  const listing = podmanListing({ client, facts, lost });

  const infraOf = async (podId: string, signal: AbortSignal): Promise<Inspected | undefined> => {
    const id = text(fields(await client.json({ path: `/pods/${podId}/json`, signal }))['InfraContainerID']);
    return facts.of({ id, state: 'running' }, signal);
  };

  const drop = (id: string): void => {
    facts.drop(id);
    lost.drop(id);
  };

  return {
    name: 'podman',
    async ping(signal) {
      await client.json({ path: '/version', signal });
    },
    async machine(signal) {
      const info = fields(await client.json({ path: '/info', signal }));
      const host = fields(info['host']);
      const store = fields(info['store']);
      const distribution = fields(host['distribution']);
      const diskBytes = number(store['graphRootAllocated']);
      return {
        cpus: number(host['cpus']) ?? 1,
        memoryBytes: number(host['memTotal']) ?? 0,
        ...(diskBytes === undefined ? {} : { diskBytes }),
        operatingSystem: text(host['os']) || 'linux',
        architecture: text(host['arch']),
        kernelVersion: text(host['kernel']),
        osImage: `${text(distribution['distribution'])} ${text(distribution['version'])}`.trim(),
        runtimeVersion: `podman://${text(fields(info['version'])['Version'])}`,
        rootless: fields(host['security'])['rootless'] === true,
      };
    },
    list: (labels, signal) => listing.list(labels, signal),
    async *events(labels, signal) {
      const filters = labelFilter(labels, { type: ['container'] });
      const events = jsonLines(await client.stream({ path: '/events', query: { stream: true, filters }, signal }));
      yield* facts.changes(events, labels);
    },
    async findImage(image, signal) {
      try {
        const found = fields(await client.json({ path: `/images/${encoded(fullImageName(image))}/json`, signal }));
        const user = text(found['User']) || text(fields(found['Config'])['User']);
        return { id: text(found['Id']), ...imageSize(found['Size']), ...(user === '' ? {} : { user }) };
      } catch (error) {
        if (isGone(error)) return undefined;
        throw error;
      }
    },
    async pullImage(image, how, signal) {
      await pull(options, image, { ...how, signal });
      const found = await this.findImage(image, signal);
      if (!found) throw new Error(`${image} was pulled but is not there`);
      return found;
    },
    async createSandbox(spec, signal) {
      const id = await createPod(options, spec, signal);
      listing.made(id, spec.labels);
      return id;
    },
    // Not pods/stop, which takes a pod with some ended containers for stopped.
    stopSandbox: (id, signal) =>
      unlessGone(
        client.json({ ...json, path: `/pods/${id}/kill`, query: { signal: 'SIGKILL' }, accept: [304, 409], signal }),
      ),
    async removeSandbox(id, signal) {
      await unlessGone(client.json({ method: 'DELETE', path: `/pods/${id}`, query: { force: true }, signal }));
      listing.removed(id);
      for (const [one, { podId }] of facts.known()) if (podId === id) drop(one);
    },
    async createContainer(spec, signal) {
      return text(
        fields(
          await client.json({ ...json, path: '/containers/create', body: containerBody(spec, lowersOomScore), signal }),
        )['Id'],
      );
    },
    async startContainer(id, signal) {
      await client.json({ ...json, path: `/containers/${id}/start`, accept: [304], signal });
    },
    async signalContainer(id, name, signal) {
      const wanted = name ?? (await facts.of({ id, state: 'running' }, signal))?.stopSignal;
      // 409: it does not run any more.
      const query = { signal: wanted || 'SIGTERM' };
      await unlessGone(client.json({ ...json, path: `/containers/${id}/kill`, query, accept: [409], signal }));
    },
    async removeContainer(id, signal) {
      await unlessGone(
        client.json({ method: 'DELETE', path: `/containers/${id}`, query: { force: true, v: true }, signal }),
      );
      drop(id);
    },
    async updateContainer(id, limits, signal) {
      await client.json({ ...json, path: `/containers/${id}/update`, body: resourcesBody(limits), signal });
    },
    // libpod frames the output of terminals, too.
    logs: (id, query, signal) => logsOf(client, id, { query, framed: true, signal }),
    exec: (id, call, signal) => execIn(client, id, { ...call, signal }),
    attach: (id, streams, signal) => attachTo(client, id, { streams, signal }),
    async stats(ids, signal) {
      if (ids.length === 0) return new Map();
      const answer = fields(
        await client.json({ path: '/containers/stats', query: { stream: false, containers: ids }, signal }),
      );
      const rows = list(answer['Stats']).map(fields);
      return new Map(rows.map((row) => [text(row['ContainerID']), usage(row['CPUNano'], row['MemUsage'])]));
    },
    writtenBytes: (ids, signal) =>
      writtenBytes(client, ids, { bytesOf: (row) => fields(row['Size'])['rwSize'], signal }),
    removeImage: (id, signal) => removeImage(client, id, signal),
    async imageDisk(signal) {
      return diskOf(text(fields(fields(await client.json({ path: '/info', signal }))['store'])['graphRoot']));
    },
    async dial(sandbox, port, signal) {
      const infra = await infraOf(sandbox.id, signal);
      const [host = '127.0.0.1'] = sandbox.ips;
      return dial({ host, port, ...(infra && infra.pid > 0 ? { pid: infra.pid } : {}) }, signal);
    },
  };
}
