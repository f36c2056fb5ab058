import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The heap at one look. */
export interface HeapLook {
  /** Bytes that are alive or not yet collected. */
  readonly used: number;
  /** Bytes taken from the system. */
  readonly total: number;
  /** Part of the time since the look before in which the event loop did something. */
  readonly busy: number;
}

/** Milliseconds between two looks. */
const interval = 15_000;
/** Up to this nothing happens that a pause could keep waiting: Leases, polls, a look at each of many pods a minute. */
const restful = 0.2;
/** Bytes that are worth a pause. */
const worthwhile = 16 * 1024 * 1024;
/** Moving more than this takes longer than a second, which a log that is followed would notice. */
const largest = 512 * 1024 * 1024;

/**
 * Whether to give memory back: in a quiet time, when so much has gathered that was not there after the last time.
 * @param slack what `total` had beyond `used` after the last time, bytes; 0 when there was none
 */
export function isWorthCompacting({ used, total, busy }: HeapLook, slack: number): boolean {
  return busy <= restful && used <= largest && total - used - slack >= worthwhile;
}

/**
 * Moves what is alive together and gives empty pages back to the system. V8 does so only in part by itself: after a burst of
 * 5,000 pods a quarter of the process was pages with little on them, for as long as nothing happened.
 */
export function compactHeap(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  setFlagsFromString('--compact-on-every-full-gc');
  collect();
  setFlagsFromString('--no-compact-on-every-full-gc');
}

/** Gives memory back in quiet times, for as long as the program runs. */
export function compactHeapWhenIdle(): void {
  let slack = 0;
  let before = performance.eventLoopUtilization();
  const look = (): void => {
    const now = performance.eventLoopUtilization();
    const { utilization: busy } = performance.eventLoopUtilization(now, before);
    const { used_heap_size: used, total_heap_size: total } = getHeapStatistics();
    const isWorth = isWorthCompacting({ used, total, busy }, slack);
    before = now;
    if (!isWorth) return;
    compactHeap();
    const after = getHeapStatistics();
    slack = after.total_heap_size - after.used_heap_size;
  };
  setInterval(look, interval).unref();
}
