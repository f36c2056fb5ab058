import { readFileSync } from 'node:fs';

/** What a process has used since it began. */
export interface Usage {
  /** Seconds, user and system. */
  readonly cpu: number;
  /** Megabytes (2^20) resident now and at most. */
  readonly memory: number;
  readonly peak: number;
}

/** Ticks a second that Linux counts processor time in, on every platform Node runs on. */
const ticks = 100;

function kilobytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN);
}

/** Reads /proc of a process that runs. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program is in parentheses and may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpu: (Number(fields[11]) + Number(fields[12])) / ticks,
    memory: kilobytes(status, 'VmRSS') / 1024,
    peak: kilobytes(status, 'VmHWM') / 1024,
  };
}
