/**
 * Writes every generated source file, or with --check says which ones are not current.
 * Inputs that are not on this machine are fetched when writing and skipped with a notice when checking.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kubernetesGenerator } from './generate-kubernetes.js';

/** One source of generated files. Paths are relative to the root of the repository. */
export interface Generator {
  /** What the files are made from, with its version. */
  readonly name: string;
  /** Whether the inputs are on this machine. */
  available(): boolean;
  /** Brings the inputs onto this machine. */
  fetch(): void;
  /** The complete text of each file. */
  render(): ReadonlyMap<string, string>;
}

const generators: readonly Generator[] = [kubernetesGenerator];

const root = fileURLToPath(new URL('../..', import.meta.url));

function write(generator: Generator): void {
  if (!generator.available()) generator.fetch();
  for (const [path, text] of generator.render()) {
    if (isCurrent(path, text)) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    say(`wrote ${path}`);
  }
}

function check(generator: Generator): number {
  if (!generator.available()) {
    say(`${generator.name}: not on this machine, its files were not checked`);
    return 0;
  }
  const stale = [...generator.render()].filter(([path, text]) => !isCurrent(path, text));
  for (const [path] of stale) say(`${path} is not current: run node tools/dist/generated.js`);
  return stale.length;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function isCurrent(path: string, text: string): boolean {
  const file = join(root, path);
  return existsSync(file) && readFileSync(file, 'utf8') === text;
}

if (process.argv.includes('--check')) {
  const stale = generators.map(check).reduce((sum, count) => sum + count, 0);
  process.exitCode = stale > 0 ? 1 : 0;
} else {
  for (const generator of generators) write(generator);
}
