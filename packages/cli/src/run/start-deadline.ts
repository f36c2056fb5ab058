import type { Clock, CodedError } from '@virtual-kubelet/base';
import { errorsOf, lifetime } from '@virtual-kubelet/base';
import { errors } from '../errors.js';

const fail = errorsOf(errors);

/** The time a whole start may take: begun once, and handed to every part of it. */
export interface StartDeadline {
  /** Aborts when the time is over or the program is to stop; its reason is the error to end with. */
  readonly signal: AbortSignal;
  /** As the user wrote it. */
  readonly text: string;
  /** Whether there is an end at all. */
  readonly isBounded: boolean;
  /**
   * Who knows what is wrong if the time is over now: an error is told in place of the timeout, words are told with it.
   * Undefined: nothing is known to be wrong.
   */
  blame(trouble: () => CodedError | string | undefined): void;
  /** The start is over: the time no longer matters. */
  release(): void;
}

/** What a {@link StartDeadline} is made of. */
export interface StartDeadlineOptions {
  readonly clock: Clock;
  /** Monotonic time at which the start began. */
  readonly began: number;
  /** Milliseconds; 0: for ever. */
  readonly timeout: number;
  readonly text: string;
  /** Aborts when the program is to stop. */
  readonly stop: AbortSignal;
}

/**
 * Begins the deadline of a start. Time that passed before, such as for reading settings, counts. When it is over the
 * signal aborts with what was blamed last, or else with `VK_STARTUP_TIMEOUT`.
 */
export function startDeadline({ clock, began, timeout, text, stop }: StartDeadlineOptions): StartDeadline {
  const over = lifetime();
  const isBounded = timeout > 0;
  let blamed: () => CodedError | string | undefined = () => undefined;
  const reason = (): CodedError => {
    const trouble = blamed() ?? '';
    if (typeof trouble !== 'string') return trouble;
    return fail('VK_STARTUP_TIMEOUT', { timeout: text }, trouble === '' ? undefined : new Error(trouble));
  };
  const follow = (): void => over.abort(stop.reason);
  if (stop.aborted) follow();
  else stop.addEventListener('abort', follow, { once: true });
  const limit = isBounded ? clock.deadline(began + timeout - clock.monotonic(), stop) : undefined;
  limit?.signal.addEventListener('abort', () => (stop.aborted ? follow() : over.abort(reason())), { once: true });
  return {
    signal: over.signal,
    text,
    isBounded,
    blame(trouble) {
      blamed = trouble;
    },
    release() {
      limit?.release();
    },
  };
}
