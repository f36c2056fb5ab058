import type { Bench } from './bench.js';

/** What is measured, in the order of the table's columns. */
export const subjectNames = ['virtual-kubelet', 'simulation', 'kwok', 'limit', 'playground', 'kubernetes'] as const;

/**
 * One of what is measured. `simulation`: ours, without the terminal status; `limit`: the writer that only patches;
 * `playground` and `kubernetes`: control planes.
 */
export type SubjectName = (typeof subjectNames)[number];

/** Those that are agents. */
export type AgentName = 'virtual-kubelet' | 'simulation' | 'kwok';

/** One line of the table. */
export interface Row {
  /** Stable over releases, such as `drain.rate`. */
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  readonly values: Readonly<Partial<Record<SubjectName, number>>>;
  /** What the numbers should be, in words, and whether they are. */
  readonly target?: { readonly words: string; readonly met: boolean };
  /** Something a reader must know. */
  readonly note?: string;
}

/** One question. */
export interface Scenario {
  readonly name: string;
  readonly run: (bench: Bench) => Promise<readonly Row[]>;
}

/** A target that a value stays at or below. */
export function atMost(value: number, most: number, words: string): Pick<Row, 'target'> {
  return { target: { words, met: value <= most } };
}

/** A target that a value reaches. */
export function atLeast(value: number, least: number, words: string): Pick<Row, 'target'> {
  return { target: { words, met: value >= least } };
}
