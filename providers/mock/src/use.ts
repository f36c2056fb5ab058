import { formatMicroTime } from '@virtual-kubelet/kubernetes';
import type { NodeStats, PodStats, UsageSample } from '@virtual-kubelet/provider';
import { runsOf } from './runs.js';
import type { Workload, WorkloadContainer } from './timeline.js';

/** What a container without requests and annotations uses. */
export const idle: { readonly cores: number; readonly bytes: number } = { cores: 0.005, bytes: 20 * 1024 * 1024 };

/** Use swings by this part of itself, once in a period of seconds. */
const swing = 0.3;
const period = 600;
/** Seconds in which memory comes near its average. */
const warmUp = 60;

/** Where in the swing a container begins, radians: pods that started together do not look alike. */
function phaseOf(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return ((h >>> 0) / 2 ** 32) * 2 * Math.PI;
}

/** Rate and counter of the CPU after some seconds: the counter is exactly what the rate adds up to. */
function cpuAfter(seconds: number, cores: number, phase: number): { readonly rate: number; readonly total: number } {
  const speed = (2 * Math.PI) / period;
  const angle = speed * seconds + phase;
  const swung = (swing / speed) * (Math.cos(phase) - Math.cos(angle));
  return { rate: cores * (1 + swing * Math.sin(angle)), total: cores * (seconds + swung) };
}

function memoryAfter(seconds: number, bytes: number): number {
  return Math.round(bytes * (0.5 + 0.5 * (1 - Math.exp(-seconds / warmUp))));
}

function sampleOf(workload: Workload, container: WorkloadContainer, now: number): UsageSample | undefined {
  const { last } = runsOf(workload, container, now);
  if (!last || last.end !== undefined) return undefined;
  const { cores, bytes } = container.use ?? idle;
  const seconds = (now - last.start) / 1_000;
  const cpu = cpuAfter(seconds, cores, phaseOf(`${workload.ref.uid}/${container.name}`));
  return {
    time: formatMicroTime(now),
    startTime: formatMicroTime(last.start),
    cpuSeconds: cpu.total,
    cpuCores: cpu.rate,
    workingSetBytes: memoryAfter(seconds, bytes),
  };
}

function podStats(workload: Workload, now: number): PodStats {
  const containers = workload.containers.flatMap((container) => {
    const sample = sampleOf(workload, container, now);
    return sample ? [{ name: container.name, ...sample }] : [];
  });
  return { pod: workload.ref, containers };
}

/**
 * What workloads use at a time: as their requests or annotations say, slowly swinging, the same in every run.
 * @param now milliseconds since 1970
 */
export function useAt(workloads: readonly Workload[], now: number): NodeStats {
  return { pods: workloads.map((workload) => podStats(workload, now)).filter((pod) => pod.containers.length > 0) };
}
