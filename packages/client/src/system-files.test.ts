import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemFiles } from './system-files.js';

describe('the file system', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-files-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('gives the text of a file', async () => {
    await writeFile(join(folder, 'a'), 'text');
    expect(await systemFiles.readText(join(folder, 'a'))).toBe('text');
  });

  it('gives nothing for a file that does not exist, nor for one below a file', async () => {
    await writeFile(join(folder, 'b'), '');
    expect(await systemFiles.readText(join(folder, 'c'))).toBeUndefined();
    expect(await systemFiles.readText(join(folder, 'b', 'c'))).toBeUndefined();
  });

  it('rejects for what is not a file', async () => {
    await expect(systemFiles.readText(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  });
});
