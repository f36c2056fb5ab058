import type { Clock, Logger, Random, WorkFailure, WorkResult } from '@virtual-kubelet/base';
import { jittered, messageOf, workQueue } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import { ApiError, isForbidden, isInvalid, isNotFound, pods } from '@virtual-kubelet/client';
import type { Pod, PodStatus } from '@virtual-kubelet/kubernetes';
import type { ShrinkLevel } from './shrink.js';
import { shrunk } from './shrink.js';
import { statusPatch } from './status-patch.js';
import type { WrittenStatus } from './written-status.js';
import { echoTime, isAhead, withStatus } from './written-status.js';

/** A pod and the status it should have. */
export interface ComputedStatus {
  /** The pod as the watch last showed it. */
  readonly pod: Pod;
  readonly status: PodStatus;
}

/** Settings of a {@link StatusWriter}. */
export interface StatusWriterOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Writes in flight. @default 16 */
  readonly concurrency?: number;
  /**
   * The status a pod should have now; undefined when there is nothing to say. Called when the write begins, not when it is
   * asked for.
   * @param newest the pod with the status last written, as long as that is newer than what the watch has shown: what the
   * status follows from
   */
  readonly compute: (uid: string, newest: (pod: Pod) => Pod) => ComputedStatus | undefined;
  /** The API server took the status. Not called when there was nothing to write. */
  readonly written: (uid: string, status: PodStatus, resourceVersion: string) => void;
  /** The API has no pod with this UID any more. */
  readonly gone: (uid: string) => void;
}

/** Writes the statuses of a node's pods; the only place that does. */
export interface StatusWriter {
  /** The pod's status may be different now. Cheap; may be called at any time, for any pod. */
  touch(uid: string): void;
  /** Whether this version is that of the pod's last write: the watch has brought it back, and nothing new is to be said. */
  echoed(uid: string, resourceVersion: string): boolean;
  /** Drops what is remembered of a pod that is over. */
  forget(uid: string): void;
  /** Resolves when nothing is being written or due. Writes that wait after a failure do not count. */
  idle(): Promise<void>;
  /** Takes no more, gives up what is in flight, resolves when it has ended. */
  stop(): Promise<void>;
}

const forbiddenDelay = 30_000;
const longestDelay = 60_000;

/** The server does not accept this status, whatever we do but write another. */
function isUnacceptable(error: unknown): boolean {
  return isInvalid(error) || (error instanceof ApiError && error.status === 413);
}

function isGonePod(error: unknown): boolean {
  return isNotFound(error) || isInvalid(error, 'metadata.uid');
}

function nextLevel(level: ShrinkLevel): ShrinkLevel | undefined {
  if (level === 0) return 1;
  return level === 1 ? 2 : undefined;
}

/** One line for the first failure of a pod, then ever fewer. */
function isWorthALine(failures: number): boolean {
  return (failures & (failures - 1)) === 0;
}

/**
 * Makes a writer. Level-triggered: a pod is marked, and its status is computed when its turn comes, so the last truth
 * always arrives and the ones between may not. One write at a time for each pod. No delay but back-off.
 */
export function createStatusWriter(options: StatusWriterOptions): StatusWriter {
  const { client, clock, random, logger, compute } = options;
  const writes = new Map<string, WrittenStatus>();
  const levels = new Map<string, ShrinkLevel>();

  const forget = (uid: string): void => {
    writes.delete(uid);
    levels.delete(uid);
  };

  const newest = (uid: string, pod: Pod): Pod => {
    const last = writes.get(uid);
    if (last && isAhead(last, pod, clock.monotonic())) return withStatus(pod, last.status);
    writes.delete(uid);
    return pod;
  };

  const send = async (pod: Pod, patch: object, signal: AbortSignal): Promise<string> => {
    const name = { namespace: pod.metadata?.namespace ?? '', name: pod.metadata?.name ?? '' };
    const body = { type: 'strategic', body: patch } as const;
    // Repeatable: it names the UID, and the same patch twice changes nothing.
    const call = { subresource: 'status', patch: body, signal, retry: true };
    return (await client.patchQuietly(pods, name, call)).resourceVersion;
  };

  const refused = (uid: string, pod: Pod, error: unknown): void => {
    const level = nextLevel(levels.get(uid) ?? 0);
    if (level === undefined || !isUnacceptable(error) || isGonePod(error)) throw error;
    levels.set(uid, level);
    const { namespace = '', name = '' } = pod.metadata ?? {};
    const left = level === 1 ? 'messages' : 'everything a status can do without';
    logger.warn(`the API server does not accept a pod status: it is written without ${left}`, {
      pod: `${namespace}/${name}`,
      error: messageOf(error),
    });
  };

  /** Writes what the pod lacks; the answer is false when it lacks nothing. */
  const write = async (uid: string, computed: ComputedStatus, signal: AbortSignal): Promise<boolean> => {
    const { pod } = computed;
    const base = newest(uid, pod);
    for (;;) {
      const status = shrunk(computed.status, levels.get(uid) ?? 0);
      const patch = statusPatch(base, status);
      if (!patch) return false;
      try {
        const resourceVersion = await send(pod, patch, signal);
        writes.set(uid, { status, resourceVersion, at: clock.monotonic() });
        options.written(uid, status, resourceVersion);
        return true;
      } catch (error) {
        refused(uid, pod, error);
      }
    }
  };

  /** When to look whether the watch has brought the last write back, if it has not yet. */
  const later = (uid: string): WorkResult => {
    const last = writes.get(uid);
    return last ? { again: Math.max(last.at + echoTime - clock.monotonic(), 1) } : undefined;
  };

  const handle = async (uid: string, signal: AbortSignal): Promise<WorkResult> => {
    const computed = compute(uid, (pod) => newest(uid, pod));
    if (!computed) return forget(uid);
    try {
      return (await write(uid, computed, signal)) ? undefined : later(uid);
    } catch (error) {
      if (!isGonePod(error)) throw error;
      forget(uid);
      options.gone(uid);
      return undefined;
    }
  };

  const failed = ({ key, error, failures, delay }: WorkFailure<string>): void => {
    if (!isWorthALine(failures)) return;
    const fields = { uid: key, failures, again: Math.round(delay), error: messageOf(error) };
    if (isForbidden(error)) logger.error('not allowed to write pod statuses: grant patch on pods/status', fields);
    else logger.warn('pod status not written, trying again', fields);
  };

  const queue = workQueue<string>({
    clock,
    random,
    handle,
    workers: options.concurrency ?? 16,
    retry: { first: 200, most: 30_000 },
    delayOf(error) {
      if (isForbidden(error)) return jittered(random, forbiddenDelay, 0.2);
      const asked = error instanceof ApiError ? error.retryAfter : undefined;
      return asked === undefined ? undefined : Math.min(Math.max(asked, 200), longestDelay);
    },
    onFailure: failed,
  });

  return {
    touch: (uid) => queue.add(uid),
    echoed: (uid, resourceVersion) => writes.get(uid)?.resourceVersion === resourceVersion && writes.delete(uid),
    forget(uid) {
      queue.forget(uid);
      forget(uid);
    },
    idle: () => queue.idle(),
    stop: () => queue.stop(),
  };
}
