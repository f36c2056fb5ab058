/** What writing files for pods shares. */
import { chown } from 'node:fs/promises';

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
