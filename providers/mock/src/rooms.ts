import { posix } from 'node:path';
import { Sensitive } from '@virtual-kubelet/base';
import type { Container } from '@virtual-kubelet/kubernetes';
import type {
  ContentVolume,
  Expression,
  PodInputs,
  PodRef,
  PodRequest,
  RuntimeFacts,
  VolumeInputs,
} from '@virtual-kubelet/provider';
import { resolve } from '@virtual-kubelet/provider';
import type { Platform } from './platform.js';
import type { RunOf } from './run-life.js';
import { watchRun } from './run-life.js';
import type { Files, Quota } from './shell/files.js';
import { createFiles } from './shell/files.js';

/** What a run of a container is inside: made when the first client enters, gone with the run. */
export interface Room {
  readonly hostname: string;
  readonly files: Files;
  /** Environment in order. */
  readonly env: ReadonlyMap<string, string>;
  /** Command and arguments of the spec; empty: the image's own. */
  readonly command: readonly string[];
}

/** Insides of a platform's containers. Nothing of them is written to the journal: they can hold secrets. */
export interface Rooms {
  /** Keeps what a pod was given, until its workload is gone. */
  furnish(request: PodRequest): void;
  /** Gives a pod new contents of some volumes; they appear in every container that mounts them as a whole. */
  refurnish(ref: PodRef, volumes: readonly ContentVolume[]): void;
  enter(run: RunOf): Room;
}

/** Most bytes of all files clients put into containers of one node. */
const mostBytes = 256 * 1024 * 1024;

function textOf(expression: Expression, facts: RuntimeFacts): string {
  const value = resolve(expression, facts);
  return value instanceof Sensitive ? value.reveal() : value;
}

function envOf(inputs: PodInputs | undefined, name: string, run: RunOf): ReadonlyMap<string, string> {
  const facts: RuntimeFacts = { podIPs: [run.workload.podIP], hostIPs: [] };
  const own = inputs?.containers.find((one) => one.name === name)?.env ?? [];
  return new Map([
    ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['HOSTNAME', inputs?.hostname ?? run.workload.ref.name],
    ['HOME', '/root'],
    ...own.map((variable): [string, string] => [variable.name, textOf(variable.value, facts)]),
  ]);
}

function commandOf(inputs: PodInputs | undefined, name: string, run: RunOf): readonly string[] {
  const own = inputs?.containers.find((one) => one.name === name);
  const facts: RuntimeFacts = { podIPs: [run.workload.podIP], hostIPs: [] };
  return [...(own?.command ?? []), ...(own?.args ?? [])].map((word) => textOf(word, facts));
}

/** Where below its mount a file appears, or undefined when the mount shows another part of the volume. */
function placeOf(path: string, subPath: string = ''): string | undefined {
  const place = posix.relative(posix.join('/', subPath), posix.join('/', path));
  return place.startsWith('..') ? undefined : place;
}

/** The files of content volumes appear where the container mounts them. */
function mountVolumes(files: Files, container: Container | undefined, volumes: readonly VolumeInputs[]): void {
  for (const mount of container?.volumeMounts ?? []) {
    const volume = volumes.find(({ name }) => name === mount.name);
    if (mount.subPath === undefined) files.makeFolder(posix.resolve('/', mount.mountPath), { parents: true });
    if (volume?.kind !== 'contents') continue;
    for (const file of volume.files) {
      const place = placeOf(file.path, mount.subPath);
      if (place === undefined) continue;
      const read = (): Uint8Array => Uint8Array.from(Buffer.from(file.content.reveal(), 'base64'));
      files.mount(posix.resolve('/', mount.mountPath, place), read, file.mode);
    }
  }
}

function containerIn(request: PodRequest | undefined, name: string): Container | undefined {
  const { initContainers = [], containers = [] } = request?.pod.spec ?? {};
  return [...initContainers, ...containers].find((container) => container.name === name);
}

/** Mounts of a part of a volume stay as they were, as on any node. */
function replaceVolumes(
  files: Files,
  container: Container | undefined,
  change: { readonly before: readonly VolumeInputs[]; readonly after: readonly ContentVolume[] },
): void {
  const volumeMounts = (container?.volumeMounts ?? []).filter(
    ({ subPath, subPathExpr }) => subPath === undefined && subPathExpr === undefined,
  );
  for (const mount of volumeMounts) {
    const after = change.after.find(({ name }) => name === mount.name);
    const before = change.before.find(({ name }) => name === mount.name);
    if (!after || before?.kind !== 'contents') continue;
    for (const { path } of before.files) {
      const place = posix.resolve('/', mount.mountPath, path);
      if (!after.files.some((file) => file.path === path) && files.stat(place)) files.remove(place);
    }
  }
  if (container) mountVolumes(files, { ...container, volumeMounts }, change.after);
}

function furnished(files: Files, request: PodRequest | undefined, run: RunOf): Files {
  for (const folder of ['/bin', '/dev', '/etc', '/root', '/tmp']) files.makeFolder(folder, { parents: true });
  const container = containerIn(request, run.container.name);
  const hostname = request?.inputs.hostname ?? run.workload.ref.name;
  files.mount('/etc/hostname', () => new TextEncoder().encode(`${hostname}\n`), 0o644);
  mountVolumes(files, container, request?.inputs.volumes ?? []);
  return files;
}

/**
 * Makes the rooms of one node.
 * @param node its name
 * @param fileBytes most bytes of all files that clients put into its containers
 */
export function createRooms(platform: Platform, node: string, fileBytes: number = mostBytes): Rooms {
  const { clock } = platform;
  const requests = new Map<string, PodRequest>();
  const rooms = new Map<string, Room>();
  const quota: Quota = { left: fileBytes };
  platform.onGone(node, (uid) => requests.delete(uid));

  const make = (run: RunOf, files: Files): Room => {
    const request = requests.get(run.workload.ref.uid);
    const { name } = run.container;
    return {
      hostname: request?.inputs.hostname ?? run.workload.ref.name,
      files: furnished(files, request, run),
      env: envOf(request?.inputs, name, run),
      command: commandOf(request?.inputs, name, run),
    };
  };

  return {
    furnish(request) {
      const { uid } = request.ref;
      if (platform.get(uid)) requests.set(uid, request);
    },
    refurnish({ uid }, after) {
      const request = requests.get(uid);
      if (!request) return;
      const before = request.inputs.volumes;
      for (const [key, room] of rooms) {
        const [pod, container = ''] = key.split('/');
        if (pod === uid) replaceVolumes(room.files, containerIn(request, container), { before, after });
      }
      const volumes = before.map((volume) => after.find(({ name }) => name === volume.name) ?? volume);
      requests.set(uid, { ...request, inputs: { ...request.inputs, volumes } });
    },
    enter(run) {
      const key = `${run.workload.ref.uid}/${run.container.name}/${run.span.start}`;
      const found = rooms.get(key);
      if (found) return found;
      const files = createFiles({ now: () => clock.wall(), quota });
      const room = make(run, files);
      rooms.set(key, room);
      const life = watchRun(platform, run);
      life.ended.addEventListener('abort', () => {
        rooms.delete(key);
        files.clear();
        life.release();
      });
      return room;
    },
  };
}
