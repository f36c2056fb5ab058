import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const begin = '<!-- Made by `npm run generate` from the newest whole run in bench/results: do not edit below. -->';
const end = '<!-- End of the generated part. -->';

/** Names begin with the day, so the last of them is the newest; quick runs and single scenarios name themselves after the cores. */
function newestRun(folder: string): string {
  const runs = readdirSync(folder).filter((file) => file.endsWith('cores.md'));
  const newest = runs.toSorted().at(-1);
  if (newest === undefined) throw new Error('no run of the bench is kept in bench/results');
  return newest;
}

/** A run as a part of another page: its title becomes a sentence. */
function asPart(run: string, file: string): string {
  const [title = '', ...rest] = run.trim().split('\n');
  return `${title.replace(/^# /, '')} ([all of it](../bench/results/${file})):\n${rest.join('\n')}`;
}

/** The page about speed: written by hand, except for the table of the newest whole run. */
export function performancePage(root: string): string {
  const text = readFileSync(join(root, 'docs/performance.md'), 'utf8');
  const [before, rest, ...more] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`docs/performance.md lacks the marks of its table: ${begin} ... ${end}`);
  const folder = join(root, 'bench/results');
  const file = newestRun(folder);
  return `${before}${begin}\n\n${asPart(readFileSync(join(folder, file), 'utf8'), file)}\n\n${end}${after}`;
}
