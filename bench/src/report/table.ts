import type { Row } from '../scenario.js';
import type { SubjectName } from '../subjects/subject-names.js';
import { subjectNames } from '../subjects/subject-names.js';
import type { Report } from './report.js';

const titles: Readonly<Record<SubjectName, string>> = {
  'virtual-kubelet': 'Virtual Kubelet',
  simulation: 'two-write profile',
  kwok: 'KWOK',
  limit: 'limit',
  playground: 'playground',
  kubernetes: 'Kubernetes',
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

/** Rows that have a subject in common follow each other in one table; a table has columns only for what is in it. */
interface Group {
  readonly rows: readonly Row[];
  readonly subjects: readonly SubjectName[];
}

function groupsOf(rows: readonly Row[]): readonly Group[] {
  const groups: Row[][] = [];
  const shares = (a: Row, b: Row): boolean => Object.keys(a.values).some((subject) => Object.hasOwn(b.values, subject));
  for (const row of rows) {
    const last = groups.at(-1);
    if (last?.some((other) => shares(row, other))) last.push(row);
    else groups.push([row]);
  }
  return groups.map((group) => ({
    rows: group,
    subjects: subjectNames.filter((subject) => group.some(({ values }) => values[subject] !== undefined)),
  }));
}

/** The rows as Markdown tables. */
export function markdownTable(rows: readonly Row[]): string {
  return groupsOf(rows).map(markdownGroup).join('\n\n');
}

function markdownGroup({ rows, subjects }: Group): string {
  const head = ['Measurement', 'unit', ...subjects.map((name) => titles[name]), 'target'];
  const rule = ['---', '---', ...subjects.map(() => '--:'), '---'];
  const body = rows.map((row) => [row.what, row.unit, ...subjects.map((subject) => cell(row, subject)), verdict(row)]);
  return [head, rule, ...body].map(line).join('\n');
}

/** The rows for a terminal: columns of equal width. */
export function textTable(rows: readonly Row[]): string {
  return groupsOf(rows).map(textGroup).join('\n\n');
}

function textGroup({ rows, subjects }: Group): string {
  const head = ['', ...subjects.map((name) => titles[name]), 'unit', 'target'];
  const body = rows.map((row) => [
    row.what,
    ...subjects.map((subject) => cell(row, subject)),
    row.unit,
    verdict(row).replaceAll('**', ''),
  ]);
  const all = [head, ...body];
  const widths = head.map((_, i) => Math.max(...all.map((cells) => cells[i]?.length ?? 0)));
  const isNumber = (i: number): boolean => i >= 1 && i <= subjects.length;
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
