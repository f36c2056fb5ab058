import type { Clock } from '@virtual-kubelet/base';

/** Timers hold 24 days at most, and wall clocks are set: it is looked at again after this, milliseconds. */
const look = 86_400_000;

/** Resolves when the wall clock shows this time or a later one; rejects with the signal's reason. @param time milliseconds since the epoch */
export async function waitUntil(clock: Clock, time: number, signal: AbortSignal): Promise<void> {
  for (let left = time - clock.wall(); left > 0; left = time - clock.wall())
    await clock.sleep(Math.min(left, look), signal);
}
