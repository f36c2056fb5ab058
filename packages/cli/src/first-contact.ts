import type { Clock } from '@virtual-kubelet/base';
import { CodedError } from '@virtual-kubelet/base';
import { ApiError } from '@virtual-kubelet/client';

/** Without a startup timeout, an API server that does not answer is given this long. Milliseconds. */
const patience = 30_000;
const pause = 2_000;

/** How to wait for the first answer of the API server. */
export interface FirstContactOptions {
  readonly clock: Clock;
  /** Milliseconds; 0: {@link patience}. */
  readonly timeout: number;
  /** Told once, before the first wait. */
  readonly waiting: (error: Error) => void;
  readonly signal: AbortSignal;
}

/** Whether the failure may pass by itself: a server that starts, a network that comes back. */
export function mayPass(error: unknown): error is Error {
  if (error instanceof ApiError) return error.status >= 500 || error.status === 429;
  return error instanceof CodedError && (error.code === 'VK_API_UNREACHABLE' || error.code === 'VK_API_TIMEOUT');
}

/**
 * Connects, again and again while the API server does not answer: an agent is often started together with it. Everything
 * that waiting cannot mend (credentials, certificates, configuration) is thrown at once.
 */
export async function firstContact<T>(connect: () => Promise<T>, options: FirstContactOptions): Promise<T> {
  const { clock, timeout, signal } = options;
  const until = clock.monotonic() + (timeout === 0 ? patience : timeout);
  for (let failures = 0; ; failures += 1) {
    try {
      return await connect();
    } catch (error) {
      if (!mayPass(error) || clock.monotonic() + pause > until) throw error;
      if (failures === 0) options.waiting(error);
      await clock.sleep(pause, signal);
    }
  }
}
