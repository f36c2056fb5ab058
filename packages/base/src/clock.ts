/** An abort signal that fires by itself after a time, unless released first. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Stops the timer and lets go of the parent signal. Safe to call twice. */
  release(): void;
}

/**
 * The only source of time in the core. Wall time is for timestamps other programs read;
 * intervals are measured on the monotonic clock, which no clock change can move.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump in either direction. */
  wall(): number;
  /** Milliseconds since an arbitrary point; never goes back. */
  monotonic(): number;
  /**
   * Resolves after `ms` milliseconds. Rejects with the signal's reason when it aborts first.
   * Zero and negative values resolve in a later turn; values above 2^31-1 are clamped.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts with a `TimeoutError` after `ms`, or with the parent's reason when that aborts. */
  deadline(ms: number, parent?: AbortSignal): Deadline;
  /** Lets input, output and timers run before the caller continues; used between slices of long work. */
  turn(): Promise<void>;
}

/** Longest delay a Node timer can hold, in milliseconds; larger values fire at once. */
export const longestDelay = 2_147_483_647;

/** Reason of a {@link Deadline} whose time is over. */
export function timeoutError(ms: number): DOMException {
  return new DOMException(`gave up after ${ms} ms`, 'TimeoutError');
}
