/** Empty folders of pods on this machine: on its disk, or in memory with a size of their own where the process may mount. */
import { execFile } from 'node:child_process';
import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, opendir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { orUndefined, own } from './system-files.js';
import type { EmptyDirPlan } from './volume-plan.js';

const run = promisify(execFile);
/** What `stat` counts blocks in, bytes. */
const blockSize = 512;

async function mountedBelow(folder: string): Promise<readonly string[]> {
  const table = (await orUndefined(readFile('/proc/self/mounts', 'utf8'))) ?? '';
  const places = table.split('\n').map((line) => (line.split(' ')[1] ?? '').replaceAll(String.raw`\040`, ' '));
  return places.filter((place) => place === folder || place.startsWith(`${folder}/`)).toReversed();
}

/** Without the right to mount the folder has no size; who fills it is found by measuring. */
async function mountMemory(path: string, bytes: number): Promise<void> {
  const options = `size=${bytes},mode=0777,nosuid,nodev`;
  await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]).catch(() => undefined);
}

/** Makes the folder once; what is in it is kept. */
export async function makeEmptyDir(path: string, plan: EmptyDirPlan): Promise<void> {
  if (await orUndefined(lstat(path))) return;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await mkdir(path);
  if (plan.memory && plan.size !== undefined) await mountMemory(path, plan.size);
  await own(path, { gid: plan.group });
  await chmod(path, plan.group === undefined ? plan.mode : plan.mode | 0o2770);
}

/** Lets go of memory that was mounted in a folder. */
export async function unmountBelow(folder: string): Promise<void> {
  for (const place of await mountedBelow(folder)) await run('umount', ['-l', place]);
}

/** A file with several names counts once. */
function sizeOf(found: Stats, counted: Set<number>): number {
  if (counted.has(found.ino)) return 0;
  if (found.nlink > 1) counted.add(found.ino);
  return found.blocks * blockSize;
}

/** Bytes that a folder takes with all below it. Files that vanish meanwhile do not count. */
export async function usedBytes(folder: string): Promise<number> {
  const counted = new Set<number>();
  let total = 0;
  const folders = [folder];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    const entries = await orUndefined(opendir(at));
    for await (const entry of entries ?? []) {
      const path = join(at, entry.name);
      const found = await orUndefined(lstat(path));
      if (found) total += sizeOf(found, counted);
      if (entry.isDirectory()) folders.push(path);
    }
  }
  return total;
}
