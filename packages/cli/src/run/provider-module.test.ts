import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { virtualKubelet } from '../command.test-kit.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vk-module-'));
  return () => rm(folder, { recursive: true });
});

/** A definition as text, with these fields instead of or beside its own. */
const definition = (fields = ''): string => `export default {
  contract: 1,
  name: 'own',
  summary: 'a provider of somebody else',
  configSchema: { '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value }) } },
  fidelity: { spec: 'full' },
  capabilities: {
    createIdempotency: 'permanent', terminalRetention: 0, durability: 'process', reads: 'consistent',
    consumes: { env: false, volumes: false, tokens: false, pullSecrets: false },
  },
  async open() { throw new Error('it opens'); },
  ${fields}
};`;

async function file(path: string, text: string): Promise<string> {
  const whole = join(folder, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, text);
  return whole;
}

const validate = (provider: string, cwd = folder) =>
  virtualKubelet(['config', 'validate', '--provider', provider], {}, cwd);

describe('a provider that is no part of the command', () => {
  it('is loaded from a path, absolute or from the working directory', async () => {
    const path = await file('own.mjs', definition());
    expect(await validate(path)).toMatchObject({ code: 0, stdout: 'valid: 1 node\n' });
    expect(await validate('./own.mjs')).toMatchObject({ code: 0, stdout: 'valid: 1 node\n' });
    expect(JSON.parse((await virtualKubelet(['providers', path, '-o', 'json'])).stdout)).toEqual({
      name: 'own',
      aliases: [],
      summary: 'a provider of somebody else',
    });
  });

  it('is loaded by the name of its package, as it is installed where the command is started', async () => {
    const manifest = { name: '@somebody/own', version: '1.0.0', type: 'module', exports: './index.js' };
    await file('node_modules/@somebody/own/package.json', JSON.stringify(manifest));
    await file('node_modules/@somebody/own/index.js', definition());
    expect(await validate('@somebody/own')).toMatchObject({ code: 0, stdout: 'valid: 1 node\n' });
    const elsewhere = await validate('@somebody/own', tmpdir());
    expect(elsewhere).toMatchObject({ code: 2, stderr: expect.stringContaining('VK_PROVIDER_UNKNOWN') });
  });

  it.each([
    ['absent.mjs', undefined, 'VK_PROVIDER_MODULE', 'absent.mjs'],
    ['broken.mjs', 'export default {', 'VK_PROVIDER_MODULE', 'Unexpected'],
    ['throws.mjs', 'throw new Error("no licence")', 'VK_PROVIDER_MODULE', 'no licence'],
    ['empty.mjs', 'export const provider = 1', 'VK_PROVIDER_EXPORT', 'does not export a provider'],
    ['later.mjs', definition('contract: 2,'), 'VK_PROVIDER_CONTRACT', 'own'],
    ['name.mjs', definition("name: 'Mine!',"), 'VK_PROVIDER_NAME', 'Mine!'],
  ])('that cannot be used is said to be so: %s', async (name, text, code, words) => {
    if (text !== undefined) await file(name, text);
    const ended = await validate(`./${name}`);
    expect(ended.stderr).toContain(`code: ${code}`);
    expect(ended.stderr).toContain(words);
    expect(ended.stderr).not.toMatch(/^ +at /m);
    expect(ended.code).toBeGreaterThan(0);
  });
});
