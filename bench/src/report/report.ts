import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem, type } from 'node:os';
import type { Row } from '../scenario.js';

/** What one run of the bench has to say. */
export interface Report {
  /** Day it was measured, as in 2026-01-31. */
  readonly date: string;
  readonly machine: Machine;
  /** Name of a program to its version. */
  readonly versions: Readonly<Record<string, string>>;
  /** Whether the numbers mean nothing because the run was cut short for a smoke test. */
  readonly isQuick: boolean;
  /** Minutes. */
  readonly took: number;
  /** Load of the machine before it began: other work on it blurs the numbers. */
  readonly loadBefore: number;
  readonly rows: readonly Row[];
  /** Scenarios that broke off, with the reason. */
  readonly failures: readonly { readonly scenario: string; readonly reason: string }[];
}

/** Where it was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Gigabytes (2^30). */
  readonly memory: number;
  readonly system: string;
}

/** This machine. */
export function thisMachine(): Machine {
  const all = cpus();
  const kernel = execFileSync('uname', ['-rm'], { encoding: 'utf8' }).trim();
  return {
    cpu: (all[0]?.model ?? 'unknown').trim(),
    cores: all.length,
    memory: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${kernel}`,
  };
}

/** Processes that ran in the last minute, on average. */
export function loadNow(): number {
  return Number(readFileSync('/proc/loadavg', 'utf8').split(' ', 1)[0]);
}

/** A name of the machine for files. */
export function machineName({ cpu, cores }: Machine): string {
  const words = cpu
    .replaceAll(/\(R\)|\(TM\)|CPU|Processor|@.*$/gi, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g);
  return [...(words ?? ['unknown']).slice(0, 4), `${cores}cores`].join('-');
}
