import type { Clock } from '@virtual-kubelet/base';
import { untilAborted } from '@virtual-kubelet/base';
import { failures } from '@virtual-kubelet/provider';
import { logTime } from '@virtual-kubelet/provider-kit';
import type {
  BackendExec,
  BackendImage,
  ContainerBackend,
  ContainerSpec,
  DiskSpace,
  Labels,
  LogFrame,
  SandboxSpec,
} from '../backend.js';
import { labelKeys } from '../labels.js';
import type { MemoryEnd } from './memory-containers.js';
import { createMemoryContainers } from './memory-containers.js';

/** How a made-up container behaves; what is left out behaves well. */
export interface Behaviour {
  /** Ends by itself after this, milliseconds; absent: runs until it is stopped. */
  readonly runTime?: number;
  readonly exitCode?: number;
  readonly oomKilled?: boolean;
  /** Pays no attention to its stop signal. */
  readonly stubborn?: boolean;
  /** Time between stop signal and end, milliseconds. */
  readonly stopTime?: number;
  /** Cannot be started, with this message. */
  readonly startError?: string;
  readonly log?: string;
}

/** An engine inside the process: containers are values, time is the clock's. For tests of what is above it. */
export interface MemoryBackend extends ContainerBackend {
  /** Images that are there; a pull adds to it what the registry has. */
  readonly images: Map<string, Omit<BackendImage, 'id'>>;
  readonly registry: Map<string, Omit<BackendImage, 'id'>>;
  /** Behaviour by container name of the pod spec; consulted at each start. */
  readonly behaviours: Map<string, Behaviour | ((attempt: number) => Behaviour)>;
  /** Every call that changed something, in order: `start web#1`. */
  readonly history: string[];
  /** Specs as they were asked for. */
  readonly containerSpecs: ContainerSpec[];
  readonly sandboxSpecs: SandboxSpec[];
  /** Answers commands; the exit code, or a rejection. */
  exec: ContainerBackend['exec'];
  onExec: (container: string, command: readonly string[]) => Promise<number>;
  /** Bytes that containers wrote, by name. */
  readonly written: Map<string, number>;
  /** The disk of the images, and what each image takes of it. */
  disk: DiskSpace | undefined;
  imageBytes: number;
  /** Makes calls fail from now on: the engine is gone. Running containers go on. */
  down: boolean;
  /** Ends a running container by its name in the spec. */
  exit(name: string, exitCode: number): void;
  /** Loses all sandboxes and what runs in them, as a restart of the machine does. */
  reboot(): void;
}

const nameOf = (labels: Labels): string => labels[labelKeys.container] ?? '';

/** Makes an empty one: an answer to each call of the backend, longer than other functions. */
export function createMemoryBackend(options: { readonly clock: Clock }): MemoryBackend {
  const { clock } = options;
  const world = createMemoryContainers(clock);
  const { sandboxes, containers, changed, end } = world;
  const shown = (labels: Labels): string => `${nameOf(labels)}#${labels[labelKeys.attempt] ?? '0'}`;
  const note = (what: string, labels: Labels): void => void backend.history.push(`${what} ${shown(labels)}`);
  const check = (signal: AbortSignal): void => {
    signal.throwIfAborted();
    if (backend.down) throw new Error('cannot connect to the engine');
  };
  const behaviour = (labels: Labels): Behaviour => {
    const found = backend.behaviours.get(nameOf(labels)) ?? {};
    return typeof found === 'function' ? found(Number(labels[labelKeys.attempt] ?? 0)) : found;
  };
  const endLater = (id: string, ms: number, how: MemoryEnd): void => void clock.sleep(ms).then(() => end(id, how));

  const backend: MemoryBackend = {
    name: 'memory',
    images: new Map(),
    registry: new Map(),
    behaviours: new Map(),
    history: [],
    containerSpecs: [],
    sandboxSpecs: [],
    written: new Map(),
    imageBytes: 0,
    disk: undefined,
    down: false,
    onExec: async () => 0,
    exit(name, exitCode) {
      for (const seen of containers.values()) if (nameOf(seen.labels) === name) end(seen.id, { exitCode });
    },
    reboot() {
      for (const seen of containers.values()) end(seen.id, { exitCode: 137 });
      for (const [id, sandbox] of sandboxes) sandboxes.set(id, { ...sandbox, ready: false });
      for (const sandbox of sandboxes.values()) changed(sandbox.labels);
    },
    ping: async (signal) => check(signal),
    async machine(signal) {
      check(signal);
      return {
        cpus: 4,
        memoryBytes: 8 * 1_024 ** 3,
        operatingSystem: 'linux',
        architecture: 'amd64',
        kernelVersion: '6.1',
        osImage: 'memory',
        runtimeVersion: 'memory://1',
        rootless: false,
      };
    },
    async list(labels, signal) {
      check(signal);
      return world.view(labels);
    },
    async *events(labels, signal) {
      check(signal);
      yield* world.changes(labels, signal);
    },
    async findImage(image, signal) {
      check(signal);
      const found = backend.images.get(image);
      return found && { id: `id-of-${image}`, ...found };
    },
    async pullImage(image, _options, signal) {
      check(signal);
      backend.history.push(`pull ${image}`);
      const found = backend.registry.get(image);
      if (!found) throw new Error(`${image}: not found`);
      backend.images.set(image, found);
      return { id: `id-of-${image}`, ...found };
    },
    async createSandbox(spec, signal) {
      check(signal);
      backend.sandboxSpecs.push(spec);
      backend.history.push('sandbox');
      return world.addSandbox(spec);
    },
    async stopSandbox(id, signal) {
      check(signal);
      const seen = sandboxes.get(id);
      if (!seen) return;
      for (const run of containers.values()) if (run.sandboxId === id) end(run.id, { exitCode: 137 });
      sandboxes.set(id, { ...seen, ready: false });
      backend.history.push('stop sandbox');
      changed(seen.labels);
    },
    async removeSandbox(id, signal) {
      check(signal);
      const seen = sandboxes.get(id);
      sandboxes.delete(id);
      for (const run of [...containers.values()]) if (run.sandboxId === id) containers.delete(run.id);
      if (seen) changed(seen.labels);
    },
    async createContainer(spec, signal) {
      check(signal);
      if (!backend.images.has(spec.image)) throw new Error(`${spec.image}: image not known`);
      backend.containerSpecs.push(spec);
      return world.addContainer(spec);
    },
    async startContainer(id, signal) {
      check(signal);
      const seen = containers.get(id);
      if (!seen) throw failures.notFound(`no container ${id}`);
      const { startError, runTime, exitCode = 0, oomKilled } = behaviour(seen.labels);
      note('start', seen.labels);
      if (startError !== undefined) throw new Error(startError);
      containers.set(id, { ...seen, state: 'running', startedAt: clock.wall() });
      if (runTime !== undefined) endLater(id, runTime, { exitCode, ...(oomKilled ? { oomKilled } : {}) });
      changed(seen.labels);
    },
    async signalContainer(id, name, signal) {
      check(signal);
      const seen = containers.get(id);
      if (seen?.state !== 'running') return;
      note(name ?? 'stop', seen.labels);
      const { stubborn, stopTime } = behaviour(seen.labels);
      if (name === 'SIGKILL') end(id, { exitCode: 137 });
      else if (!stubborn && stopTime !== undefined) endLater(id, stopTime, { exitCode: 0 });
      else if (!stubborn) end(id, { exitCode: 143 });
    },
    async removeContainer(id, signal) {
      check(signal);
      const seen = containers.get(id);
      if (!seen) return;
      note('remove', seen.labels);
      containers.delete(id);
      changed(seen.labels);
    },
    async updateContainer(id, limits, signal) {
      check(signal);
      const seen = containers.get(id);
      if (seen) note(`update ${JSON.stringify(limits)}`, seen.labels);
    },
    async *logs(id, _query, signal): AsyncIterable<LogFrame> {
      check(signal);
      const seen = containers.get(id);
      const text = seen ? (behaviour(seen.labels).log ?? '') : '';
      const time = logTime(seen?.startedAt ?? 0);
      for (const line of text.split(/(?<=\n)/))
        if (line !== '') yield { stream: 'stdout', time, bytes: new TextEncoder().encode(line) };
    },
    async exec(id: string, call: BackendExec, signal: AbortSignal) {
      check(signal);
      const seen = containers.get(id);
      if (seen?.state !== 'running') throw failures.notFound(`container ${id} does not run`);
      const exitCode = await untilAborted(backend.onExec(nameOf(seen.labels), call.command), signal);
      return { exitCode };
    },
    async attach(_id, _streams, signal) {
      check(signal);
    },
    async stats(ids, signal) {
      check(signal);
      return new Map(ids.map((id) => [id, { cpuSeconds: 1, memoryBytes: 1_024 }]));
    },
    async writtenBytes(ids, signal) {
      check(signal);
      return new Map(ids.map((id) => [id, backend.written.get(nameOf(containers.get(id)?.labels ?? {})) ?? 0]));
    },
    async removeImage(id, signal) {
      check(signal);
      const name = id.replace(/^id-of-/, '');
      if ([...containers.values()].some(({ image }) => image === name)) return false;
      backend.history.push(`remove image ${name}`);
      if (backend.images.delete(name) && backend.disk)
        backend.disk = { ...backend.disk, available: backend.disk.available + backend.imageBytes };
      return true;
    },
    async imageDisk(signal) {
      check(signal);
      return backend.disk;
    },
    async dial(_sandbox, _port, signal) {
      check(signal);
      throw new Error('nothing listens in memory');
    },
  };
  return backend;
}
