/** Which image is used and what is said when there is none (kubernetes/kubernetes:pkg/kubelet/images). Pure. */
import { defaultImagePullPolicy, parseImageReference } from '@virtual-kubelet/kubernetes';
import type { Container } from '@virtual-kubelet/kubernetes';
import type { StartFailure } from '../pod/pod-situation.js';

/** Milliseconds between tries of a pull that fails: doubling from the first to the most. */
export const pullBackoff = { first: 10_000, most: 300_000 } as const;
/** Milliseconds between tries of anything else. */
export const createRetry = 10_000;

/** What has to happen before the image can be used. */
export type ImagePlan =
  | { readonly image: 'use' }
  | { readonly image: 'pull' }
  /** Shown as `reason` on the status, and told as an event of another name. */
  | { readonly image: 'fail'; readonly reason: string; readonly event: string; readonly message: string };

/** The plan for an image that cannot be used. */
type ImageFault = Extract<ImagePlan, { image: 'fail' }>;

/** What is wrong with the name of an image; undefined when it is one. */
export function nameFault(image: string): ImageFault | undefined {
  if (parseImageReference(image)) return undefined;
  const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
  return { image: 'fail', reason: 'InvalidImageName', event: 'InspectFailed', message };
}

/** The engine could not say whether it has the image, which is not the same as not having it. */
export function inspectFault(image: string, error: string): ImageFault {
  const message = `Failed to inspect image "${image}": ${error}`;
  return { image: 'fail', reason: 'ImageInspectError', event: 'InspectFailed', message };
}

/** Decides by the container's pull policy. @param present whether the machine has the image */
export function planImage(container: Pick<Container, 'image' | 'imagePullPolicy'>, present: boolean): ImagePlan {
  const { image = '' } = container;
  const fault = nameFault(image);
  if (fault) return fault;
  const policy = container.imagePullPolicy || defaultImagePullPolicy(image);
  if (policy === 'Always' || (policy === 'IfNotPresent' && !present)) return { image: 'pull' };
  if (present) return { image: 'use' };
  const message = `Container image "${image}" is not present with pull policy of Never`;
  return { image: 'fail', reason: 'ErrImageNeverPull', event: 'ErrImageNeverPull', message };
}

/** The failure of a pull. @param before the failure of the try before it, if it was of the same image */
export function pullFailure(image: string, error: string, when: { at: number; before?: StartFailure }): StartFailure {
  const { at, before } = when;
  const again = before?.reason === 'ErrImagePull' ? Math.min(before.delay * 2, pullBackoff.most) : pullBackoff.first;
  const message = `failed to pull image "${image}": ${error}`;
  return {
    reason: 'ErrImagePull',
    message,
    pause: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}": ErrImagePull: ${message}` },
    at,
    delay: again,
  };
}

/** A failure that is tried again at an even pace. */
export function startFailure(reason: string, message: string, at: number): StartFailure {
  return { reason, message, at, delay: createRetry };
}
