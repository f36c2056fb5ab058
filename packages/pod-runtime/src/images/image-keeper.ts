import type { Clock, Logger } from '@virtual-kubelet/base';
import { messageOf } from '@virtual-kubelet/base';
import type { BackendImage, ContainerBackend } from '../backend.js';
import type { ImageGcPolicy } from './image-gc.js';
import { bytesToFree, imageGcPeriod, isTooOld, removable } from './image-gc.js';
import type { PodStorage } from '../storage/pod-storage.js';
import type { PulledImage } from './pulled-images.js';

/** Knows which images this node has pulled, and removes those that are not needed. */
export interface ImageKeeper {
  /** An image was pulled. One that was there by other hands stays theirs. */
  pulled(name: string, image: BackendImage, before: BackendImage | undefined): Promise<void>;
  /** Removes what the policy says, once. */
  collect(signal: AbortSignal): Promise<void>;
  /** Collects now and then, for ever. */
  run(signal: AbortSignal): Promise<void>;
}

/** What a keeper works with. */
export interface ImageKeeperOptions {
  readonly backend: Pick<ContainerBackend, 'imageDisk' | 'removeImage'>;
  readonly storage: Pick<PodStorage, 'loadImages' | 'saveImages'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly policy: ImageGcPolicy;
  /** Names of the images that pods of the node are made from, as their specs have them. */
  readonly inUse: () => ReadonlySet<string>;
}

/** Makes a keeper; the list on disk is read when it is first needed. */
export function imageKeeper(options: ImageKeeperOptions): ImageKeeper {
  const { backend, storage, clock, logger, policy, inUse } = options;
  let images: Map<string, PulledImage> | undefined;

  const known = async (): Promise<Map<string, PulledImage>> => {
    images ??= new Map((await storage.loadImages()).map((image) => [image.name, image]));
    return images;
  };
  const save = async (): Promise<void> => storage.saveImages([...(await known()).values()]);

  const remove = async (image: PulledImage, signal: AbortSignal): Promise<void> => {
    if (inUse().has(image.name) || !(await backend.removeImage(image.id, signal))) return;
    (await known()).delete(image.name);
    logger.info('an image was removed', { image: image.name });
  };

  /** Images differ in what they free, layers being shared: the disk is asked after each. */
  const freeSpace = async (candidates: readonly PulledImage[], signal: AbortSignal): Promise<void> => {
    const isFull = async (): Promise<boolean> => {
      const disk = await backend.imageDisk(signal);
      return disk !== undefined && (wanted ??= disk.available + bytesToFree(disk, policy)) > disk.available;
    };
    let wanted: number | undefined;
    for (const image of candidates) {
      if (!(await isFull())) return;
      await remove(image, signal);
    }
    if (await isFull()) logger.warn('the disk of the images is too full, and no other image can be removed');
  };

  const collect = async (signal: AbortSignal): Promise<void> => {
    const all = await known();
    const now = clock.wall();
    const used = inUse();
    for (const [name, image] of all) if (used.has(name)) all.set(name, { ...image, usedAt: now });
    const candidates = removable([...all.values()], { inUse: used, policy, now });
    const old = candidates.filter((image) => isTooOld(image, policy, now));
    for (const image of old) await remove(image, signal);
    await freeSpace(
      candidates.filter((image) => !old.includes(image)),
      signal,
    );
    await save();
  };

  return {
    async pulled(name, { id }, before) {
      const now = clock.wall();
      const all = await known();
      if (before && !all.has(name)) return;
      all.set(name, { id, name, pulledAt: now, usedAt: now });
      await save();
    },
    collect,
    async run(signal) {
      for (;;) {
        await clock.sleep(imageGcPeriod, signal);
        await collect(signal).catch((error: unknown) => {
          signal.throwIfAborted();
          logger.warn('images could not be collected', { error: messageOf(error) });
        });
      }
    },
  };
}
