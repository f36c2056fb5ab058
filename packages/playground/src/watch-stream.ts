/** Turns a watch, which is asked, into a stream, which tells: with timeouts and bookmarks from the clock. */
import type { Clock, Random } from '@virtual-kubelet/base';
import type { Message, Watch } from './store/watch.js';

/** What a stream needs beside the watch. */
export interface WatchStreamOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Calls back at the next write to the watched resource. Returns the way to stop. */
  readonly onChange: (listener: () => void) => () => void;
  /** Ends the stream without an error. */
  readonly signal: AbortSignal;
}

const bookmarkInterval = 60_000;
const messagesAtOnce = 100;

/** The messages of a watch as they come, in the largest groups that are due. Ends after its timeout, an ERROR or an abort. */
export async function* watchStream(watch: Watch, options: WatchStreamOptions): AsyncGenerator<readonly Message[]> {
  const { clock, random, signal } = options;
  // Where the client leaves it open a server picks 30 to 60 minutes, so that not all come back at once.
  const timeout = watch.timeout === undefined ? (1 + random.next()) * 1_800_000 : watch.timeout * 1000;
  const deadline = clock.deadline(timeout, signal);
  try {
    while (!signal.aborted) {
      const messages = watch.take(messagesAtOnce);
      if (messages.length > 0) {
        yield messages;
        if (messages.at(-1)?.type === 'ERROR') return;
      } else if (deadline.signal.aborted) {
        const last = watch.bookmark();
        if (last !== undefined && !signal.aborted) yield [last];
        return;
      } else if ((await nextReason(options, deadline.signal)) === 'bookmark') {
        const bookmark = watch.bookmark();
        if (bookmark !== undefined) yield [bookmark];
      }
    }
  } finally {
    deadline.release();
  }
}

/** Waits for a change, for a minute, or for the end. */
async function nextReason(options: WatchStreamOptions, end: AbortSignal): Promise<'change' | 'bookmark'> {
  const controller = new AbortController();
  const stopWaiting = (): void => controller.abort();
  const stopListening = options.onChange(stopWaiting);
  end.addEventListener('abort', stopWaiting, { once: true });
  try {
    if (end.aborted) return 'change';
    await options.clock.sleep(bookmarkInterval, controller.signal);
    return 'bookmark';
  } catch {
    return 'change';
  } finally {
    stopListening();
    end.removeEventListener('abort', stopWaiting);
  }
}
