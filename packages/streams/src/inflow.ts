import { byteQueue } from './byte-queue.js';
import type { ByteQueue } from './byte-queue.js';
import type { StreamLimits } from './limits.js';

/** The receiving half of a session: how much waits in the queues of its streams, and whether its socket may be read. */
export interface Inflow {
  /** A queue for one more stream. */
  open(): ByteQueue;
  /** The session is over: the socket is read to its end, whatever still waits for a reader. */
  release(): void;
}

/**
 * Makes an {@link Inflow}. Neither SPDY as Kubernetes speaks it nor the WebSocket channels have windows, so the only way
 * to slow a sender down is to stop reading its connection: `onPause` says when. Reading goes on when half is consumed.
 */
export function inflow(limits: StreamLimits, onPause: (paused: boolean) => void): Inflow {
  let total = 0;
  let full = 0;
  let paused = false;
  let released = false;

  const review = (): void => {
    const crowded = full > 0 || total > (paused ? limits.sessionBuffer / 2 : limits.sessionBuffer);
    const pause = crowded && !released;
    if (pause === paused) return;
    paused = pause;
    onPause(pause);
  };
  const open = (): ByteQueue => {
    let cost = 0;
    let isFull = false;
    return byteQueue((change) => {
      cost += change;
      total += change;
      const nowFull = cost > (isFull ? limits.streamBuffer / 2 : limits.streamBuffer);
      if (nowFull !== isFull) full += nowFull ? 1 : -1;
      isFull = nowFull;
      review();
    });
  };
  const release = (): void => {
    released = true;
    review();
  };
  return { open, release };
}
