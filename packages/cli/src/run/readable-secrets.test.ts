import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemFiles, loadClusterConfig } from '@virtual-kubelet/client';
import type { ClusterConfig } from '@virtual-kubelet/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mentionReadable, readersOf, secretFilesOf } from './readable-secrets.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function kubeconfigWith(user: object): Promise<ClusterConfig> {
  const path = join(folder, 'kubeconfig');
  const config = {
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user }],
  };
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return loadClusterConfig({ files: systemFiles, env: {} }, { kubeconfig: path });
}

describe('a file with a private key', () => {
  it.each([
    ['of its owner alone', { mode: 0o100600, uid: 7 }, undefined],
    ['that everybody may read', { mode: 0o100644, uid: 7 }, 'everybody on this machine'],
    ['that its group may read', { mode: 0o100640, uid: 7 }, 'its group'],
    ['that this process reads by its group only', { mode: 0o100640, uid: 0 }, undefined],
  ])('%s', (_, file, readers) => {
    expect(readersOf(file, 7)).toBe(readers);
  });

  it('is mentioned once with what to do about it, and not when nobody else may read it', async () => {
    const [open, closed] = [join(folder, 'open.key'), join(folder, 'closed.key')];
    await writeFile(open, 'secret');
    await chmod(open, 0o644);
    await writeFile(closed, 'secret', { mode: 0o600 });
    const notes: string[] = [];
    await mentionReadable([open, closed, join(folder, 'none.key'), open], { note: (text) => void notes.push(text) });
    expect(notes).toEqual([
      `everybody on this machine may read ${open}, which holds a private key or a token: chmod 600 ${open}; in a volume of a Secret, set defaultMode: 0400 (VK_KEY_READABLE)`,
    ]);
  });
});

describe('the files with secrets of a kubeconfig', () => {
  it.each([
    ['the key it names', { 'client-certificate': 'u.crt', 'client-key': 'u.key' }, ['u.key']],
    ['itself, with a token', { token: 't' }, ['kubeconfig']],
    ['itself, with a password', { username: 'u', password: 'p' }, ['kubeconfig']],
    ['none, where a token is in a file that changes', { tokenFile: 't' }, []],
    ['none, without credentials', {}, []],
  ])('are %s', async (_, user, files) => {
    expect(secretFilesOf(await kubeconfigWith(user))).toEqual(files.map((name) => join(folder, name)));
  });
});
