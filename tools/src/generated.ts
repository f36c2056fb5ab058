/**
 * Writes every generated source file, or with --check says which ones are not current.
 * Inputs that are not on this machine are fetched when writing and skipped with a notice when checking.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { docsGenerator } from './docs/generate-docs.js';
import { kubernetesGenerator, protobufGenerator } from './generate-kubernetes.js';
import type { Generator } from './generator.js';

const generators: readonly Generator[] = [kubernetesGenerator, protobufGenerator, docsGenerator];

const root = fileURLToPath(new URL('../..', import.meta.url));

async function write(generator: Generator): Promise<void> {
  if (!generator.available()) generator.fetch();
  for (const [path, text] of await generator.render()) {
    if (isCurrent(path, text)) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    say(`wrote ${path}`);
  }
}

async function check(generator: Generator): Promise<number> {
  if (!generator.available()) {
    say(`${generator.name}: not on this machine, its files were not checked`);
    return 0;
  }
  const stale = [...(await generator.render())].filter(([path, text]) => !isCurrent(path, text));
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
  const stale = await Promise.all(generators.map(check));
  process.exitCode = stale.some((count) => count > 0) ? 1 : 0;
} else {
  for (const generator of generators) await write(generator);
}
