import { messageOf } from '@virtual-kubelet/base';
import { deepEqual } from '@virtual-kubelet/kubernetes';
import type { Container, Pod } from '@virtual-kubelet/kubernetes';
import type { PodChange, PodUpdate, UpdateOutcome } from '@virtual-kubelet/provider';
import type { PodEntry } from './pod-entry.js';
import { setMark } from './pod-entry.js';
import { latestRun, specContainers, specOf } from './pod-situation.js';
import { containerLimits } from '../spec/resource-limits.js';
import type { Surroundings } from '../runtime-options.js';

function named(pod: Pod, name: string): Container | undefined {
  return specContainers(specOf(pod)).find(({ container }) => container.name === name)?.container;
}

/** Whether one of the resources that changed asks for a restart of its container. */
function needsRestart(before: Container | undefined, after: Container): boolean {
  const changed = (resource: string): boolean =>
    !deepEqual(
      [before?.resources?.requests?.[resource], before?.resources?.limits?.[resource]],
      [after.resources?.requests?.[resource], after.resources?.limits?.[resource]],
    );
  return (after.resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) => restartPolicy === 'RestartContainer' && changed(resourceName),
  );
}

async function resize(
  around: Surroundings,
  entry: PodEntry,
  call: { before: Pod; change: PodChange & { container: string }; machineMemory: number; signal: AbortSignal },
): Promise<UpdateOutcome> {
  const { change, machineMemory, signal } = call;
  const after = named(entry.record.pod, change.container);
  const run = latestRun(entry, change.container);
  if (!after || run?.state !== 'running') return { ...change, result: 'applied' };
  if (needsRestart(named(call.before, change.container), after)) {
    setMark(entry, run.id, { replace: true });
    return { ...change, result: 'applied' };
  }
  try {
    const limits = containerLimits(entry.record.pod, after, machineMemory);
    await around.backend.updateContainer(run.id, limits, signal);
    return { ...change, result: 'applied' };
  } catch (error) {
    return { ...change, result: 'failed', message: messageOf(error) };
  }
}

/** Takes in a changed pod: the record first, then what a running container can be told. Images and new containers follow by reconciling. */
export async function updatePod(
  around: Surroundings,
  entry: PodEntry,
  call: { update: PodUpdate; machineMemory: number; signal: AbortSignal },
): Promise<readonly UpdateOutcome[]> {
  const { update, machineMemory, signal } = call;
  const before = entry.record.pod;
  entry.record = { ...entry.record, pod: update.pod };
  entry.inputs = update.inputs;
  await around.storage.save(entry.record);
  for (const change of update.changes) if (change.change === 'image') entry.failures.delete(change.container);
  const outcomes: UpdateOutcome[] = [];
  for (const change of update.changes) {
    if (change.change === 'resources')
      outcomes.push(await resize(around, entry, { before, change, machineMemory, signal }));
    else outcomes.push({ ...change, result: 'applied' });
  }
  return outcomes;
}
