import { extended } from '@virtual-kubelet/base';
import { deepEqual } from '@virtual-kubelet/kubernetes';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { ListedPod, PodListing, PodObservation, UpdateOutcome } from '@virtual-kubelet/provider';
import { acceptObservation } from '../pod-status/container-statuses.js';
import { anyContainerStarted } from '../pod-status/pod-facts.js';
import { evidenceOf } from './create-evidence.js';
import type { KnownPod } from './known-pod.js';
import { without } from '../without.js';

/** Whether a report is of the present run, and not older than what is known of it. */
function isNews(known: KnownPod, observation: PodObservation): boolean {
  return (observation.attempt ?? known.attempt) >= known.attempt && acceptObservation(known.observation, observation);
}

/** Changes of resources that the report shows to have arrived. */
function stillOpen(
  outcomes: readonly UpdateOutcome[] | undefined,
  observation: PodObservation,
  pod: Pod | undefined,
): readonly UpdateOutcome[] {
  return (outcomes ?? []).filter((outcome) => {
    if (outcome.change !== 'resources' || outcome.result !== 'inProgress') return true;
    const wanted = pod?.spec?.containers.find((c) => c.name === outcome.container)?.resources;
    const actual = observation.containers.find((c) => c.name === outcome.container)?.resources;
    return actual === undefined || !deepEqual(actual, wanted);
  });
}

/**
 * Takes in a report about a workload. Reports older than the last call about it, of an earlier run, or with a lower revision
 * change nothing.
 * @param began monotonic time the report's facts are from: now for a notification, the start of the call for a poll
 */
export function withObservation(
  known: KnownPod,
  observation: PodObservation,
  options: { began: number; pod?: Pod },
): KnownPod {
  const { began, pod } = options;
  if (began < known.actedAt || !isNews(known, observation)) return known;
  const outcomes = known.outcomes && stillOpen(known.outcomes, observation, pod);
  return extended(without(known, 'hold', 'outcomes'), {
    workload: 'present',
    everPresent: true,
    misses: { count: 0, first: 0, last: 0 },
    attempt: Math.max(known.attempt, observation.attempt ?? 1),
    observation,
    ...(outcomes && outcomes.length > 0 ? { outcomes } : {}),
  });
}

/** What a listing says of one pod known to the node: its entry, that it is missing, or nothing. */
export function listingSays(
  listing: PodListing,
  listed: ListedPod | undefined,
  known: KnownPod,
): ListedPod | 'missing' | 'nothing' {
  if (listed) return listed;
  if (listing.complete === 'all') return 'missing';
  const scope = known.observation?.scope;
  return scope !== undefined && listing.complete.includes(scope) ? 'missing' : 'nothing';
}

/**
 * A pod that a complete listing does not have. Only a pod that never had a workload is thereby known to have none; for
 * any other one look of its own decides, since a listing that shrank is more often wrong than right.
 */
export function withMissing(known: KnownPod, pod: Pod | undefined): KnownPod {
  if (known.workload === 'absent') return known;
  const neverRan =
    !known.everPresent && pod !== undefined && !anyContainerStarted(pod.status) && evidenceOf(pod) === undefined;
  return { ...known, workload: neverRan && known.workload === 'unknown' ? 'absent' : 'unknown' };
}
