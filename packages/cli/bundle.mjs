// Bundles the built command: an entry that loads lazily (main.js imports chunks when a command runs) with source maps.
//
//   node bundle.mjs [folder]     writes to dist/bundle unless told otherwise
//
// It may be run while the command runs or is started: files are written beside and renamed, the entry last. Chunks have the
// hash of their content in their names; those of earlier builds stay for an hour, for commands that have yet to load them.
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { version } = JSON.parse(readFileSync(here('./package.json'), 'utf8'));
const compiled = await import(here('./dist/version.js'));
if (compiled.version !== version) throw new Error(`version.ts says ${compiled.version}, package.json ${version}`);

const hour = 3_600_000;
const folder = process.argv[2] ?? here('./dist/bundle');
const beside = `${folder}.${process.pid}`;

await build({
  entryPoints: { main: here('./dist/main.js') },
  outdir: beside,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  minify: true,
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

await mkdir(folder, { recursive: true });
const made = await readdir(beside);
const isEntry = (name) => name === 'main.js';
for (const name of made.toSorted((a, b) => isEntry(a) - isEntry(b)))
  await rename(join(beside, name), join(folder, name));
await rm(beside, { recursive: true });

for (const name of await readdir(folder)) {
  if (made.includes(name)) continue;
  // Another build may have taken it away already.
  const { mtimeMs } = await stat(join(folder, name)).catch(() => ({ mtimeMs: Infinity }));
  if (mtimeMs < Date.now() - hour) await rm(join(folder, name), { force: true });
}
