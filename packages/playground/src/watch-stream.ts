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
  /** Ends the stream once all has been told that happened until then. @default never */
  readonly ending?: AbortSignal | undefined;
}

/** Milliseconds between bookmarks. */
const bookmarkInterval = 60_000;
/** Milliseconds between the last bookmark and the timeout. */
const lastBookmark = 2_000;
const messagesAtOnce = 100;

/** The messages of a watch as they come, in the largest groups that are due. Ends after its timeout, an ERROR or an abort. */
export async function* watchStream(watch: Watch, options: WatchStreamOptions): AsyncGenerator<readonly Message[]> {
  const { clock, random, signal, ending } = options;
  // Where the client leaves it open a server picks 30 to 60 minutes, so that not all come back at once.
  const timeout = watch.timeout === undefined ? (1 + random.next()) * 1_800_000 : watch.timeout * 1000;
  const end = clock.monotonic() + timeout;
  const deadline = clock.deadline(timeout, ending === undefined ? signal : AbortSignal.any([signal, ending]));
  let bookmarkAt = nextBookmark(clock.monotonic(), end);
  try {
    while (!signal.aborted) {
      const messages = watch.take(messagesAtOnce, clock.wall());
      if (messages.length > 0) yield messages;
      if (messages.at(-1)?.type === 'ERROR' || (messages.length === 0 && deadline.signal.aborted)) return;
      if (clock.monotonic() >= bookmarkAt) {
        bookmarkAt = nextBookmark(clock.monotonic(), end);
        const bookmark = watch.bookmark();
        if (bookmark !== undefined) yield [bookmark];
      }
      if (messages.length === 0) await somethingDue(options, { end: deadline.signal, bookmarkAt });
    }
  } finally {
    deadline.release();
  }
}

/** A minute from now, or shortly before the end; never where that has passed. */
function nextBookmark(now: number, end: number): number {
  const next = Math.min(now + bookmarkInterval, end - lastBookmark);
  return next > now ? next : Infinity;
}

interface Due {
  readonly end: AbortSignal;
  readonly bookmarkAt: number;
}

/** Made once: to make an error for every change costs more than the rest of waking up. */
const woken = new DOMException('something is due', 'AbortError');

/** Waits for a change, for the next bookmark, or for the end. */
async function somethingDue(options: WatchStreamOptions, { end, bookmarkAt }: Due): Promise<void> {
  if (end.aborted) return;
  const controller = new AbortController();
  const stopWaiting = (): void => controller.abort(woken);
  const stopListening = options.onChange(stopWaiting);
  end.addEventListener('abort', stopWaiting, { once: true });
  try {
    await options.clock.sleep(Math.min(bookmarkAt - options.clock.monotonic(), 2 ** 31 - 1), controller.signal);
  } catch {
    // Something changed, or the stream is over: the caller looks.
  } finally {
    stopListening();
    end.removeEventListener('abort', stopWaiting);
  }
  // Whatever else is written in this turn goes with it.
  await options.clock.turn();
}
