/** Folders of pods on this machine's disk. The engine has to be on the same machine: it mounts what is made here. */
import { chmod, mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PodRecord } from '../pod/pod-record.js';
import { decodeRecord, encodeRecord } from '../pod/pod-record.js';
import type { PodStorage, RunFiles } from './pod-storage.js';
import { decodeImages } from '../images/pulled-images.js';
import { makeEmptyDir, unmountBelow, usedBytes } from './system-empty-dir.js';
import { makePrivate, orUndefined } from './system-files.js';
import { usePath, walkInto } from './system-host-path.js';
import { writeContents } from './system-volume-contents.js';
import type { EmptyDirPlan } from './volume-plan.js';

/** Where folders of pods are. */
export interface PodStorageOptions {
  /** Absolute; made when it is missing, open to its owner only. One for each node. */
  readonly root: string;
  /**
   * Folder in memory for `emptyDir` of medium Memory, of nobody but this user.
   * @default `/dev/shm/virtual-kubelet` for root, otherwise with the number of the user behind it
   */
  readonly memoryRoot?: string;
}

const mostMessage = 4_096;
const userId = process.geteuid?.() ?? 0;
const usualMemory = `/dev/shm/virtual-kubelet${userId === 0 ? '' : `-${userId}`}`;

function safe(part: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(part)) throw new RangeError(`${JSON.stringify(part)} cannot name a folder`);
  return part;
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

/** What a file says; undefined when it is missing or was cut off. */
async function readWhole<T>(path: string, decode: (text: string) => T): Promise<T | undefined> {
  const text = await orUndefined(readFile(path, 'utf8'));
  try {
    return text === undefined ? undefined : decode(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes a file as one step: readers see it before or after. */
async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Makes the storage; nothing is touched before the first call. */
export function createPodStorage(options: PodStorageOptions): PodStorage {
  const { root, memoryRoot = usualMemory } = options;
  const folder = (uid: string): string => join(root, safe(uid));
  const volume = (uid: string, name: string): string => join(folder(uid), 'volumes', safe(name));
  const inMemory = (uid: string): string => join(memoryRoot, safe(uid));
  const emptyDir = (uid: string, plan: EmptyDirPlan): string =>
    plan.memory ? join(inMemory(uid), safe(plan.name)) : volume(uid, plan.name);
  /** A name that no UID has. */
  const imagesPath = join(root, '.images', 'pulled.json');
  const folders = async (): Promise<readonly string[]> =>
    ((await orUndefined(readdir(root))) ?? []).filter((name) => !name.startsWith('.'));
  const logOf = ({ uid, container, attempt }: RunFiles): string =>
    join(folder(uid), 'containers', safe(container), `${attempt}.message`);
  return {
    async load() {
      const all = await folders();
      // A record that was cut off is as good as none: what runs is found by its labels.
      const records = await Promise.all(all.map((uid) => readWhole(join(root, uid, 'record.json'), decodeRecord)));
      return records.filter((record): record is PodRecord => record !== undefined);
    },
    folders,
    async save(record) {
      await replaceFile(join(folder(record.ref.uid), 'record.json'), encodeRecord(record));
    },
    async remove(uid) {
      // The folder last: as long as it is there, the rest is found again.
      await unmountBelow(inMemory(uid));
      await rm(inMemory(uid), { recursive: true, force: true });
      await rm(folder(uid), { recursive: true, force: true });
    },
    async prepareVolume(uid, plan) {
      if (plan.kind === 'path') return usePath(plan);
      await mkdir(folder(uid), { recursive: true, mode: 0o700 });
      const path = plan.kind === 'emptyDir' ? emptyDir(uid, plan) : volume(uid, plan.name);
      if (plan.kind === 'contents') await writeContents(path, plan.volume);
      else {
        if (plan.memory) await makePrivate(memoryRoot);
        await makeEmptyDir(path, plan);
      }
      return path;
    },
    usedBytes: (uid, plan) => usedBytes(emptyDir(uid, plan)),
    volumePath: (uid, name) => volume(uid, name),
    subPath: (volumePath, path) => walkInto(volumePath, path),
    async writeFile(uid, name, text) {
      const path = join(folder(uid), 'etc', safe(name));
      await mkdir(dirname(path), { recursive: true });
      if ((await orUndefined(readFile(path, 'utf8'))) !== text) await writeFile(path, text, { mode: 0o644 });
      return path;
    },
    machineHosts: async () => (await orUndefined(readFile('/etc/hosts', 'utf8'))) ?? '',
    async createTerminationLog(run) {
      const path = logOf(run);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, '');
      await chmod(path, 0o666);
      return path;
    },
    loadImages: async () => (await readWhole(imagesPath, decodeImages)) ?? [],
    saveImages: (images) => replaceFile(imagesPath, JSON.stringify(images)),
    readTerminationLog: (run) => readStart(logOf(run)),
  };
}
