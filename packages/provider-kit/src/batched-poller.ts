import type { Clock, Logger, Random } from '@virtual-kubelet/base';
import { backoffDelay, jittered, lifetime, messageOf, untilAborted } from '@virtual-kubelet/base';
import { deepEqual } from '@virtual-kubelet/kubernetes';
import type { ListedPod, PodListing, PodSink } from '@virtual-kubelet/provider';

/** Settings of a {@link BatchedPoller}. Times in milliseconds. */
export interface BatchedPollerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Lists the workloads of all nodes of this process, each with its `node`. */
  readonly list: (signal: AbortSignal) => Promise<PodListing>;
  /** Between two looks while things change. @default 2000 */
  readonly fastest?: number;
  /** Between two looks in calm times. @default 30000 */
  readonly slowest?: number;
  /** A look may take this long. @default 60000 */
  readonly timeout?: number;
}

/**
 * Watches a platform that cannot tell of changes: one list call for all pods of all nodes, often after something was done
 * or has changed, seldom in calm times.
 */
export interface BatchedPoller {
  /** Serves `notifyPods` of a node: reports what is different from look to look. One sink a node. */
  notify(node: string, sink: PodSink, signal: AbortSignal): void;
  /** Serves `getPods` of a node: the result of a look that began after this call; concurrent callers share one. */
  list(node: string, signal: AbortSignal): Promise<PodListing>;
  /** Something was done, so something is about to change. */
  soon(): void;
  /** The workload as last seen. */
  get(uid: string): ListedPod | undefined;
  close(): Promise<void>;
}

/** Looks that fail in a row before the nodes are told. */
const patience = 2;

/** Time until the next look: half of what passed since the last change, so that a change is seen soon and calm is cheap. */
export function lookDelay(sinceChange: number, fastest: number, slowest: number): number {
  return Math.min(Math.max(sinceChange / 2, fastest), slowest);
}

/** Whether a workload that is not in a listing is known to be gone by it. */
function isMissing(listing: PodListing, { scope }: ListedPod): boolean {
  return listing.complete === 'all' || (scope !== undefined && listing.complete.includes(scope));
}

/** Makes a poller; it looks only while somebody listens. */
export function batchedPoller(options: BatchedPollerOptions): BatchedPoller {
  const { clock, random, logger, fastest = 2_000, slowest = 30_000, timeout = 60_000 } = options;
  const life = lifetime();
  const sinks = new Map<string, { readonly sink: PodSink; synced: boolean }>();
  const seen = new Map<string, ListedPod>();
  let changedAt = clock.monotonic();
  let failures = 0;
  let running: Promise<PodListing> | undefined;
  let following: Promise<PodListing> | undefined;
  let wake = new AbortController();
  let looping: Promise<void> | undefined;

  const soon = (): void => {
    changedAt = clock.monotonic();
    wake.abort();
  };

  const sinkOf = (pod: ListedPod): PodSink | undefined => sinks.get(pod.node ?? '')?.sink;

  const takeListed = (listing: PodListing): void => {
    for (const pod of listing.pods) {
      const before = seen.get(pod.ref.uid);
      seen.set(pod.ref.uid, pod);
      if (before && deepEqual(before, pod)) continue;
      changedAt = clock.monotonic();
      sinkOf(pod)?.observed(pod);
    }
  };

  const takeMissing = (listing: PodListing): void => {
    const uids = new Set(listing.pods.map((pod) => pod.ref.uid));
    for (const [uid, pod] of seen) {
      if (uids.has(uid) || !isMissing(listing, pod)) continue;
      seen.delete(uid);
      changedAt = clock.monotonic();
      sinkOf(pod)?.missing(pod.ref);
    }
  };

  const succeeded = (listing: PodListing): void => {
    failures = 0;
    takeListed(listing);
    takeMissing(listing);
    for (const entry of sinks.values()) {
      if (entry.synced) continue;
      entry.synced = true;
      entry.sink.synced();
    }
  };

  const failed = (error: unknown): void => {
    failures += 1;
    logger.warn('the platform could not be listed', { failures, error: messageOf(error) });
    if (failures < patience) return;
    for (const entry of sinks.values()) {
      if (!entry.synced) continue;
      entry.synced = false;
      entry.sink.interrupted(messageOf(error));
    }
  };

  const look = async (): Promise<PodListing> => {
    const deadline = clock.deadline(timeout, life.signal);
    try {
      const listing = await untilAborted(options.list(deadline.signal), deadline.signal);
      succeeded(listing);
      return listing;
    } catch (error) {
      if (!life.signal.aborted) failed(error);
      throw error;
    } finally {
      deadline.release();
    }
  };

  const begin = (): Promise<PodListing> => {
    const mine = look().finally(() => {
      if (running === mine) running = undefined;
    });
    running = mine;
    return mine;
  };

  /** A look that begins now, or after the one that is under way. */
  const fresh = (): Promise<PodListing> => {
    if (!running) return begin();
    following ??= running
      .catch(() => undefined)
      .then(() => {
        following = undefined;
        return begin();
      });
    return following;
  };

  const pause = async (): Promise<void> => {
    wake = new AbortController();
    const calm = lookDelay(clock.monotonic() - changedAt, fastest, slowest);
    const delay =
      failures > 0
        ? backoffDelay({ first: fastest, most: slowest * 4 }, failures, random)
        : jittered(random, calm, 0.1);
    await clock.sleep(delay, AbortSignal.any([life.signal, wake.signal])).catch(() => undefined);
  };

  const loop = async (): Promise<void> => {
    while (!life.signal.aborted && sinks.size > 0) {
      await fresh().catch(() => undefined);
      if (!life.signal.aborted) await pause();
    }
    looping = undefined;
  };

  const replay = (node: string, sink: PodSink): void => {
    for (const pod of seen.values()) if (pod.node === node) sink.observed(pod);
  };

  return {
    notify(node, sink, signal) {
      if (signal.aborted || life.signal.aborted) return;
      sinks.set(node, { sink, synced: false });
      signal.addEventListener(
        'abort',
        () => {
          sinks.delete(node);
          if (sinks.size === 0) wake.abort();
        },
        { once: true },
      );
      replay(node, sink);
      soon();
      looping ??= loop();
    },
    async list(node, signal) {
      const listing = await untilAborted(fresh(), signal);
      return { ...listing, pods: listing.pods.filter((pod) => pod.node === node) };
    },
    soon,
    get: (uid) => seen.get(uid),
    async close() {
      life.abort(new DOMException('the poller was closed', 'AbortError'));
      sinks.clear();
      await looping;
      await running?.catch(() => undefined);
    },
  };
}
