// Bundles the built command: an entry that loads lazily (dist/main.js imports chunks when a command runs) with source maps.
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { version } = JSON.parse(readFileSync(here('./package.json'), 'utf8'));
const compiled = await import(here('./dist/version.js'));
if (compiled.version !== version) throw new Error(`version.ts says ${compiled.version}, package.json ${version}`);

await rm(here('./dist/bundle'), { recursive: true, force: true });
await build({
  entryPoints: { main: here('./dist/main.js') },
  outdir: here('./dist/bundle'),
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
