/** The columns of tables that a definition asks for. */
import type { Json } from '../json.js';
import { number, text } from '../json.js';
import type { Cell, Column } from '../table/column.js';
import { ago } from '../table/column.js';
import { hasFormat } from './formats.js';
import { parseJsonPath, valuesAt } from './json-path.js';

/** Types that a column may have. */
export const columnTypes: readonly string[] = ['boolean', 'date', 'integer', 'number', 'string'];

const age: Json = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** The columns of a version of a definition, beside the name; the age where it asks for none. */
export function printerColumns(given: readonly unknown[]): readonly Column[] {
  return (given.length === 0 ? [age] : given).map(columnOf);
}

function columnOf(given: unknown): Column {
  const type = text(given, 'type');
  const path = parseJsonPath(text(given, 'jsonPath')) ?? [];
  return {
    name: text(given, 'name'),
    type: type as Column['type'],
    isWide: (number(given, 'priority') ?? 0) > 0,
    priority: number(given, 'priority') ?? 0,
    cell: (object, now) => cellOf(valuesAt(object, path), type, now),
  };
}

/** Whether columns can be made of a path. */
export function isColumnPath(path: string): boolean {
  return parseJsonPath(path) !== undefined;
}

/** Of several values only the first is shown; one of another type than the column's is not. */
function cellOf(values: readonly unknown[], type: string, now: number): Cell {
  const [value] = values;
  if (value === undefined || (value === null && type !== 'string')) return null;
  switch (type) {
    case 'string':
      return value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
    case 'date':
      return typeof value === 'string' ? dateCell(value, now) : null;
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    default:
      return typeof value === type ? (value as Cell) : null;
  }
}

function dateCell(value: string, now: number): string {
  return hasFormat(value, 'date-time') ? ago(value, now) : '<invalid>';
}
