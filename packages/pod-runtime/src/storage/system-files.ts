/** What writing files for pods shares. */
import { chown, lstat, mkdir } from 'node:fs/promises';

/** Whether a file operation failed because nothing is there. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** The outcome of a file operation; undefined when nothing is there. */
export async function orUndefined<T>(task: Promise<T>): Promise<T | undefined> {
  try {
    return await task;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Gives a file away. Without the right to do so (rootless) it stays the process's own, which is root in its containers. */
export async function own(
  path: string,
  owner: { readonly uid?: number | undefined; readonly gid?: number | undefined },
): Promise<void> {
  const { uid, gid } = owner;
  if (uid === undefined && gid === undefined) return;
  try {
    await chown(path, uid ?? 0, gid ?? 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) throw error;
  }
}

/** Makes a folder that only this user can open. Where anybody may make folders, somebody else's is not taken for it. */
export async function makePrivate(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== (process.geteuid?.() ?? found.uid) || (found.mode & 0o022) !== 0)
    throw new Error(`${path} is open to other users: remove it`);
}
