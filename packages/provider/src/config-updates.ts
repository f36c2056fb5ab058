import type { CallContext } from './call-context.js';
import type { ContentVolume } from './pod-inputs.js';
import type { PodRef } from './pod-ref.js';

/** Providers that can change the files of a volume while the pod runs. Without it volumes stay as they were at the start. */
export interface ConfigUpdateHandler {
  /** New contents of some volumes of the pod: a ConfigMap or Secret changed, or a token was renewed. */
  updateVolumes(ref: PodRef, volumes: readonly ContentVolume[], context: CallContext): Promise<void>;
}
