import type { Clock, Logger, Random } from '@virtual-kubelet/base';
import { messageOf, workQueue } from '@virtual-kubelet/base';
import type { PodSpec } from '@virtual-kubelet/kubernetes';
import type { ContentVolume, PodInputs, PodRef, PodRequest } from '@virtual-kubelet/provider';
import { failureOf, podName } from '@virtual-kubelet/provider';
import type { Run } from './attempts.js';
import { nextRun } from './attempts.js';

/** Settings of a {@link RunKeeper}. */
export interface RunKeeperOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The runs of a pod as last seen. */
  readonly runs: (uid: string) => readonly Run[];
  /** Starts the attempt of the request. It may be asked for the same attempt again, which must not make a second run. */
  readonly start: (request: PodRequest, signal: AbortSignal) => Promise<void>;
}

/**
 * Keeps pods going on a platform that runs a thing only once: starts the next run of a pod when it is due. It remembers
 * only what pods are wanted, so declare `restarts: 'provider'`: the node hands them over again after a restart.
 */
export interface RunKeeper {
  /** The pod is to go on: call it in `createPod` and `updatePod`. */
  keep(request: PodRequest): void;
  /** Newer contents for the runs to come: call it in `updateVolumes`, or further runs get tokens that have expired. */
  refresh(ref: PodRef, volumes: readonly ContentVolume[]): void;
  /** The pod is to end: call it in `deletePod`, before the platform is asked. */
  forget(uid: string): void;
  /** What the restart rules of a pod follow from; undefined for a pod nobody handed over. */
  spec(uid: string): PodSpec | undefined;
  /** Something about the pod's runs is different now. */
  changed(uid: string): void;
  close(): Promise<void>;
}

/** A run that was started and is not seen is started once more after this time, milliseconds. */
const unseen = 60_000;

function refreshed(inputs: PodInputs, volumes: readonly ContentVolume[]): PodInputs {
  const newer = new Map(volumes.map((volume) => [volume.name, volume]));
  return { ...inputs, volumes: inputs.volumes.map((volume) => newer.get(volume.name) ?? volume) };
}

/** Makes a keeper. */
export function runKeeper(options: RunKeeperOptions): RunKeeper {
  const { clock, random, logger, runs, start } = options;
  const wanted = new Map<string, PodRequest>();
  const started = new Map<string, { readonly attempt: number; readonly at: number }>();

  const bring = async (uid: string, signal: AbortSignal): Promise<{ again: number } | undefined> => {
    const request = wanted.get(uid);
    if (!request?.pod.spec) return undefined;
    const next = nextRun(runs(uid), request.pod.spec, clock.wall());
    if (next.do === 'nothing') return undefined;
    if (next.do === 'wait') return { again: next.until - clock.wall() };
    const before = started.get(uid);
    const since = before?.attempt === next.attempt ? clock.monotonic() - before.at : unseen;
    if (since < unseen) return { again: unseen - since };
    await start({ ...request, attempt: next.attempt }, signal);
    started.set(uid, { attempt: next.attempt, at: clock.monotonic() });
    return { again: unseen };
  };

  const queue = workQueue<string>({
    clock,
    random,
    handle: bring,
    retry: { first: 1_000, most: 60_000 },
    delayOf(error) {
      const failure = failureOf(error);
      return failure?.kind === 'Throttled' || failure?.kind === 'Retryable' ? failure.after : undefined;
    },
    onFailure({ key, error, failures }) {
      const ref = wanted.get(key)?.ref;
      const pod = ref ? podName(ref) : key;
      logger.warn('the next run of a pod could not be started, trying again', {
        pod,
        failures,
        error: messageOf(error),
      });
    },
  });

  return {
    keep(request) {
      wanted.set(request.ref.uid, request);
      queue.add(request.ref.uid);
    },
    refresh({ uid }, volumes) {
      const request = wanted.get(uid);
      if (request) wanted.set(uid, { ...request, inputs: refreshed(request.inputs, volumes) });
    },
    forget(uid) {
      wanted.delete(uid);
      started.delete(uid);
      queue.forget(uid);
    },
    spec: (uid) => wanted.get(uid)?.pod.spec,
    changed: (uid) => queue.add(uid),
    close: () => queue.stop(),
  };
}
