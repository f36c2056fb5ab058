/** Columns of tables, which kubectl prints, and the cells that most kinds share. */
import { parseTime } from '@virtual-kubelet/kubernetes';
import type { Json } from '../json.js';
import { json, list, text } from '../json.js';
import { humanDuration } from './human-duration.js';

/** What a cell may hold. */
export type Cell = string | number | boolean | null;

/** One column. */
export interface Column {
  readonly name: string;
  /** OpenAPI type of the cells. */
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** Shown only with `-o wide`. */
  readonly isWide: boolean;
  /** The number behind {@link Column.isWide}. @default 1 where it is wide, otherwise 0 */
  readonly priority?: number;
  /** The cell of an object. `now` is wall time in milliseconds, for ages. */
  readonly cell: (object: Json, now: number) => Cell;
}

type Maker = (name: string, cell: Column['cell']) => Column;

/** A column of texts, or of numbers that upstream calls texts. */
export const column: Maker = (name, cell) => ({ name, type: 'string', isWide: false, cell });

/** A column of whole numbers. */
export const integerColumn: Maker = (name, cell) => ({ name, type: 'integer', isWide: false, cell });

/** A column shown with `-o wide`. */
export const wide: Maker = (name, cell) => ({ name, type: 'string', isWide: true, cell });

/** What stands for an empty list. */
export const none = '<none>';
/** What stands for a value that nobody set. */
export const unset = '<unset>';
/** What stands for a value that is not known. */
export const unknown = '<unknown>';

/** Texts with commas between them, or that there are none. */
export function joined(values: readonly string[], separator = ','): string {
  return values.length === 0 ? none : values.join(separator);
}

/** How long ago a time was. */
export function ago(time: unknown, now: number): string {
  return typeof time === 'string' && time !== '' ? humanDuration(now - parseTime(time)) : unknown;
}

/** The age of an object. */
export const age: Column = column('Age', (object, now) => ago(text(object, 'metadata', 'creationTimestamp'), now));

/** When the object was made, as the API writes it. */
export const createdAt: Column = {
  ...column('Created At', (object) => text(object, 'metadata', 'creationTimestamp')),
  type: 'date',
};

/** A text somewhere in the object, or that there is none. */
export function textAt(...path: readonly string[]): Column['cell'] {
  return (object) => text(object, ...path) || none;
}

/** The number of entries of maps and lists together. */
export function sizeOf(object: Json, ...names: readonly string[]): number {
  const sizes = names.map((name) => Object.keys(json(object, name)).length + list(object, name).length);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** `key=value` pairs in order. */
export function pairs(map: Json): string {
  return joined(
    Object.entries(map)
      .map(([key, value]) => `${key}=${String(value)}`)
      .toSorted(),
  );
}
