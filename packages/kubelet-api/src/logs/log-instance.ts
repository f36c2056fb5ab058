import type { Pod } from '@virtual-kubelet/kubernetes';
import { hasContainer, statusOf } from '../pod-lookup.js';
import type { Refusal } from './log-query.js';

function waitingText(reason: string | undefined): string {
  if (reason === 'ErrImagePull') return "is waiting to start: image can't be pulled";
  if (reason === 'ImagePullBackOff') return 'is waiting to start: trying and failing to pull image';
  return reason === undefined || reason === '' ? 'is waiting to start - no logs yet' : `is waiting to start: ${reason}`;
}

/**
 * Why a container has no log to give, or undefined when it has: an unknown container is 404, one without the wanted run
 * is 400 with the words users know from a kubelet. Without `previous`, the run read is the present one, else the last
 * that ended. The pod's existence is the caller's to check.
 */
export function logRefusal(pod: Pod, container: string, previous: boolean): Refusal | undefined {
  const name = pod.metadata?.name ?? '';
  if (!hasContainer(pod, container))
    return { status: 404, message: `container "${container}" not found in pod "${name}"\n` };
  const which = `container "${container}" in pod "${name}"`;
  const status = statusOf(pod, container);
  if (!status) return { status: 400, message: `${which} is not available` };
  const ended = status.lastState?.terminated !== undefined;
  if (previous) return ended ? undefined : { status: 400, message: `previous terminated ${which} not found` };
  if (status.state?.running || status.state?.terminated || ended) return undefined;
  return { status: 400, message: `${which} ${waitingText(status.state?.waiting?.reason)}` };
}
