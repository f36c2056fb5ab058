import type { UsageSample } from '@virtual-kubelet/provider';

/** What is remembered of one container, pod or node: a counter that never falls, and where it came from. */
export interface CpuCounter {
  /** Time of the reading, milliseconds since 1970. */
  readonly time: number;
  /** Core-nanoseconds. */
  readonly count: number;
  /** The provider's own counter at the last reading, core-nanoseconds. */
  readonly raw?: number;
  /** Nano-cores. */
  readonly rate?: number;
  readonly startTime?: number;
}

/** A reading in whole units. */
export interface CpuReading {
  readonly time: number;
  readonly startTime?: number;
  readonly nanoSeconds?: number;
  readonly nanoCores?: number;
}

const nano = 1e9;

function whole(value: number): number {
  return Math.max(Math.round(value), 0);
}

/** The CPU part of a sample; times are milliseconds. */
export function cpuReading(sample: UsageSample, time: number, startTime: number | undefined): CpuReading {
  const { cpuSeconds, cpuCores } = sample;
  return {
    time,
    ...(startTime === undefined ? {} : { startTime }),
    ...(cpuSeconds === undefined ? {} : { nanoSeconds: whole(cpuSeconds * nano) }),
    ...(cpuCores === undefined ? {} : { nanoCores: whole(cpuCores * nano) }),
  };
}

/** Core-nanoseconds that `nanoCores` use in some milliseconds. */
function used(nanoCores: number, ms: number): number {
  return whole((nanoCores * Math.max(ms, 0)) / 1_000);
}

function firstCount({ nanoSeconds, nanoCores = 0, startTime, time }: CpuReading): number {
  return nanoSeconds ?? used(nanoCores, time - (startTime ?? time));
}

/**
 * What was used since the last reading. A counter that fell a little is noise and waits until it has caught up; one that
 * fell by more than half began anew.
 */
function increase(before: CpuCounter, reading: CpuReading): { readonly more: number; readonly raw?: number } {
  const { nanoSeconds, nanoCores = 0, time } = reading;
  if (nanoSeconds === undefined) {
    const average = (nanoCores + (before.rate ?? nanoCores)) / 2;
    return { more: used(average, time - before.time) };
  }
  const last = before.raw ?? nanoSeconds;
  if (nanoSeconds >= last) return { more: nanoSeconds - last, raw: nanoSeconds };
  return nanoSeconds < last / 2 ? { more: nanoSeconds, raw: nanoSeconds } : { more: 0, raw: last };
}

function rateOf(before: CpuCounter, reading: CpuReading, more: number): number | undefined {
  if (reading.nanoCores !== undefined) return reading.nanoCores;
  const elapsed = reading.time - before.time;
  return elapsed > 0 ? whole((more * 1_000) / elapsed) : before.rate;
}

/** Whether the reading is of another run than the one before. */
function startedAnew(before: CpuCounter, reading: CpuReading): boolean {
  return reading.startTime !== undefined && before.startTime !== undefined && reading.startTime > before.startTime;
}

function firstCounter(reading: CpuReading): CpuCounter {
  const { time, startTime, nanoSeconds, nanoCores } = reading;
  return {
    time,
    count: firstCount(reading),
    ...(nanoSeconds === undefined ? {} : { raw: nanoSeconds }),
    ...(nanoCores === undefined ? {} : { rate: nanoCores }),
    ...(startTime === undefined ? {} : { startTime }),
  };
}

function nextCounter(before: CpuCounter, reading: CpuReading): CpuCounter {
  const { more, raw } = increase(before, reading);
  const rate = rateOf(before, reading, more);
  const startTime = reading.startTime ?? before.startTime;
  return {
    time: Math.max(reading.time, before.time),
    count: before.count + more,
    ...(raw === undefined ? {} : { raw }),
    ...(rate === undefined ? {} : { rate }),
    ...(startTime === undefined ? {} : { startTime }),
  };
}

/** A counter after a reading, and what the reading added to sums over containers. */
export interface CountedCpu {
  readonly counter: CpuCounter;
  readonly added: number;
}

/**
 * Continues a counter: from the provider's own, or by adding up its rate over time. Undefined where the reading says
 * nothing of the CPU.
 */
export function countCpu(before: CpuCounter | undefined, reading: CpuReading): CountedCpu | undefined {
  if (reading.nanoSeconds === undefined && reading.nanoCores === undefined) return undefined;
  if (before === undefined || startedAnew(before, reading)) {
    const counter = firstCounter(reading);
    return { counter, added: counter.count };
  }
  const counter = nextCounter(before, reading);
  return { counter, added: counter.count - before.count };
}
