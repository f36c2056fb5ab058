import type { Clock } from '@virtual-kubelet/base';

/** A sleep that can be cut short. One sleeper at a time. */
export interface Alarm {
  /** Resolves after `ms` or when rung; at once when it was rung since the last wait. Rejects with the signal's reason. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  ring(): void;
}

/** Makes an {@link Alarm}. */
export function createAlarm(clock: Clock): Alarm {
  let isRung = false;
  let wake: (() => void) | undefined;
  return {
    async wait(ms, signal) {
      signal.throwIfAborted();
      if (!isRung) await sleepUntil(clock, { ms, signal, wakeBy: (way) => (wake = way) });
      wake = undefined;
      isRung = false;
    },
    ring() {
      isRung = true;
      wake?.();
    },
  };
}

interface Sleep {
  readonly ms: number;
  readonly signal: AbortSignal;
  readonly wakeBy: (way: () => void) => void;
}

async function sleepUntil(clock: Clock, { ms, signal, wakeBy }: Sleep): Promise<void> {
  const waking = new AbortController();
  const follow = (): void => waking.abort();
  wakeBy(follow);
  signal.addEventListener('abort', follow, { once: true });
  try {
    await clock.sleep(ms, waking.signal);
  } catch {
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', follow);
  }
}
