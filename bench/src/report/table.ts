import type { Row, SubjectName } from '../scenario.js';
import { subjectNames } from '../scenario.js';
import type { Report } from './report.js';

const titles: Readonly<Record<SubjectName, string>> = {
  'virtual-kubelet': 'Virtual Kubelet',
  simulation: 'two-write profile',
  kwok: 'KWOK',
  limit: 'limit',
};

function cell(row: Row, subject: SubjectName): string {
  const value = row.values[subject];
  return value === undefined ? '' : String(value);
}

function verdict({ target }: Row): string {
  return target ? `${target.words}: ${target.met ? 'met' : '**not met**'}` : '';
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** The rows as a Markdown table. */
export function markdownTable(rows: readonly Row[]): string {
  const head = ['Measurement', 'unit', ...subjectNames.map((name) => titles[name]), 'target'];
  const rule = ['---', '---', ...subjectNames.map(() => '--:'), '---'];
  const body = rows.map((row) => [
    row.what,
    row.unit,
    ...subjectNames.map((subject) => cell(row, subject)),
    verdict(row),
  ]);
  return [head, rule, ...body].map(line).join('\n');
}

/** The rows for a terminal: columns of equal width. */
export function textTable(rows: readonly Row[]): string {
  const head = ['', ...subjectNames.map((name) => titles[name]), 'unit', 'target'];
  const body = rows.map((row) => [
    row.what,
    ...subjectNames.map((subject) => cell(row, subject)),
    row.unit,
    verdict(row).replaceAll('**', ''),
  ]);
  const all = [head, ...body];
  const widths = head.map((_, i) => Math.max(...all.map((cells) => cells[i]?.length ?? 0)));
  const isNumber = (i: number): boolean => i >= 1 && i <= subjectNames.length;
  const padded = (text: string, i: number): string =>
    isNumber(i) ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0);
  return all.map((cells) => cells.map(padded).join('  ').trimEnd()).join('\n');
}

/** The whole report as a page. */
export function markdownReport(report: Report): string {
  const { machine, versions, date } = report;
  return [
    `# Measured on ${date}`,
    '',
    `${machine.cores} cores (${machine.cpu}), ${machine.memory} GB, ${machine.system}. ${report.took} minutes; load before it began ${report.loadBefore}.`,
    ...(report.isQuick ? ['', '**A smoke run: the numbers mean nothing.**'] : []),
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
    '',
    markdownTable(report.rows),
    ...report.rows.flatMap(({ what, note }) => (note === undefined ? [] : ['', `${what}: ${note}.`])),
    ...report.failures.flatMap(({ scenario, reason }) => ['', `**${scenario} broke off**: ${reason}`]),
    '',
  ].join('\n');
}
