import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const bundler = fileURLToPath(new URL('../bundle.mjs', import.meta.url));
let root = '';
let folder = '';

const bundle = (): Promise<unknown> => run('node', [bundler, folder]);
const version = (): Promise<unknown> => run('node', [join(folder, 'main.js'), 'version']);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bundle-test-'));
  folder = join(root, 'bundle');
  await bundle();
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('the command can be started at any moment of a rebuild, which leaves nothing beside', async () => {
  const progress = { isOver: false };
  const rebuilt = bundle().finally(() => (progress.isOver = true));
  while (!progress.isOver) await version();
  await rebuilt;
  await version();
  expect(await readdir(root)).toEqual(['bundle']);
});

it('a rebuild leaves chunks of an hour to commands that still need them, and takes older ones away', async () => {
  const chunk = join(folder, 'recent-AAAA.js');
  const old = join(folder, 'old-BBBB.js');
  await writeFile(chunk, '');
  await writeFile(old, '');
  const before = Date.now() / 1_000 - 3_700;
  await utimes(old, before, before);
  await bundle();
  const names = await readdir(folder);
  expect([names.includes('recent-AAAA.js'), names.includes('old-BBBB.js')]).toEqual([true, false]);
});
