/** Learning that something changed on the engine: from its events, and by looking where events may be lost. */
import { backoffDelay, messageOf } from '@virtual-kubelet/base';
import type { PodSink } from '@virtual-kubelet/provider';
import type { BackendView } from '../backend.js';
import { ownerLabels, refOf } from '../labels.js';
import type { PodRunner } from './pod-runner.js';
import type { Surroundings } from '../runtime-options.js';

function fingerprint(view: BackendView): Map<string, string> {
  const parts = new Map<string, string[]>();
  const note = (labels: Readonly<Record<string, string>>, text: string): void => {
    const uid = refOf(labels)?.uid ?? '';
    parts.set(uid, [...(parts.get(uid) ?? []), text]);
  };
  for (const { id, labels, ready } of view.sandboxes) note(labels, `${id}/${String(ready)}`);
  for (const { id, labels, state } of view.containers) note(labels, `${id}/${state}`);
  return new Map([...parts].map(([uid, texts]) => [uid, texts.toSorted().join()]));
}

/** Wakes pods of which an event was lost: those that look different from the last time all were looked at. */
export async function relist(around: Surroundings, runner: PodRunner): Promise<void> {
  const { backend, clock, logger, owner } = around;
  let before = new Map<string, string>();
  /** Looks in a row that failed. */
  let failed = 0;
  for (;;) {
    await clock.sleep(around.relist, runner.life);
    try {
      const now = fingerprint(await backend.list(ownerLabels(owner), runner.life));
      for (const uid of runner.entries.keys()) if (now.get(uid) !== before.get(uid)) runner.wake(uid);
      before = now;
      if (failed > 0) logger.info('the engine shows its containers again', { failed });
      failed = 0;
    } catch (error) {
      if (runner.life.aborted) throw error;
      failed += 1;
      // Once for each outage, however long it is: the node's condition tells of it, too.
      if (failed === 1) logger.warn('the engine does not show its containers', { error: messageOf(error) });
    }
  }
}

/** Follows the engine's events for ever; tells the sink when some may be missing. */
export async function follow(around: Surroundings, runner: PodRunner, sink: () => PodSink | undefined): Promise<void> {
  const { backend, owner, clock, random, logger } = around;
  for (let failed = 0; ; failed += 1) {
    try {
      const events = backend.events(ownerLabels(owner), runner.life);
      for (const uid of runner.entries.keys()) runner.wake(uid);
      sink()?.synced();
      for await (const { labels } of events) {
        failed = 0;
        const uid = refOf(labels)?.uid;
        if (uid !== undefined) runner.wake(uid);
      }
    } catch (error) {
      if (runner.life.aborted) return;
      logger.warn('the events of the engine were interrupted', { error: messageOf(error) });
      sink()?.interrupted(messageOf(error));
    }
    await clock.sleep(backoffDelay({ first: 500, most: 10_000 }, failed + 1, random), runner.life);
  }
}
