import { chmod, readFile, rename, writeFile } from 'node:fs/promises';

/** Readable by their owner only: such files hold credentials. */
const own = 0o600;

/** The text of a file; undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Written beside and moved over: a reader sees the old file or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.new`;
  await writeFile(beside, text, { mode: own });
  // One that was left over keeps its mode otherwise.
  await chmod(beside, own);
  await rename(beside, path);
}
