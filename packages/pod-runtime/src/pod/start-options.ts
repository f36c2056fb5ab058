/** What starting a container works with. */
import type { Container } from '@virtual-kubelet/kubernetes';
import type { ImageKeeper } from '../images/image-keeper.js';
import type { ImagePuller } from '../images/image-puller.js';
import type { PodAction } from './pod-action.js';
import type { PodEntry } from './pod-entry.js';
import type { PodToRun } from './pod-record.js';
import type { PodNotice, Surroundings } from '../runtime-options.js';

/** What starting works with. */
export interface StartOptions extends Surroundings {
  readonly puller: ImagePuller;
  readonly images: Pick<ImageKeeper, 'pulled'>;
  /** Bytes of memory of the machine. */
  readonly machineMemory: number;
  readonly life: AbortSignal;
}

type StartAction = Extract<PodAction, { do: 'start' }>;

/** One start of one container. */
export interface Start {
  readonly entry: PodEntry;
  readonly pod: PodToRun;
  readonly container: Container;
  readonly action: StartAction;
  /** Ends the waiting for an image; what was asked of the engine is not taken back. */
  readonly signal: AbortSignal;
}

/** Tells something of the container that is started. */
export function tell(
  options: StartOptions,
  start: Start,
  notice: Pick<PodNotice, 'type' | 'reason' | 'message'>,
): void {
  options.notice({ ref: start.entry.record.ref, container: start.container.name, ...notice });
}
