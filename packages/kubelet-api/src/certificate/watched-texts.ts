import type { Clock } from '@virtual-kubelet/base';
import { lifetime } from '@virtual-kubelet/base';

/** Texts that are read again now and then. */
export interface WatchedTexts {
  close(): void;
}

/** What is watched, and who is told. */
export interface WatchOptions {
  readonly clock: Clock;
  /** Milliseconds between two looks. */
  readonly interval: number;
  readonly first: readonly string[];
  /** Undefined when there is nothing to be read: what is known stays. */
  readonly read: (signal: AbortSignal) => Promise<readonly string[] | undefined>;
  /** Gets texts other than those known. When it throws or they cannot be read, the next look tries again. */
  readonly changed: (texts: readonly string[]) => void;
  readonly failed: (error: unknown) => void;
}

/** Reads texts again and again and tells when they are others than at first. */
export function watchTexts({ clock, interval, first, read, changed, failed }: WatchOptions): WatchedTexts {
  const life = lifetime();
  const { signal } = life;
  let known = first;
  const look = async (): Promise<void> => {
    const texts = await read(signal);
    if (!texts || texts.every((text, at) => text === known[at])) return;
    changed(texts);
    known = texts;
  };
  const run = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(interval, signal);
      await look().catch((error: unknown) => {
        if (!signal.aborted) failed(error);
      });
    }
  };
  // Ends only with its signal.
  run().catch(() => undefined);
  return { close: () => life.abort(new DOMException('the texts are not watched any more', 'AbortError')) };
}
