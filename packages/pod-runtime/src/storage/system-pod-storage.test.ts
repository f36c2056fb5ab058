import { execFileSync } from 'node:child_process';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sensitive } from '@virtual-kubelet/base';
import type { ContentVolume } from '@virtual-kubelet/provider';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EmptyDirPlan, PodRecord, PodStorage, VolumePlan } from '../index.js';
import { createPodStorage } from '../index.js';
import { inputsFor, podOf, ref } from '../pod-world.test-kit.js';

/** Asked of a namespace of its own, so that the asking leaves nothing. */
const mayMount = ((): boolean => {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
})();

async function storage(): Promise<PodStorage & { root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'vk-storage-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return Object.assign(createPodStorage({ root: join(root, 'pods'), memoryRoot: join(root, 'shm') }), { root });
}

function contents(revision: string, files: Readonly<Record<string, string>>, mode = 0o644): VolumePlan {
  const volume: ContentVolume = {
    kind: 'contents',
    name: 'v',
    revision,
    sensitive: false,
    files: Object.entries(files).map(([path, text]) => ({ path, mode, content: new Sensitive(btoa(text)) })),
  };
  return { kind: 'contents', name: 'v', volume };
}

describe('a volume of contents', () => {
  it('shows files behind one link that is swapped, so that no reader sees a mixture', async () => {
    const s = await storage();
    const path = await s.prepareVolume('u1', contents('1', { a: 'one', 'dir/b': 'two' }, 0o400));
    expect(await readFile(join(path, 'a'), 'utf8')).toBe('one');
    expect(await readFile(join(path, 'dir/b'), 'utf8')).toBe('two');
    expect((await stat(join(path, 'a'))).mode & 0o777).toBe(0o400);
    expect(await readlink(join(path, 'a'))).toBe('..data/a');
    const before = await readlink(join(path, '..data'));

    await s.prepareVolume('u1', contents('2', { a: 'three' }));
    expect(await readlink(join(path, '..data'))).not.toBe(before);
    expect(await readFile(join(path, 'a'), 'utf8')).toBe('three');
    expect((await readdir(path)).toSorted()).toEqual([expect.stringMatching(/^\.\.[0-9a-f]+$/), '..data', 'a']);
  });

  it('is left alone when nothing changed', async () => {
    const s = await storage();
    const path = await s.prepareVolume('u1', contents('1', { a: 'one' }));
    const before = (await stat(join(path, 'a'))).ino;
    await s.prepareVolume('u1', contents('1', { a: 'one' }));
    expect((await stat(join(path, 'a'))).ino).toBe(before);
  });
});

describe('other volumes', () => {
  it('empty ones are open to all, and keep what is in them', async () => {
    const s = await storage();
    const plan: VolumePlan = { kind: 'emptyDir', name: 'e', memory: false, mode: 0o777 };
    const path = await s.prepareVolume('u1', plan);
    expect((await stat(path)).mode & 0o7777).toBe(0o777);
    await writeFile(join(path, 'x'), '1');
    expect(await s.prepareVolume('u1', plan)).toBe(path);
    expect(await readdir(path)).toEqual(['x']);
    expect(await s.prepareVolume('u1', { ...plan, name: 'm', memory: true })).toBe(join(s.root, 'shm/u1/m'));
  });

  it('paths of the machine are checked for their kind, and links out of what is allowed are refused', async () => {
    const s = await storage();
    const free = join(s.root, 'free');
    await mkdir(free);
    await symlink('/etc', join(free, 'out'));
    const plan = (path: string, type: string): VolumePlan => ({
      kind: 'path',
      name: 'h',
      path,
      type,
      readOnly: false,
      within: [free],
    });
    expect(await s.prepareVolume('u1', plan(join(free, 'new'), 'DirectoryOrCreate'))).toBe(join(free, 'new'));
    await expect(s.prepareVolume('u1', plan(join(free, 'new'), 'File'))).rejects.toThrow('is not a File');
    await expect(s.prepareVolume('u1', plan(join(free, 'gone'), 'Directory'))).rejects.toThrow('does not exist');
    await expect(s.prepareVolume('u1', plan(join(free, 'out'), 'Directory'))).rejects.toThrow('leads out');
  });

  it('nothing is made where a link leads out of what is allowed', async () => {
    const s = await storage();
    const [free, other] = [join(s.root, 'free'), join(s.root, 'other')];
    const plan = (path: string, type: string): VolumePlan => ({
      kind: 'path',
      name: 'h',
      path: join(free, path),
      type,
      readOnly: false,
      within: [free],
    });
    // The folder of the operator may come into being with the first pod.
    expect(await s.prepareVolume('u1', plan('a/b', 'DirectoryOrCreate'))).toBe(join(free, 'a/b'));
    await mkdir(other);
    await symlink(other, join(free, 'out'));
    await symlink(join(other, 'file'), join(free, 'nowhere'));
    for (const type of ['', 'DirectoryOrCreate', 'FileOrCreate'])
      await expect(s.prepareVolume('u1', plan('out/new', type))).rejects.toThrow('leads out');
    await expect(s.prepareVolume('u1', plan('nowhere', 'FileOrCreate'))).rejects.toThrow('is a link to nothing');
    expect(await readdir(other)).toEqual([]);
  });

  it('paths below a volume are made, and never lead out of it', async () => {
    const s = await storage();
    const volume = await s.prepareVolume('u1', { kind: 'emptyDir', name: 'e', memory: false, mode: 0o777 });
    expect(await s.subPath(volume, 'a/b')).toBe(join(volume, 'a/b'));
    await symlink('/etc', join(volume, 'out'));
    await expect(s.subPath(volume, 'out/passwd')).rejects.toThrow('leads out');
    await expect(s.subPath(volume, '../x')).rejects.toThrow('leads out');
  });
});

describe('an empty folder', () => {
  it('tells what it holds, a file with two names once', async () => {
    const s = await storage();
    const plan: EmptyDirPlan = { kind: 'emptyDir', name: 'e', memory: false, mode: 0o777 };
    expect(await s.usedBytes('u1', plan)).toBe(0);
    const path = await s.prepareVolume('u1', plan);
    await mkdir(join(path, 'deep'));
    const before = await s.usedBytes('u1', plan);
    await writeFile(join(path, 'deep/x'), Buffer.alloc(100_000, 1));
    await link(join(path, 'deep/x'), join(path, 'y'));
    const grown = (await s.usedBytes('u1', plan)) - before;
    expect(grown).toBeGreaterThanOrEqual(100_000);
    expect(grown).toBeLessThan(150_000);
  });

  it('in memory is not made below a folder that is open to others, or that is a link to one', async () => {
    const plan: EmptyDirPlan = { kind: 'emptyDir', name: 'm', memory: true, mode: 0o777 };
    const open = await storage();
    await mkdir(join(open.root, 'shm'));
    await chmod(join(open.root, 'shm'), 0o777);
    await expect(open.prepareVolume('u1', plan)).rejects.toThrow('is open to other users');
    const linked = await storage();
    await symlink(tmpdir(), join(linked.root, 'shm'));
    await expect(linked.prepareVolume('u1', plan)).rejects.toThrow('is open to other users');
  });

  it.runIf(mayMount)('in memory holds no more than its size, and goes with the pod', async () => {
    const s = await storage();
    const path = await s.prepareVolume('u1', {
      kind: 'emptyDir',
      name: 'm',
      memory: true,
      mode: 0o777,
      size: 65_536,
      group: 4_711,
    });
    const found = await stat(path);
    expect([found.mode & 0o7777, found.gid]).toEqual([0o2777, 4_711]);
    await expect(writeFile(join(path, 'x'), Buffer.alloc(100_000))).rejects.toMatchObject({ code: 'ENOSPC' });
    await s.remove('u1');
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(path);
  });

  it('lends its mode to folders below it that containers mount', async () => {
    const s = await storage();
    const volume = await s.prepareVolume('u1', { kind: 'emptyDir', name: 'e', memory: false, mode: 0o777 });
    expect((await stat(await s.subPath(volume, 'a/b'))).mode & 0o777).toBe(0o777);
  });
});

describe('images a node has pulled', () => {
  it('are remembered, and forgotten when the list was cut off', async () => {
    const s = await storage();
    expect(await s.loadImages()).toEqual([]);
    const image = { id: 'i', name: 'x:1', pulledAt: 1, usedAt: 2 };
    await s.saveImages([image]);
    expect(await s.loadImages()).toEqual([image]);
    expect(await s.folders()).toEqual([]);
    await writeFile(join(s.root, 'pods/.images/pulled.json'), '[{');
    expect(await s.loadImages()).toEqual([]);
  });
});

describe('records', () => {
  it('come back, hold nothing of what is secret, are open to nobody else, and go with the pod', async () => {
    const s = await storage();
    const pod = podOf();
    const pullSecrets = [{ registry: 'r', username: 'u', password: new Sensitive('canary') }];
    const record: PodRecord = { ref, attempt: 1, pod, marks: { x: { ready: true } } };
    await s.save({ ...record, ...{ inputs: inputsFor(pod, { pullSecrets }) } });
    const [found] = await s.load();
    expect(await readFile(join(s.root, 'pods/u1/record.json'), 'utf8')).not.toContain('canary');
    expect(found).toEqual(record);
    expect((await stat(join(s.root, 'pods/u1/record.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(s.root, 'pods/u1'))).mode & 0o777).toBe(0o700);
    await s.remove('u1');
    expect(await s.load()).toEqual([]);
  });

  it('that were cut off are passed over', async () => {
    const s = await storage();
    await mkdir(join(s.root, 'pods/u9'), { recursive: true });
    await writeFile(join(s.root, 'pods/u9/record.json'), '{"ref":');
    expect(await s.load()).toEqual([]);
    expect(await s.folders()).toEqual(['u9']);
  });
});

describe('files of containers', () => {
  it('keep their identity when they change, and last words are cut at 4 KiB', async () => {
    const s = await storage();
    const hosts = await s.writeFile('u1', 'hosts', '1');
    const before = (await stat(hosts)).ino;
    await s.writeFile('u1', 'hosts', '2');
    expect((await stat(hosts)).ino).toBe(before);
    const run = { uid: 'u1', container: 'a', attempt: 0 };
    expect(await s.readTerminationLog(run)).toBe('');
    await writeFile(await s.createTerminationLog(run), 'x'.repeat(5_000));
    expect(await s.readTerminationLog(run)).toHaveLength(4_096);
  });
});
