import type { PodRecord } from '../pod/pod-record.js';
import { decodeRecord, encodeRecord } from '../pod/pod-record.js';
import type { PodStorage, RunFiles } from './pod-storage.js';
import type { PulledImage } from '../images/pulled-images.js';
import type { VolumePlan } from './volume-plan.js';

/** A storage for tests: nothing touches a disk, and everything can be looked at. */
export interface MemoryStorage extends PodStorage {
  /** Records as text, by UID: what a new process would find. */
  readonly records: Map<string, string>;
  /** Files by path. */
  readonly files: Map<string, string>;
  /** Volumes by path, as last prepared. */
  readonly volumes: Map<string, VolumePlan>;
  /** Bytes that volumes take, by path. */
  readonly used: Map<string, number>;
  /** Termination messages by `uid/container/attempt`. */
  readonly terminationLogs: Map<string, string>;
}

function keyOf({ uid, container, attempt }: RunFiles): string {
  return `${uid}/${container}/${attempt}`;
}

/** Makes an empty one. */
export function createMemoryStorage(): MemoryStorage {
  const records = new Map<string, string>();
  const files = new Map<string, string>();
  const volumes = new Map<string, VolumePlan>();
  const used = new Map<string, number>();
  const terminationLogs = new Map<string, string>();
  let images: readonly PulledImage[] = [];
  const dropBelow = (map: Map<string, unknown>, prefix: string): void => {
    for (const key of [...map.keys()]) if (key.startsWith(prefix)) map.delete(key);
  };
  return {
    records,
    files,
    volumes,
    used,
    terminationLogs,
    load: async () => [...records.values()].map((text): PodRecord => decodeRecord(text)),
    async folders() {
      const ofPaths = [...files.keys(), ...volumes.keys()].map((path) => /^\/pods\/([^/]+)/.exec(path)?.[1] ?? '');
      return [...new Set([...records.keys(), ...ofPaths.filter((uid) => uid !== '')])];
    },
    async save(record) {
      records.set(record.ref.uid, encodeRecord(record));
    },
    async remove(uid) {
      records.delete(uid);
      dropBelow(files, `/pods/${uid}/`);
      dropBelow(volumes, `/pods/${uid}/`);
      dropBelow(terminationLogs, `${uid}/`);
    },
    async prepareVolume(uid, plan) {
      const path = plan.kind === 'path' ? plan.path : `/pods/${uid}/volumes/${plan.name}`;
      volumes.set(path, plan);
      return path;
    },
    usedBytes: async (uid, { name }) => used.get(`/pods/${uid}/volumes/${name}`) ?? 0,
    volumePath: (uid, name) => `/pods/${uid}/volumes/${name}`,
    subPath: async (volumePath, path) => `${volumePath}/${path}`,
    async writeFile(uid, name, text) {
      const path = `/pods/${uid}/etc/${name}`;
      files.set(path, text);
      return path;
    },
    machineHosts: async () => '127.0.0.1\tmachine\n',
    async createTerminationLog(run) {
      terminationLogs.set(keyOf(run), '');
      return `/pods/${run.uid}/containers/${run.container}/${run.attempt}`;
    },
    loadImages: async () => images,
    async saveImages(all) {
      images = all;
    },
    readTerminationLog: async (run) => terminationLogs.get(keyOf(run)) ?? '',
  };
}
