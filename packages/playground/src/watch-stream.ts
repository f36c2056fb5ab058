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
  const bell = createBell();
  deadline.signal.addEventListener('abort', bell.ring, { once: true });
  let bookmark = bookmarkTimer(clock, end, bell);
  try {
    while (!signal.aborted) {
      const messages = watch.take(messagesAtOnce, clock.wall());
      if (messages.length > 0) yield messages;
      if (messages.at(-1)?.type === 'ERROR' || (messages.length === 0 && deadline.signal.aborted)) return;
      if (bookmark.isDue()) {
        bookmark = bookmarkTimer(clock, end, bell);
        const reached = watch.bookmark();
        if (reached !== undefined) yield [reached];
        // While it was read nobody listened for writes.
        continue;
      }
      if (messages.length === 0) await somethingDue(options, bell);
    }
  } finally {
    deadline.signal.removeEventListener('abort', bell.ring);
    deadline.release();
    bookmark.stop();
  }
}

/** A minute from now, or shortly before the end; never where that has passed. */
function nextBookmark(now: number, end: number): number {
  const next = Math.min(now + bookmarkInterval, end - lastBookmark);
  return next > now ? next : Infinity;
}

interface BookmarkTimer {
  isDue(): boolean;
  stop(): void;
}

/** Rings when the next bookmark is due. */
function bookmarkTimer(clock: Clock, end: number, bell: Bell): BookmarkTimer {
  const at = nextBookmark(clock.monotonic(), end);
  if (at === Infinity) return { isDue: () => false, stop: () => undefined };
  const timer = clock.deadline(at - clock.monotonic());
  timer.signal.addEventListener('abort', bell.ring, { once: true });
  return { isDue: () => clock.monotonic() >= at, stop: timer.release };
}

/** Wakes who waits; made once a stream, since a hundred streams are woken by each change. */
interface Bell {
  ring(): void;
  /** Resolves at the next ring, or at once where it rang since the last time. */
  heard(): Promise<void>;
}

function createBell(): Bell {
  let isRung = false;
  let wake = (): void => undefined;
  return {
    ring() {
      isRung = true;
      wake();
    },
    async heard() {
      if (!isRung) await new Promise<void>((resolve) => (wake = resolve));
      isRung = false;
    },
  };
}

/** Waits for a change, for the next bookmark, or for the end. */
async function somethingDue({ onChange, clock }: WatchStreamOptions, bell: Bell): Promise<void> {
  const stopListening = onChange(bell.ring);
  await bell.heard();
  stopListening();
  // Whatever else is written in this turn goes with it.
  await clock.turn();
}
