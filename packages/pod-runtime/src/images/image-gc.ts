/**
 * Which images go when the disk fills or when nobody used them for long (kubernetes/kubernetes:pkg/kubelet/images,
 * image_gc_manager.go). Only images this node has pulled: the engine may be somebody's own. Pure; times in milliseconds.
 */
import type { DiskSpace } from '../backend.js';
import type { PulledImage } from './pulled-images.js';

/** When images are removed. */
export interface ImageGcPolicy {
  /** Percent of the disk in use from which on images are removed; 100: never. @default 85 */
  readonly highPercent: number;
  /** Percent of the disk in use down to which they are. @default 80 */
  readonly lowPercent: number;
  /** Images pulled later than this ago stay. @default 2 minutes */
  readonly minimumAge: number;
  /** Images not used for longer than this go, however empty the disk is; 0: none does. @default 0 */
  readonly maximumAge: number;
}

/** As a kubelet's. */
export const usualImageGc: ImageGcPolicy = { highPercent: 85, lowPercent: 80, minimumAge: 120_000, maximumAge: 0 };
/** Between two looks at the disk. */
export const imageGcPeriod = 300_000;

/** Images in the order they go in: the longest unused first, then the oldest. Those in use never go. */
export function removable(
  images: readonly PulledImage[],
  facts: { readonly inUse: ReadonlySet<string>; readonly policy: ImageGcPolicy; readonly now: number },
): readonly PulledImage[] {
  const { inUse, policy, now } = facts;
  return images
    .filter(({ name, pulledAt }) => !inUse.has(name) && now - pulledAt >= policy.minimumAge)
    .toSorted((a, b) => a.usedAt - b.usedAt || a.pulledAt - b.pulledAt);
}

/** Whether an image has been unused for too long. */
export function isTooOld({ usedAt }: PulledImage, policy: ImageGcPolicy, now: number): boolean {
  return policy.maximumAge > 0 && now - usedAt > policy.maximumAge;
}

function percentUsed({ capacity, available }: DiskSpace): number {
  return capacity <= 0 ? 0 : 100 - Math.floor((available * 100) / capacity);
}

/** Bytes to win back; 0 while the disk is not too full. */
export function bytesToFree(disk: DiskSpace, policy: ImageGcPolicy): number {
  if (policy.highPercent >= 100 || percentUsed(disk) < policy.highPercent) return 0;
  return Math.max(Math.floor((disk.capacity * (100 - policy.lowPercent)) / 100) - disk.available, 0);
}
