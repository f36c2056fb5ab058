/** Docker by its API: the network of a pod is held by a container that does nothing, and the others join it. */
import { readFile } from 'node:fs/promises';
import { branched, limiter } from '@virtual-kubelet/base';
import type {
  BackendLimits,
  BackendSecurity,
  BackendView,
  ContainerBackend,
  Labels,
  SandboxSpec,
} from '@virtual-kubelet/pod-runtime';
import { dial } from '../engine/dial.js';
import { dockerContainerBody, limitsBody, pauseBody } from './docker-bodies.js';
import { dockerContainer, dockerSandbox, sandboxLabel } from './docker-view.js';
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
import { fullImageName } from '../engine/image-name.js';
import { inspections } from '../engine/inspections.js';
import { dockerProgress } from '../engine/pull-progress.js';
import type { Fields } from '../engine/wire.js';
import { fields, jsonLines, list, number, text } from '../engine/wire.js';

/** What the backend is made of. */
export interface DockerOptions {
  /** With the prefix of the API's version. */
  readonly client: EngineClient;
  /** Image of the container that holds a pod's network. */
  readonly pauseImage: string;
  /** Whether a lower score for the out-of-memory killer can be asked for. @default false */
  readonly lowersOomScore?: boolean;
  /** Network of the engine for pods. @default bridge */
  readonly network?: string;
}

/** All containers of the pod see each other's processes; noted on the sandbox. */
const sharePidLabel = 'io.virtual-kubelet.share-pid';

const post = { method: 'POST' } as const;
/** Inspections at the same time. */
const mostInspections = 8;

async function unlessGone(task: Promise<unknown>): Promise<void> {
  try {
    await task;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Limits without what the engine has no right to. */
function withinRights({ oomScoreAdjust, ...limits }: BackendLimits, lowersOomScore: boolean): BackendLimits {
  const isKept = oomScoreAdjust !== undefined && (oomScoreAdjust >= 0 || lowersOomScore);
  return isKept ? { ...limits, oomScoreAdjust } : limits;
}

/** Docker's API takes a seccomp profile itself, not the path of one. */
async function withProfile(security: BackendSecurity): Promise<BackendSecurity> {
  const { seccomp } = security;
  if (seccomp === undefined || seccomp === 'unconfined') return security;
  return { ...security, seccomp: await readFile(seccomp, 'utf8') };
}

/** Makes the backend. */
export function dockerBackend(options: DockerOptions): ContainerBackend {
  const { client, network, pauseImage, lowersOomScore = false } = options;
  const places = limiter(mostInspections);
  const inspected = inspections(client, dockerContainer);

  const listRows = async (labels: Labels, signal: AbortSignal): Promise<readonly Fields[]> =>
    list(
      await client.json({ path: '/containers/json', query: { all: true, filters: labelFilter(labels) }, signal }),
    ).map(fields);

  const idsWith = async (labels: Labels, signal: AbortSignal): Promise<readonly string[]> =>
    (await listRows(labels, signal)).map((row) => text(row['Id']));

  const listAll = async (labels: Labels, signal: AbortSignal): Promise<BackendView> => {
    const rows = await listRows(labels, signal);
    const containers = rows.map((row) => ({ id: text(row['Id']), state: text(row['State']) }));
    const found = await branched(signal, (own) =>
      Promise.all(containers.map((one) => places.run(() => inspected.of(one, own)))),
    );
    const all = found.filter((one) => one !== undefined);
    return {
      sandboxes: all.filter(({ isSandbox }) => isSandbox).map(dockerSandbox),
      containers: all.filter(({ isSandbox }) => !isSandbox).map(({ seen }) => seen),
    };
  };

  const findImage: ContainerBackend['findImage'] = async (image, signal) => {
    try {
      const found = fields(
        await client.json({ path: `/images/${encodeURIComponent(fullImageName(image))}/json`, signal }),
      );
      const user = text(fields(found['Config'])['User']);
      return { id: text(found['Id']), ...imageSize(found['Size']), ...(user === '' ? {} : { user }) };
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  };

  const pullImage: ContainerBackend['pullImage'] = async (image, how, signal) => {
    const query = { fromImage: fullImageName(image) };
    const chunks = await client.stream({
      ...post,
      path: '/images/create',
      query,
      headers: registryHeader(how.auth),
      signal,
    });
    await readPull(jsonLines(chunks), dockerProgress(), how);
    const found = await findImage(image, signal);
    if (!found) throw new Error(`${image} was pulled but is not there`);
    return found;
  };

  const remove = async (id: string, signal: AbortSignal): Promise<void> => {
    await unlessGone(
      client.json({ method: 'DELETE', path: `/containers/${id}`, query: { force: true, v: true }, signal }),
    );
    inspected.drop(id);
  };

  const create = async (name: string, body: object, signal: AbortSignal): Promise<string> =>
    text(fields(await client.json({ ...post, path: '/containers/create', query: { name }, body, signal }))['Id']);

  /** A name that is taken is left from a creation whose answer was lost. */
  const createAgain = (name: string, body: object, signal: AbortSignal): Promise<string> =>
    create(name, body, signal).catch(async (error: unknown) => {
      if (!(error instanceof EngineError) || error.status !== 409) throw error;
      await remove(encodeURIComponent(name), signal);
      return create(name, body, signal);
    });

  const createSandbox = async (spec: SandboxSpec, signal: AbortSignal): Promise<string> => {
    if (!(await findImage(pauseImage, signal))) await pullImage(pauseImage, {}, signal);
    const labels = { ...spec.labels, ...(spec.sharePid ? { [sharePidLabel]: 'true' } : {}) };
    const id = await createAgain(spec.name, pauseBody({ ...spec, labels }, { image: pauseImage, network }), signal);
    await client.json({ ...post, path: `/containers/${id}/start`, accept: [304], signal });
    return id;
  };

  const inSandbox = (id: string, signal: AbortSignal): Promise<readonly string[]> =>
    idsWith({ [sandboxLabel]: id }, signal);
  const kill = (id: string, name: string, signal: AbortSignal): Promise<void> =>
    // 409: it does not run any more.
    unlessGone(
      client.json({ ...post, path: `/containers/${id}/kill`, query: { signal: name }, accept: [409], signal }),
    );

  return {
    name: 'docker',
    async ping(signal) {
      await client.json({ path: '/version', signal });
    },
    async machine(signal) {
      const info = fields(await client.json({ path: '/info', signal }));
      const architecture = text(info['Architecture']);
      const goNames: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' };
      return {
        cpus: number(info['NCPU']) ?? 1,
        memoryBytes: number(info['MemTotal']) ?? 0,
        operatingSystem: text(info['OSType']) || 'linux',
        architecture: goNames[architecture] ?? architecture,
        kernelVersion: text(info['KernelVersion']),
        osImage: text(info['OperatingSystem']),
        runtimeVersion: `docker://${text(info['ServerVersion'])}`,
        rootless: list(info['SecurityOptions']).some((option) => text(option).includes('rootless')),
      };
    },
    list: listAll,
    async *events(labels, signal) {
      const filters = labelFilter(labels, { type: ['container'] });
      const events = jsonLines(await client.stream({ path: '/events', query: { filters }, signal }));
      yield* inspected.changes(events, labels);
    },
    findImage,
    pullImage,
    createSandbox,
    async stopSandbox(id, signal) {
      for (const other of await inSandbox(id, signal)) await kill(other, 'SIGKILL', signal);
      await kill(id, 'SIGKILL', signal);
    },
    async removeSandbox(id, signal) {
      for (const other of await inSandbox(id, signal)) await remove(other, signal);
      await remove(id, signal);
    },
    async createContainer(spec, signal) {
      const sandbox = await inspected.now(spec.sandboxId, signal);
      const labels = { ...spec.labels, [sandboxLabel]: spec.sandboxId };
      const sharePid = sandbox?.labels[sharePidLabel] === 'true';
      const security = await withProfile(spec.security);
      const limits = withinRights(spec.limits, lowersOomScore);
      return createAgain(spec.name, dockerContainerBody({ ...spec, labels, security, limits }, sharePid), signal);
    },
    async startContainer(id, signal) {
      await client.json({ ...post, path: `/containers/${id}/start`, accept: [304], signal });
    },
    async signalContainer(id, name, signal) {
      await kill(id, name ?? ((await inspected.now(id, signal))?.stopSignal || 'SIGTERM'), signal);
    },
    removeContainer: remove,
    async updateContainer(id, limits, signal) {
      const { oomScoreAdjust: _, ...changeable } = limits;
      await client.json({ ...post, path: `/containers/${id}/update`, body: limitsBody(changeable), signal });
    },
    async *logs(id, query, signal) {
      const framed = (await inspected.now(id, signal))?.tty !== true;
      yield* logsOf(client, id, { query, framed, signal });
    },
    exec: (id, call, signal) => execIn(client, id, { ...call, signal }),
    async attach(id, streams, signal) {
      // Where the input outlives its client Docker takes the end of one for the end of its output, too.
      const keepsInput = (await inspected.now(id, signal))?.stdinOnce !== true;
      await attachTo(client, id, { streams, signal, keepsInput });
    },
    async stats(ids, signal) {
      const one = async (id: string, own: AbortSignal): Promise<readonly [string, ReturnType<typeof usage>]> => {
        const query = { stream: false, 'one-shot': true };
        const answer = fields(await client.json({ path: `/containers/${id}/stats`, query, signal: own }));
        const cpu = fields(fields(answer['cpu_stats'])['cpu_usage'])['total_usage'];
        return [id, usage(cpu, fields(answer['memory_stats'])['usage'])];
      };
      return new Map(await branched(signal, (own) => Promise.all(ids.map((id) => places.run(() => one(id, own))))));
    },
    writtenBytes: (ids, signal) => writtenBytes(client, ids, { bytesOf: (row) => row['SizeRw'], signal }),
    removeImage: (id, signal) => removeImage(client, id, signal),
    async imageDisk(signal) {
      return diskOf(text(fields(await client.json({ path: '/info', signal }))['DockerRootDir']));
    },
    async dial(sandbox, port, signal) {
      const found = await inspected.now(sandbox.id, signal);
      const [host = '127.0.0.1'] = sandbox.ips;
      return dial({ host, port, ...(found && found.pid > 0 ? { pid: found.pid } : {}) }, signal);
    },
  };
}
