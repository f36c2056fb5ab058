import { extended } from '@virtual-kubelet/base';
import { parseTime } from '@virtual-kubelet/kubernetes';
import type { Pod } from '@virtual-kubelet/kubernetes';
import { anyContainerStarted, isTerminal } from '../pod-status/pod-facts.js';
import { evidenceOf } from './create-evidence.js';
import type { KnownPod } from './known-pod.js';
import { unknownPod } from './known-pod.js';
import { refOf } from './reconciler.js';
import { without } from '../without.js';

/** When and in which situation a pod is seen for the first time. */
export interface SightFacts {
  /** Monotonic and wall time, milliseconds. */
  readonly now: number;
  readonly wall: number;
  /** The provider's workloads have been listed completely. */
  readonly listed: boolean;
}

/**
 * What the API's copy of a pod tells before anybody looked at the provider. After the first listing a pod that never ran
 * cannot have a workload: only this process could have made it.
 */
export function firstSight(pod: Pod, facts: SightFacts): KnownPod {
  const evidence = evidenceOf(pod);
  const ran = anyContainerStarted(pod.status) || evidence !== undefined;
  const startTime = pod.status?.startTime;
  const age = startTime === undefined ? undefined : Math.max(facts.wall - parseTime(startTime), 0);
  return extended(unknownPod(refOf(pod)), {
    foundDeleting: pod.metadata?.deletionTimestamp !== undefined,
    workload: facts.listed && !ran ? 'absent' : 'unknown',
    attempt: evidence?.attempt ?? 1,
    terminalWritten: isTerminal(pod),
    ...(age === undefined ? {} : { activeSince: facts.now - age }),
  });
}

/** A changed spec gives a refused pod another chance. */
export function withChangedSpec(known: KnownPod): KnownPod {
  if (!known.hold?.untilChanged) return known;
  return { ...without(known, 'hold'), admitted: false };
}

/**
 * A pod that left the API. One that was being deleted is gone for good; one that went without a word is looked for once
 * more, since it may have vanished together with its node.
 * @param last the last state seen
 */
export function withVanished(known: KnownPod, last: Pod): KnownPod {
  if (last.metadata?.deletionTimestamp === undefined) return known;
  const lastGrace = Math.max(last.metadata.deletionGracePeriodSeconds ?? 0, 1);
  return extended(known, { vanished: true, lastGrace });
}
