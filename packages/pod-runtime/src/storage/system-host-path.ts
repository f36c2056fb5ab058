/** Paths of the machine and of volumes that go into containers, once links are followed. */
import { chmod, lstat, mkdir, open, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { orUndefined } from './system-files.js';
import type { VolumePlan } from './volume-plan.js';
import { isBelow } from './volume-plan.js';

type PathPlan = Extract<VolumePlan, { kind: 'path' }>;

const kinds: Readonly<Record<string, (found: Awaited<ReturnType<typeof lstat>>) => boolean>> = {
  Directory: (found) => found.isDirectory(),
  DirectoryOrCreate: (found) => found.isDirectory(),
  File: (found) => found.isFile(),
  FileOrCreate: (found) => found.isFile(),
  Socket: (found) => found.isSocket(),
  CharDevice: (found) => found.isCharacterDevice(),
  BlockDevice: (found) => found.isBlockDevice(),
};

/** The path with its links followed, as far as something is there. @throws Error for a link that leads to nothing */
async function realStart(path: string): Promise<string> {
  const real = await orUndefined(realpath(path));
  if (real !== undefined) return real;
  if (await orUndefined(lstat(path))) throw new Error(`${path} is a link to nothing`);
  return realStart(dirname(path));
}

async function refuseOutside({ path, within }: PathPlan): Promise<void> {
  const real = await realStart(path);
  const allowed = await Promise.all(within.map(realStart));
  if (!allowed.some((folder) => isBelow(real, folder)))
    throw new Error(`${path} leads out of the folders pods may mount`);
}

async function makeMissing({ path, type }: PathPlan): Promise<void> {
  if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 });
  if (type === 'FileOrCreate') await (await open(path, 'a', 0o644)).close();
  if (type === '') await orUndefined(mkdir(path, { recursive: true }).catch(ignoreExisting));
}

/** The real path of a folder or file of the machine, after its kind was checked and links were followed. */
export async function usePath(plan: PathPlan): Promise<string> {
  // Nothing is made where a link leads out.
  await refuseOutside(plan);
  await makeMissing(plan);
  const real = await orUndefined(realpath(plan.path));
  if (real === undefined) throw new Error(`hostPath type check failed: ${plan.path} does not exist`);
  await refuseOutside(plan);
  const check = Object.hasOwn(kinds, plan.type) ? kinds[plan.type] : undefined;
  if (check && !check(await lstat(real)))
    throw new Error(`hostPath type check failed: ${plan.path} is not a ${plan.type}`);
  return real;
}

function ignoreExisting(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
  throw error;
}

/** A folder with the mode of its volume, so that whoever may write to that may write here; its group comes by itself. */
async function makeLike(volumePath: string, path: string): Promise<void> {
  const { mode } = await lstat(volumePath);
  await mkdir(path);
  await chmod(path, mode & 0o7777);
}

/** Walks down part by part, so that no link is followed out of the volume. */
export async function walkInto(volumePath: string, path: string): Promise<string> {
  const base = await realpath(volumePath);
  let at = base;
  for (const part of path.split('/').filter((word) => word !== '' && word !== '.')) {
    if (part === '..') throw new Error(`subPath ${JSON.stringify(path)} leads out of its volume`);
    const next = join(at, part);
    const real = await orUndefined(realpath(next));
    if (real === undefined) await makeLike(base, next);
    at = real ?? next;
    if (!isBelow(at, base)) throw new Error(`subPath ${JSON.stringify(path)} leads out of its volume`);
  }
  return at;
}
