import type { PodRecord } from '../pod/pod-record.js';
import type { PulledImage } from '../images/pulled-images.js';
import type { EmptyDirPlan, VolumePlan } from './volume-plan.js';

/** A run of a container, for files of its own. */
export interface RunFiles {
  readonly uid: string;
  readonly container: string;
  readonly attempt: number;
}

/**
 * Folders of pods on the machine: records, volumes, and files that go into containers. Every call may be repeated.
 * Paths that are returned are absolute and readable by the engine.
 */
export interface PodStorage {
  /** All records that can be read. */
  load(): Promise<readonly PodRecord[]>;
  /** UIDs of which anything is kept, with a record or without. */
  folders(): Promise<readonly string[]>;
  save(record: PodRecord): Promise<void>;
  /** Removes everything of a pod. */
  remove(uid: string): Promise<void>;
  /** Makes the volume, or brings its contents up to date as one step for who reads it, and gives its path. */
  prepareVolume(uid: string, plan: VolumePlan): Promise<string>;
  /** Bytes an empty folder takes now. */
  usedBytes(uid: string, plan: EmptyDirPlan): Promise<number>;
  /** Where a volume made before is. */
  volumePath(uid: string, name: string): string;
  /**
   * Path of a file or folder of a volume; a folder is made when nothing is there.
   * @throws Error when the path leads out of the volume, by `..` or by a link
   */
  subPath(volumePath: string, path: string): Promise<string>;
  /** Writes a file such as `hosts` of a pod and gives its path. The file keeps its identity: containers see the change. */
  writeFile(uid: string, name: string, text: string): Promise<string>;
  /** The machine's own `/etc/hosts`; empty when it has none. */
  machineHosts(): Promise<string>;
  /** Makes the empty termination message file of a run. */
  createTerminationLog(run: RunFiles): Promise<string>;
  /** Its first 4,096 bytes; empty when there is none. */
  readTerminationLog(run: RunFiles): Promise<string>;
  /** Images this node has pulled, as last saved. */
  loadImages(): Promise<readonly PulledImage[]>;
  saveImages(images: readonly PulledImage[]): Promise<void>;
}
