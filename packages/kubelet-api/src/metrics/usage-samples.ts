import type { Usage } from '../stats/usage.js';
import type { Labels, Sample } from './exposition.js';

/**
 * Least use that is shown, core-seconds: readers take 0 for "not measured" and drop the whole pod, and a smaller number
 * could be lost in their conversion to nanoseconds.
 */
const leastCpu = 1e-6;

/** The CPU counter in core-seconds; nothing where it is not known. */
export function cpuSamples(labels: Labels, { cpuNanoSeconds, time }: Usage): readonly Sample[] {
  return cpuNanoSeconds === undefined ? [] : [{ labels, value: Math.max(cpuNanoSeconds / 1e9, leastCpu), time }];
}

/** The working set in bytes, at least one; nothing where it is not known. */
export function memorySamples(labels: Labels, { workingSetBytes, time }: Usage): readonly Sample[] {
  return workingSetBytes === undefined ? [] : [{ labels, value: Math.max(workingSetBytes, 1), time }];
}

/** The start in epoch seconds, without a time of its own. */
export function startSamples(labels: Labels, { startTime }: Usage): readonly Sample[] {
  return startTime === undefined || startTime <= 0 ? [] : [{ labels, value: startTime / 1_000 }];
}
