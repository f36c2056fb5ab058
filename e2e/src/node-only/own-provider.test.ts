/** "Run it" of docs/providers.md: its lines, in an empty folder, as an author types them. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPlaygroundCommand } from '../virtual-kubelet.js';

const checkout = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vk-author-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The lines after the prompts of the section. */
async function printedLines(): Promise<readonly string[]> {
  const page = await readFile(join(checkout, 'docs/providers.md'), 'utf8');
  const [, section = ''] = /^## Run it\n([\s\S]*?)^## /m.exec(page) ?? [];
  return [...section.matchAll(/^\$ (.*)$/gm)].map(([, line = '']) => line);
}

// Tests need no registry: compiler and types are those of the checkout.
const types = 'mkdir -p node_modules/@types && ln -s "$VK"/node_modules/@types/node node_modules/@types/node';
const withoutRegistry = (line: string): string =>
  line.startsWith('npm install --save-dev') ? types : line.replace(/^npx tsc/, '"$VK"/node_modules/.bin/tsc');

test('a provider of another folder is built by the lines of the page, and runs a pod on the playground', async () => {
  const lines = await printedLines();
  const last = lines.at(-1) ?? '';
  const script = ['set -e', ...lines.slice(0, -1).map(withoutRegistry)].join('\n');
  const VK = checkout;
  await promisify(execFile)('sh', ['-c', script], { cwd: folder, env: { ...process.env, VK, HOME: folder } });
  const [command, verb, ...flags] = last.split(' ').map((word) => word.replace('"$VK"', checkout));
  expect([command, verb]).toEqual([join(checkout, 'bin/virtual-kubelet'), 'playground']);
  const kubeconfig = { VK_PLAYGROUND_KUBECONFIG: join(folder, 'kubeconfig') };
  const playground = await startPlaygroundCommand(flags, kubeconfig, join(folder, 'my-provider'));
  expect(playground.log()).toContain('nodes of process are Ready · vkubelet-process-0');
  expect(playground.log()).toContain('pod/sleeper is Running · vkubelet-process-0 127.0.0.1');
  expect(await playground.stop('SIGINT')).toBe(0);
}, 60_000);
