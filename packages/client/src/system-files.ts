import { open } from 'node:fs/promises';
import type { Files } from './files.js';

/** Configuration and credential files are a few kilobytes; more than this is a mistake, such as a device. */
const largest = 16 * 1024 * 1024;

/** ENOTDIR: a part of the path is a file, so what is below it does not exist either. */
function isAbsent(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

async function read(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size > largest) throw new RangeError(`larger than ${largest} bytes`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** The machine's file system. */
export const systemFiles: Files = {
  async readText(path) {
    try {
      return await read(path);
    } catch (thrown) {
      if (isAbsent(thrown)) return undefined;
      throw thrown;
    }
  },
};
