import type { Clock, Random } from '@virtual-kubelet/base';
import { jittered, workQueue } from '@virtual-kubelet/base';
import type { KnownPod } from './known-pod.js';
import { hasEnded } from './known-pod.js';

/** Asks for the status of pods whose provider does not tell by itself. */
export interface StatusPoller {
  /** Polls the pod soon and from then on; call it whenever something was done about it. */
  watch(uid: string): void;
  stop(): Promise<void>;
}

/** Settings of a {@link StatusPoller}. */
export interface StatusPollerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Longest time between two polls of one pod, milliseconds. */
  readonly interval: number;
  readonly workers: number;
  readonly known: (uid: string) => KnownPod | undefined;
  /** Asks and takes in the answer; a rejection is tried again with back-off. */
  readonly poll: (known: KnownPod, signal: AbortSignal) => Promise<void>;
}

const soonest = 250;

/** Time until the next poll: short after something was done, since then something is about to change. */
export function pollDelay(sinceAction: number, interval: number): number {
  return Math.min(Math.max(sinceAction / 2, soonest), interval);
}

function isOver(known: KnownPod): boolean {
  return known.workload !== 'present' || (hasEnded(known.observation) && known.deletion === undefined);
}

/** Makes a poller; one timer per pod that still can change. */
export function statusPoller(options: StatusPollerOptions): StatusPoller {
  const { clock, random, interval, workers, known, poll } = options;
  const queue = workQueue<string>({
    clock,
    random,
    workers,
    retry: { first: interval, most: interval * 12 },
    async handle(uid, signal) {
      const before = known(uid);
      if (!before || isOver(before)) return;
      await poll(before, signal);
      const after = known(uid);
      if (!after || isOver(after)) return;
      return {
        again: jittered(random, pollDelay(clock.monotonic() - after.actedAt, interval), 0.1),
      };
    },
  });
  return { watch: (uid) => queue.addAfter(uid, soonest), stop: () => queue.stop() };
}
