import { formatTime } from '@virtual-kubelet/kubernetes';
import type { Pod, PodCondition } from '@virtual-kubelet/kubernetes';
import { anyContainerStarted } from '../pod-status/pod-facts.js';
import type { StatusInput } from '../pod-status/reduce-status.js';
import { evidenceCondition, evidenceOf } from './create-evidence.js';
import type { KnownPod } from './known-pod.js';
import { mayRun } from './known-pod.js';

/** A deletion unanswered for this long after its grace period is shown on the pod. Milliseconds. */
const shownAfter = 10_000;

/** An adopted pod was last considered when its status said so; one nobody handed over is considered by turning it away. */
function consideredGeneration(pod: Pod, known: KnownPod): number | undefined {
  if (pod.metadata?.deletionTimestamp !== undefined) return undefined;
  if (known.considered !== undefined) return known.considered;
  return known.workload === 'present' ? pod.status?.observedGeneration : undefined;
}

function extraConditions(pod: Pod, known: KnownPod, facts: { now: number; time: string }): readonly PodCondition[] {
  const conditions: PodCondition[] = [];
  const evidence = evidenceOf(pod);
  if (known.announced !== undefined && known.announced !== evidence?.attempt)
    conditions.push(evidenceCondition(known.announced, facts.time));
  else if (evidence) conditions.push(evidenceCondition(evidence.attempt, formatTime(evidence.at)));
  const { deletion } = known;
  if (deletion && mayRun(known) && facts.now > deletion.since + deletion.grace * 1_000 + shownAfter) {
    const message = 'the provider has not ended the pod after its grace period; it is asked again until it does';
    conditions.push({
      type: 'virtual-kubelet.io/DeletionPending',
      status: 'True',
      reason: 'ProviderStillRunning',
      message,
    });
  }
  return conditions;
}

/** Whether there is anything to say about the pod that the API does not know by itself. */
function isReportable(pod: Pod, known: KnownPod): boolean {
  if (known.observation || known.hold || known.accepted || known.outcomes) return true;
  if (known.verdict) return !mayRun(known);
  return (
    pod.metadata?.deletionTimestamp !== undefined && known.workload === 'absent' && anyContainerStarted(pod.status)
  );
}

/**
 * What the status of a pod follows from; undefined while there is nothing to report. A verdict waits until nothing of the
 * pod runs: a terminal phase must never be claimed for a running container.
 */
export function statusInput(
  pod: Pod,
  known: KnownPod,
  facts: { now: number; wall: number; hostIPs: readonly string[] },
): StatusInput | undefined {
  if (!isReportable(pod, known)) return undefined;
  const time = formatTime(facts.wall);
  const considered = consideredGeneration(pod, known);
  return {
    pod,
    now: facts.wall,
    hostIPs: facts.hostIPs,
    extra: extraConditions(pod, known, { now: facts.now, time }),
    stopped: !mayRun(known),
    ...(considered === undefined ? {} : { consideredGeneration: considered }),
    ...(known.observation ? { observation: known.observation } : {}),
    ...(known.verdict && !mayRun(known) ? { verdict: known.verdict } : {}),
    ...(known.hold ? { hold: known.hold } : {}),
    ...(known.outcomes ? { outcomes: known.outcomes } : {}),
  };
}
