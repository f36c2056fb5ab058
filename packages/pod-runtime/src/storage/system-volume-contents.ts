/** Files of a volume whose contents come from the cluster. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContentVolume } from '@virtual-kubelet/provider';
import { orUndefined, own } from './system-files.js';
import { isBelow } from './volume-plan.js';

async function writeFiles(folder: string, volume: ContentVolume): Promise<void> {
  const folderMode = volume.gid === undefined ? 0o755 : 0o2775;
  const folders = new Set<string>([folder]);
  for (const file of volume.files) {
    for (let at = dirname(join(folder, file.path)); at.startsWith(folder); at = dirname(at)) folders.add(at);
  }
  for (const path of [...folders].toSorted()) {
    await mkdir(path, { recursive: true });
    await own(path, { gid: volume.gid });
    await chmod(path, folderMode);
  }
  for (const file of volume.files) {
    const path = join(folder, file.path);
    if (!isBelow(path, folder)) throw new RangeError(`${JSON.stringify(file.path)} leads out of its volume`);
    await writeFile(path, Buffer.from(file.content.reveal(), 'base64'), { mode: 0o600 });
    await own(path, { uid: file.uid, gid: volume.gid });
    await chmod(path, file.mode);
  }
}

async function link(folder: string, name: string, target: string): Promise<void> {
  const path = join(folder, name);
  if ((await orUndefined(readlink(path))) === target) return;
  const fresh = join(folder, `..new-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`);
  await rm(fresh, { force: true });
  await symlink(target, fresh);
  await rename(fresh, path);
}

/**
 * Contents change in one step: readers see the folder behind `..data`, and that link is replaced by a rename, as
 * kubernetes/kubernetes:pkg/volume/util/atomic_writer.go does.
 */
export async function writeContents(folder: string, volume: ContentVolume): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const data = `..${createHash('sha256').update(volume.revision).digest('hex').slice(0, 24)}`;
  if ((await orUndefined(readlink(join(folder, '..data')))) !== data) {
    await rm(join(folder, data), { recursive: true, force: true });
    await writeFiles(join(folder, data), volume);
    await link(folder, '..data', data);
  }
  const names = new Set(volume.files.map(({ path }) => path.split('/')[0] ?? ''));
  for (const name of names) await link(folder, name, join('..data', name));
  for (const name of await readdir(folder)) {
    const kept = names.has(name) || name === '..data' || name === data;
    if (!kept) await rm(join(folder, name), { recursive: true, force: true });
  }
}
