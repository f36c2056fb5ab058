import type { Bench } from './bench.js';
import type { SubjectName } from './subjects/subject-names.js';

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
