/** Requests and limits as the settings of a control group. Pure. */
import type { Container, Pod } from '@virtual-kubelet/kubernetes';
import { isSidecar, parseQuantity, qosClass, quantityMilliValue, quantityValue } from '@virtual-kubelet/kubernetes';
import type { BackendLimits } from '../backend.js';

/** What the kernel takes for a weight (kubernetes/kubernetes:pkg/kubelet/cm/helpers_linux.go). */
const leastShares = 2;
const mostShares = 262_144;
const leastQuota = 1_000;
const period = 100_000;

function milli(text: string | undefined): number | undefined {
  return text === undefined ? undefined : quantityMilliValue(parseQuantity(text));
}

/** From here on a pod is one the system cannot do without. */
const systemCritical = 2_000_000_000;

function isNodeCritical({ spec }: Pod): boolean {
  return spec?.priorityClassName === 'system-node-critical' && (spec.priority ?? 0) >= systemCritical;
}

/** Bytes. */
function requestedMemory(container: Container): number {
  const request = container.resources?.requests?.['memory'];
  return request === undefined ? 0 : quantityValue(parseQuantity(request));
}

/** A sidecar goes no earlier than the regular container that would go first. */
function protectedMemory({ spec }: Pod, container: Container): number {
  const own = requestedMemory(container);
  const serves = isSidecar(container) && (spec?.initContainers ?? []).some(({ name }) => name === container.name);
  return serves ? Math.max(own, Math.min(...(spec?.containers ?? []).map(requestedMemory))) : own;
}

/** How early the kernel kills the container when memory runs out (kubernetes/kubernetes:pkg/kubelet/qos). */
export function oomScoreAdjust(pod: Pod, container: Container, machineMemory: number): number {
  const quality = qosClass(pod);
  if (quality === 'Guaranteed' || isNodeCritical(pod)) return -997;
  if (quality === 'BestEffort') return 1_000;
  const share = protectedMemory(pod, container) / machineMemory;
  return Math.min(Math.max(1_000 - Math.floor(share * 1_000), 3), 999);
}

/** Limits of one container; a limit of zero is none, as upstream. @param machineMemory bytes */
export function containerLimits(pod: Pod, container: Container, machineMemory: number): BackendLimits {
  const { requests, limits } = container.resources ?? {};
  const cpu = milli(requests?.['cpu'] ?? limits?.['cpu']) ?? 0;
  const most = milli(limits?.['cpu']) ?? 0;
  const memory = limits?.['memory'] === undefined ? 0 : quantityValue(parseQuantity(limits['memory']));
  return {
    cpuShares: Math.min(Math.max(Math.floor((cpu * 1_024) / 1_000), leastShares), mostShares),
    ...(most === 0 ? {} : { cpuQuota: Math.max(Math.ceil((most * period) / 1_000), leastQuota) }),
    ...(memory === 0 ? {} : { memory }),
    oomScoreAdjust: oomScoreAdjust(pod, container, machineMemory),
  };
}
