import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Journal, JournalEntry } from './journal.js';

/** The last line of a file whose writer was killed may be cut: it was never answered, so it never happened. */
function parse(text: string): JournalEntry[] {
  const lines = text.split('\n');
  lines.pop();
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as JournalEntry);
}

async function readEntries(path: string): Promise<JournalEntry[]> {
  try {
    return parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Only what is left of the entries: the file starts short again with every process. */
function compacted(entries: readonly JournalEntry[]): string {
  const live = new Map<string, JournalEntry>();
  for (const entry of entries) {
    if ('put' in entry) live.set(entry.put.ref.uid, entry);
    else live.delete(entry.drop);
  }
  return [...live.values()].map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

/** A journal in a file of JSON lines. Appends of one moment are written together. */
export function fileJournal(path: string): Journal {
  let file: FileHandle | undefined;
  let waiting: { text: string; done: () => void; failed: (error: unknown) => void }[] = [];
  let writing: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await file?.appendFile(batch.map((item) => item.text).join(''));
        for (const item of batch) item.done();
      } catch (error) {
        for (const item of batch) item.failed(error);
      }
    }
    writing = undefined;
  };

  return {
    async load() {
      const entries = await readEntries(path);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.new`, compacted(entries));
      await rename(`${path}.new`, path);
      file = await open(path, 'a');
      return entries;
    },
    append(entry) {
      return new Promise((done, failed) => {
        waiting.push({ text: `${JSON.stringify(entry)}\n`, done, failed });
        writing ??= Promise.resolve().then(drain);
      });
    },
    async close() {
      await writing;
      await file?.close();
      file = undefined;
    },
  };
}
