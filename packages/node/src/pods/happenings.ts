import type { Pod } from '@virtual-kubelet/kubernetes';
import type { PodHappening, PodObservation } from '@virtual-kubelet/provider';
import type { EventText } from '../events/event-recorder.js';

function key({ time, reason, container = '', message }: PodHappening): string {
  return JSON.stringify([time, reason, container, message]);
}

/**
 * What of a report has not been told yet. The report before is the memory: without one, as after a restart, everything may
 * have been told already, unless this process created the workload.
 */
export function untold(
  previous: PodObservation | undefined,
  next: PodObservation,
  created: boolean,
): readonly PodHappening[] {
  const { happened } = next;
  if (!happened || (!previous && !created)) return [];
  const told = new Set(previous?.happened?.map(key));
  return happened.filter((happening) => !told.has(key(happening)));
}

function listOf(pod: Pod, container: string): string {
  const lists = ['initContainers', 'ephemeralContainers'] as const;
  return lists.find((list) => pod.spec?.[list]?.some(({ name }) => name === container)) ?? 'containers';
}

/** A happening as an event of the pod. */
export function eventOf(pod: Pod, { type, reason, message, container }: PodHappening): EventText {
  const fieldPath = container === undefined ? {} : { fieldPath: `spec.${listOf(pod, container)}{${container}}` };
  return { type, reason, message, ...fieldPath };
}
