/** Requests and limits as the settings of a control group. Pure. */
import type { Container, Pod } from '@virtual-kubelet/kubernetes';
import { parseQuantity, qosClass, quantityMilliValue, quantityValue } from '@virtual-kubelet/kubernetes';
import type { BackendLimits } from './backend.js';

const leastShares = 2;
const leastQuota = 1_000;
const period = 100_000;

function milli(text: string | undefined): number | undefined {
  return text === undefined ? undefined : quantityMilliValue(parseQuantity(text));
}

/** How early the kernel kills the container when memory runs out (kubernetes/kubernetes:pkg/kubelet/qos). */
export function oomScoreAdjust(pod: Pod, container: Container, machineMemory: number): number {
  const quality = qosClass(pod);
  if (quality === 'Guaranteed') return -997;
  if (quality === 'BestEffort') return 1_000;
  const request = container.resources?.requests?.['memory'];
  const share = request === undefined ? 0 : quantityValue(parseQuantity(request)) / machineMemory;
  return Math.min(Math.max(1_000 - Math.floor(share * 1_000), 3), 999);
}

/** Limits of one container. @param machineMemory bytes */
export function containerLimits(pod: Pod, container: Container, machineMemory: number): BackendLimits {
  const { requests, limits } = container.resources ?? {};
  const cpu = milli(requests?.['cpu'] ?? limits?.['cpu']) ?? 0;
  const most = milli(limits?.['cpu']);
  const memory = limits?.['memory'];
  return {
    cpuShares: Math.max(Math.floor((cpu * 1_024) / 1_000), leastShares),
    ...(most === undefined ? {} : { cpuQuota: Math.max(Math.ceil((most * period) / 1_000), leastQuota) }),
    ...(memory === undefined ? {} : { memory: quantityValue(parseQuantity(memory)) }),
    oomScoreAdjust: oomScoreAdjust(pod, container, machineMemory),
  };
}
