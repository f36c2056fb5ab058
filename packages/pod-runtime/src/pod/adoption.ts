/** Finding the pods of a node again, from records and labels alone. */
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { PodRef } from '@virtual-kubelet/provider';
import type { BackendView } from '../backend.js';
import { ownerLabels, podContainer, refOf } from '../labels.js';
import { entryOf } from './pod-entry.js';
import type { PodRecord } from './pod-record.js';
import type { PodRunner } from './pod-runner.js';
import type { Surroundings } from '../runtime-options.js';

/** A pod of which only its containers are left: what ran is told, nothing is started. */
function remains(ref: PodRef, view: BackendView): PodRecord {
  const names = new Set(
    view.containers.filter(({ labels }) => refOf(labels)?.uid === ref.uid).map((seen) => podContainer(seen).name),
  );
  const containers = [...names].map((name) => ({ name }));
  const pod: Pod = { metadata: ref, spec: { restartPolicy: 'Never', containers } };
  return { ref, attempt: 1, pod, marks: {} };
}

/** Finds everything again: records on disk, and what runs without one. Folders that belong to neither go. */
export async function adopt(around: Surroundings, runner: PodRunner): Promise<void> {
  for (const record of await around.storage.load()) runner.add(entryOf(record, true));
  const view = await around.backend.list(ownerLabels(around.owner), runner.life);
  for (const { labels } of [...view.sandboxes, ...view.containers]) {
    const ref = refOf(labels);
    if (ref && !runner.entries.has(ref.uid)) runner.add(entryOf(remains(ref, view), true));
  }
  for (const uid of await around.storage.folders()) if (!runner.entries.has(uid)) await around.storage.remove(uid);
}
