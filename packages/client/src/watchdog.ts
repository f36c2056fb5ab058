import type { Clock } from '@virtual-kubelet/base';

/** Aborts its signal when nobody touched it for some time. One timer, however often it is touched. */
export interface Watchdog {
  /** Aborts with what `onSilence` makes, or with the parent's reason. */
  readonly signal: AbortSignal;
  /** A sign of life. A limit in milliseconds replaces the earlier one. */
  touch(limit?: number): void;
  /** Lets go of timer and parent. */
  stop(): void;
}

/** What a {@link Watchdog} needs. */
export interface WatchdogOptions {
  readonly clock: Clock;
  /** Longest silence, milliseconds. */
  readonly limit: number;
  readonly parent: AbortSignal;
  /** Makes the reason of the abort from the limit that passed. */
  readonly onSilence: (limit: number) => unknown;
}

/** Makes a running {@link Watchdog}. */
export function watchdog(options: WatchdogOptions): Watchdog {
  const { clock, parent, onSilence } = options;
  const controller = new AbortController();
  let limit = options.limit;
  let last = clock.monotonic();

  const guard = async (): Promise<void> => {
    for (let left = limit; left > 0; left = last + limit - clock.monotonic())
      await clock.sleep(left, controller.signal);
    controller.abort(onSilence(limit));
  };
  const follow = (): void => controller.abort(parent.reason);

  if (parent.aborted) follow();
  else parent.addEventListener('abort', follow, { once: true });
  // Rejects only because it was stopped.
  guard().catch(() => undefined);
  return {
    signal: controller.signal,
    touch(next = limit) {
      limit = next;
      last = clock.monotonic();
    },
    stop() {
      parent.removeEventListener('abort', follow);
      controller.abort(new DOMException('no longer needed', 'AbortError'));
    },
  };
}
