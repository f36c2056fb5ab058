/** Finds out when the volumes of running pods are not what they were. */
import type { Clock, Logger, Random } from '@virtual-kubelet/base';
import { jittered, messageOf, workQueue } from '@virtual-kubelet/base';
import { deepEqual } from '@virtual-kubelet/kubernetes';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { ContentVolume, VolumeInputs } from '@virtual-kubelet/provider';
import { podName } from '@virtual-kubelet/provider';
import { podRefOf } from './read-snapshot.js';
import { hasContents } from './volumes.js';

/** As much of a content volume as tells whether it changed: what pods were given is not kept, Secrets least of all. */
export type GivenVolume = Pick<ContentVolume, 'name' | 'revision' | 'renewAt'>;

/** What is remembered of the volumes a pod was given. */
export function givenOf(volumes: readonly VolumeInputs[]): readonly GivenVolume[] {
  return volumes.flatMap((volume) => {
    if (volume.kind !== 'contents') return [];
    const { name, revision, renewAt } = volume;
    return { name, revision, ...(renewAt === undefined ? {} : { renewAt }) };
  });
}

/** What a {@link ConfigWatcher} needs. */
export interface ConfigWatcherOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Milliseconds between two looks at a pod, give or take a fifth. */
  readonly ttl: number;
  /** The contents as they would be now. */
  readonly look: (pod: Pod, signal: AbortSignal) => Promise<readonly ContentVolume[]>;
  /** Some volume differs from what was last handed to {@link ConfigWatcher.watch}. Said again at each look until that is called. */
  readonly changed: (uid: string) => void;
}

/** Looks at pods with content volumes now and then, and when a token is due. A pod without them costs nothing. */
export interface ConfigWatcher {
  /**
   * Starts watching a pod, or takes note of what it has now. `undefined`: not known what it has, as for a pod that ran
   * before this process did; the first look then counts as a change.
   */
  watch(pod: Pod, volumes: readonly GivenVolume[] | undefined): void;
  /** Looks at a watched pod at once. */
  check(uid: string): void;
  forget(uid: string): void;
  /** Pods watched. */
  readonly size: number;
  /** Ends all looks. */
  close(): Promise<void>;
}

/** Pods looked at at the same time, and the shortest time between two looks at one. */
const workers = 4;
const shortest = 1_000;
const spread = 0.2;

interface Watched {
  readonly pod: Pod;
  /** Undefined when not known. */
  readonly given: readonly GivenVolume[] | undefined;
}

/** A volume that cannot be made at the moment is not a change: the pod keeps what it has. */
function differs(watched: Watched, now: readonly ContentVolume[]): boolean {
  const { given } = watched;
  if (given === undefined) return true;
  const revisions = new Map(given.map(({ name, revision }) => [name, revision]));
  return now.some(({ name, revision }) => revisions.get(name) !== revision);
}

/** Labels and annotations reach volumes by the downward API. */
function sameMetadata(a: Pod, b: Pod): boolean {
  return (
    deepEqual(a.metadata?.labels ?? {}, b.metadata?.labels ?? {}) &&
    deepEqual(a.metadata?.annotations ?? {}, b.metadata?.annotations ?? {})
  );
}

/** Makes a {@link ConfigWatcher} that watches nothing yet. */
export function configWatcher(options: ConfigWatcherOptions): ConfigWatcher {
  const { clock, random, logger, ttl, look, changed } = options;
  const pods = new Map<string, Watched>();

  /** Milliseconds until the next look. */
  const pause = (volumes: readonly GivenVolume[]): number => {
    const usual = jittered(random, ttl, spread);
    const due = volumes.map(({ renewAt = Infinity }) => renewAt - clock.wall());
    return Math.max(shortest, Math.min(usual, ...due));
  };

  const handle = async (uid: string, signal: AbortSignal): Promise<{ again: number } | void> => {
    const watched = pods.get(uid);
    if (!watched) return;
    const now = await look(watched.pod, signal);
    // Forgotten or handed something else meanwhile: then another look is planned already.
    if (pods.get(uid) !== watched) return;
    if (differs(watched, now)) changed(uid);
    return { again: pause(now) };
  };

  const queue = workQueue<string>({
    clock,
    random,
    workers,
    handle,
    retry: { first: shortest, most: ttl },
    onFailure: ({ key, error, failures }) => {
      const pod = pods.get(key)?.pod;
      if (pod && failures === 1) {
        logger.warn('cannot look whether the volumes of a pod changed', {
          pod: podName(podRefOf(pod)),
          error: messageOf(error),
        });
      }
    },
  });

  return {
    watch(pod, volumes) {
      const { uid } = podRefOf(pod);
      if (pod.spec?.volumes?.some(hasContents) !== true) return;
      const before = pods.get(uid);
      pods.set(uid, { pod, given: volumes });
      if (before && !sameMetadata(before.pod, pod)) queue.add(uid);
      else queue.addAfter(uid, volumes ? pause(volumes) : random.next() * ttl);
    },
    check(uid) {
      if (pods.has(uid)) queue.add(uid);
    },
    forget(uid) {
      pods.delete(uid);
      queue.forget(uid);
    },
    get size() {
      return pods.size;
    },
    close() {
      pods.clear();
      return queue.stop();
    },
  };
}
