import type { Clock } from '@virtual-kubelet/base';
import { CodedError, untilAborted } from '@virtual-kubelet/base';
import { ApiError, codedAnswer } from '@virtual-kubelet/client';
import type { StartDeadline } from './start-deadline.js';

/** Without a startup timeout, an API server that does not answer is given this long. Milliseconds. */
const patience = 30_000;
const pause = 2_000;

/** How to wait for the first answer of the API server. */
export interface FirstContactOptions {
  readonly clock: Clock;
  /** Bounds the waiting; where it has no end, {@link patience} does. */
  readonly start: StartDeadline;
  /** Told once, before the first wait. */
  readonly waiting: (error: Error) => void;
}

/** Whether the failure may pass by itself: a server that starts, a network that comes back. */
export function mayPass(error: unknown): error is Error {
  if (error instanceof ApiError) return error.status >= 500 || error.status === 429;
  return error instanceof CodedError && (error.code === 'VK_API_UNREACHABLE' || error.code === 'VK_API_TIMEOUT');
}

/**
 * Connects, again and again while the API server does not answer: an agent is often started together with it. Everything
 * that waiting cannot mend (credentials, certificates, configuration) is thrown at once. The last failure is what the start
 * is blamed on when its time is over.
 */
export async function firstContact<T>(connect: () => Promise<T>, options: FirstContactOptions): Promise<T> {
  const { clock, start } = options;
  const until = clock.monotonic() + (start.isBounded ? Infinity : patience);
  for (let failures = 0; ; failures += 1) {
    try {
      const found = await untilAborted(connect(), start.signal);
      start.blame(() => undefined);
      return found;
    } catch (error) {
      start.signal.throwIfAborted();
      if (!mayPass(error) || clock.monotonic() + pause > until) throw error;
      if (failures === 0) options.waiting(error);
      start.blame(() => (error instanceof CodedError ? error : codedAnswer(error)));
      await clock.sleep(pause, start.signal);
    }
  }
}
