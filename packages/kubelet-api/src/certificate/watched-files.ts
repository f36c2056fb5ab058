import type { Clock } from '@virtual-kubelet/base';
import { lifetime } from '@virtual-kubelet/base';

/** Reads a text file. */
export type ReadText = (path: string) => Promise<string>;

/** Files that are read again now and then. */
export interface WatchedFiles {
  close(): void;
}

/** Mounted Secrets change by a swap of links, which not every file system tells of: looking is what always works. Milliseconds. */
const interval = 30_000;

/**
 * Reads files again and again and tells when their content is another one than at first.
 * @param changed gets the texts in the order of the paths; when it throws or a file cannot be read, the next look tries again
 */
export function watchFiles(
  paths: readonly string[],
  how: {
    readonly clock: Clock;
    readonly readText: ReadText;
    readonly first: readonly string[];
    readonly changed: (texts: readonly string[]) => void;
    readonly failed: (error: unknown) => void;
  },
): WatchedFiles {
  const { clock, readText, changed, failed } = how;
  const life = lifetime();
  let known = how.first;
  const look = async (): Promise<void> => {
    const texts = await Promise.all(paths.map(readText));
    if (texts.every((text, at) => text === known[at])) return;
    changed(texts);
    known = texts;
  };
  const run = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(interval, life.signal);
      await look().catch(failed);
    }
  };
  // Ends only with its signal.
  run().catch(() => undefined);
  return { close: () => life.abort(new DOMException('the files are not watched any more', 'AbortError')) };
}
