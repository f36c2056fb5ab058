import { messageOf } from '@virtual-kubelet/base';
import type { PodEntry } from '../pod/pod-entry.js';
import type { PodRunner } from '../pod/pod-runner.js';
import type { Surroundings } from '../runtime-options.js';
import type { StorageUse } from './storage-limits.js';
import { measured, measuring, overuse } from './storage-limits.js';
import { emptyDirs } from './volume-plan.js';

async function useOf(around: Surroundings, entry: PodEntry, signal: AbortSignal): Promise<StorageUse> {
  const { storage, backend } = around;
  const { pod, ref } = entry.record;
  const volumes = new Map<string, number>();
  for (const plan of emptyDirs(pod)) volumes.set(plan.name, await storage.usedBytes(ref.uid, plan));
  const running = measured(pod).containers ? entry.containers.filter(({ state }) => state === 'running') : [];
  const written =
    running.length === 0
      ? undefined
      : await backend.writtenBytes(
          running.map(({ id }) => id),
          signal,
        );
  return { volumes, containers: new Map(running.map(({ id, name }) => [name, written?.get(id) ?? 0])) };
}

function isWatched({ record }: PodEntry): boolean {
  return !record.deletion && !record.eviction && measured(record.pod).volumes;
}

async function check(around: Surroundings, runner: PodRunner, entry: PodEntry): Promise<void> {
  const message = overuse(entry.record.pod, await useOf(around, entry, runner.life));
  if (message === undefined || !isWatched(entry)) return;
  entry.record = { ...entry.record, eviction: { message } };
  await around.storage.save(entry.record);
  runner.notice({ ref: entry.record.ref, type: 'Warning', reason: 'Evicted', message });
  runner.cancelStarts(entry);
  runner.wake(entry.record.ref.uid);
}

/** Evicts pods that take more of the disk, or of a folder, than they may. For ever. */
export async function watchStorage(around: Surroundings, runner: PodRunner): Promise<void> {
  for (;;) {
    await around.clock.sleep(measuring, runner.life);
    for (const entry of runner.entries.values()) {
      if (!isWatched(entry)) continue;
      await check(around, runner, entry).catch((error: unknown) => {
        runner.life.throwIfAborted();
        const pod = entry.record.ref.uid;
        around.logger.warn('what a pod takes of the disk is not known', { pod, error: messageOf(error) });
      });
    }
  }
}
