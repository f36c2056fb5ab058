/** Folders of pods on this machine's disk. The engine has to be on the same machine: it mounts what is made here. */
import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readFile,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContentVolume } from '@virtual-kubelet/provider';
import type { PodRecord } from './pod-record.js';
import { decodeRecord, encodeRecord } from './pod-record.js';
import type { PodStorage, RunFiles } from './pod-storage.js';
import type { VolumePlan } from './volume-plan.js';
import { isBelow } from './volume-plan.js';

/** Where folders of pods are. */
export interface PodStorageOptions {
  /** Absolute; made when it is missing, open to its owner only. One for each node. */
  readonly root: string;
  /** Folder in memory for `emptyDir` of medium Memory. @default `/dev/shm/virtual-kubelet` */
  readonly memoryRoot?: string;
}

const mostMessage = 4_096;

function safe(part: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(part)) throw new RangeError(`${JSON.stringify(part)} cannot name a folder`);
  return part;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function orUndefined<T>(task: Promise<T>): Promise<T | undefined> {
  try {
    return await task;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Without the right to give files away (rootless) they stay the process's own, which is root in its containers. */
async function own(
  path: string,
  owner: { readonly uid?: number | undefined; readonly gid?: number | undefined },
): Promise<void> {
  const { uid, gid } = owner;
  if (uid === undefined && gid === undefined) return;
  try {
    await chown(path, uid ?? 0, gid ?? 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) throw error;
  }
}

async function writeFiles(folder: string, volume: ContentVolume): Promise<void> {
  const folderMode = volume.gid === undefined ? 0o755 : 0o2775;
  const folders = new Set<string>([folder]);
  for (const file of volume.files) {
    for (let at = dirname(join(folder, file.path)); at.startsWith(folder); at = dirname(at)) folders.add(at);
  }
  for (const path of [...folders].toSorted()) {
    await mkdir(path, { recursive: true });
    await own(path, { gid: volume.gid });
    await chmod(path, folderMode);
  }
  for (const file of volume.files) {
    const path = join(folder, file.path);
    if (!isBelow(path, folder)) throw new RangeError(`${JSON.stringify(file.path)} leads out of its volume`);
    await writeFile(path, Buffer.from(file.content.reveal(), 'base64'), { mode: 0o600 });
    await own(path, { uid: file.uid, gid: volume.gid });
    await chmod(path, file.mode);
  }
}

async function link(folder: string, name: string, target: string): Promise<void> {
  const path = join(folder, name);
  if ((await orUndefined(readlink(path))) === target) return;
  const fresh = join(folder, `..new-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`);
  await rm(fresh, { force: true });
  await symlink(target, fresh);
  await rename(fresh, path);
}

/**
 * Contents change in one step: readers see the folder behind `..data`, and that link is replaced by a rename, as
 * kubernetes/kubernetes:pkg/volume/util/atomic_writer.go does.
 */
async function writeContents(folder: string, volume: ContentVolume): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const data = `..${createHash('sha256').update(volume.revision).digest('hex').slice(0, 24)}`;
  if ((await orUndefined(readlink(join(folder, '..data')))) !== data) {
    await rm(join(folder, data), { recursive: true, force: true });
    await writeFiles(join(folder, data), volume);
    await link(folder, '..data', data);
  }
  const names = new Set(volume.files.map(({ path }) => path.split('/')[0] ?? ''));
  for (const name of names) await link(folder, name, join('..data', name));
  for (const name of await readdir(folder)) {
    const kept = names.has(name) || name === '..data' || name === data;
    if (!kept) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function makeEmptyDir(path: string, plan: Extract<VolumePlan, { kind: 'emptyDir' }>): Promise<void> {
  if (await orUndefined(lstat(path))) return;
  await mkdir(path, { recursive: true });
  await own(path, { gid: plan.group });
  await chmod(path, plan.group === undefined ? plan.mode : plan.mode | 0o2770);
}

type PathPlan = Extract<VolumePlan, { kind: 'path' }>;

const kinds: Readonly<Record<string, (found: Awaited<ReturnType<typeof lstat>>) => boolean>> = {
  Directory: (found) => found.isDirectory(),
  DirectoryOrCreate: (found) => found.isDirectory(),
  File: (found) => found.isFile(),
  FileOrCreate: (found) => found.isFile(),
  Socket: (found) => found.isSocket(),
  CharDevice: (found) => found.isCharacterDevice(),
  BlockDevice: (found) => found.isBlockDevice(),
};

/** The real path of a folder or file of the machine, after its kind was checked and links were followed. */
async function usePath(plan: PathPlan): Promise<string> {
  if (plan.type === 'DirectoryOrCreate') await mkdir(plan.path, { recursive: true, mode: 0o755 });
  if (plan.type === 'FileOrCreate') await (await open(plan.path, 'a', 0o644)).close();
  if (plan.type === '') await orUndefined(mkdir(plan.path, { recursive: true }).catch(ignoreExisting));
  const real = await orUndefined(realpath(plan.path));
  if (real === undefined) throw new Error(`hostPath type check failed: ${plan.path} does not exist`);
  const allowed = await Promise.all(plan.within.map((folder) => orUndefined(realpath(folder))));
  if (!allowed.some((folder) => folder !== undefined && isBelow(real, folder)))
    throw new Error(`${plan.path} leads out of the folders pods may mount`);
  const check = Object.hasOwn(kinds, plan.type) ? kinds[plan.type] : undefined;
  if (check && !check(await lstat(real)))
    throw new Error(`hostPath type check failed: ${plan.path} is not a ${plan.type}`);
  return real;
}

function ignoreExisting(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
  throw error;
}

/** Walks down part by part, so that no link is followed out of the volume. */
async function walkInto(volumePath: string, path: string): Promise<string> {
  const base = await realpath(volumePath);
  let at = base;
  for (const part of path.split('/').filter((word) => word !== '' && word !== '.')) {
    if (part === '..') throw new Error(`subPath ${JSON.stringify(path)} leads out of its volume`);
    const next = join(at, part);
    const real = await orUndefined(realpath(next));
    if (real === undefined) await mkdir(next, { mode: 0o755 });
    at = real ?? next;
    if (!isBelow(at, base)) throw new Error(`subPath ${JSON.stringify(path)} leads out of its volume`);
  }
  return at;
}

async function readStart(path: string): Promise<string> {
  const file = await orUndefined(open(path, 'r'));
  if (!file) return '';
  try {
    const buffer = new Uint8Array(mostMessage);
    const { bytesRead } = await file.read(buffer, 0, mostMessage, 0);
    return new TextDecoder().decode(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

async function loadRecords(root: string): Promise<readonly PodRecord[]> {
  const records: PodRecord[] = [];
  for (const uid of (await orUndefined(readdir(root))) ?? []) {
    const text = await orUndefined(readFile(join(root, uid, 'record.json'), 'utf8'));
    if (text === undefined) continue;
    try {
      records.push(decodeRecord(text));
    } catch (error) {
      // A record that was cut off is as good as none: what runs is found by its labels.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return records;
}

/** Makes the storage; nothing is touched before the first call. */
export function createPodStorage(options: PodStorageOptions): PodStorage {
  const { root, memoryRoot = '/dev/shm/virtual-kubelet' } = options;
  const folder = (uid: string): string => join(root, safe(uid));
  const volume = (uid: string, name: string): string => join(folder(uid), 'volumes', safe(name));
  const inMemory = (uid: string): string => join(memoryRoot, safe(uid));
  const logOf = ({ uid, container, attempt }: RunFiles): string =>
    join(folder(uid), 'containers', safe(container), `${attempt}.message`);
  return {
    load: () => loadRecords(root),
    async save(record) {
      const own = folder(record.ref.uid);
      await mkdir(own, { recursive: true, mode: 0o700 });
      const fresh = join(own, 'record.json.new');
      await writeFile(fresh, encodeRecord(record), { mode: 0o600 });
      await rename(fresh, join(own, 'record.json'));
    },
    async remove(uid) {
      await rm(folder(uid), { recursive: true, force: true });
      await rm(inMemory(uid), { recursive: true, force: true });
    },
    async prepareVolume(uid, plan) {
      if (plan.kind === 'path') return usePath(plan);
      await mkdir(folder(uid), { recursive: true, mode: 0o700 });
      const memory = plan.kind === 'emptyDir' && plan.memory;
      const path = memory ? join(inMemory(uid), safe(plan.name)) : volume(uid, plan.name);
      if (memory) await mkdir(inMemory(uid), { recursive: true, mode: 0o700 });
      if (plan.kind === 'contents') await writeContents(path, plan.volume);
      else await makeEmptyDir(path, plan);
      return path;
    },
    volumePath: (uid, name) => volume(uid, name),
    subPath: (volumePath, path) => walkInto(volumePath, path),
    async writeFile(uid, name, text) {
      const path = join(folder(uid), 'etc', safe(name));
      await mkdir(dirname(path), { recursive: true });
      if ((await orUndefined(readFile(path, 'utf8'))) !== text) await writeFile(path, text, { mode: 0o644 });
      return path;
    },
    async createTerminationLog(run) {
      const path = logOf(run);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, '');
      await chmod(path, 0o666);
      return path;
    },
    readTerminationLog: (run) => readStart(logOf(run)),
  };
}
