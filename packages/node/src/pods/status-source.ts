import { formatTime } from '@virtual-kubelet/kubernetes';
import type { ContainerStatus, Pod, PodCondition } from '@virtual-kubelet/kubernetes';
import type { ContainerObservation, PodObservation } from '@virtual-kubelet/provider';
import { anyContainerStarted } from '../pod-status/pod-facts.js';
import type { StatusInput } from '../pod-status/reduce-status.js';
import { evidenceCondition, evidenceOf } from './create-evidence.js';
import type { KnownPod } from './known-pod.js';
import { mayRun } from './known-pod.js';

/** A deletion unanswered for this long after its grace period is shown on the pod. Milliseconds. */
const shownAfter = 10_000;

function lostContainer(status: ContainerStatus, now: string): ContainerObservation {
  const { name, restartCount, state, image, imageID, containerID } = status;
  if (state?.terminated) return { name, restartCount, image, imageID, state: { terminated: state.terminated } };
  const startedAt = state?.running?.startedAt;
  const end = {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod ended',
    finishedAt: now,
  };
  return {
    name,
    restartCount,
    image,
    imageID,
    ...(containerID === undefined ? {} : { containerID }),
    state: { terminated: { ...end, startedAt: startedAt ?? now } },
  };
}

/** The end of a pod whose workload is gone without a last word: what was known to run ended, nobody knows how. */
function lostObservation(pod: Pod, known: KnownPod, now: string): PodObservation {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return {
    ref: known.ref,
    containers: statuses.filter((s) => s.state?.running || s.state?.terminated).map((s) => lostContainer(s, now)),
  };
}

function observationOf(pod: Pod, known: KnownPod, now: string): PodObservation | undefined {
  const ended = known.workload === 'absent' && anyContainerStarted(pod.status);
  const final = known.verdict !== undefined || pod.metadata?.deletionTimestamp !== undefined;
  if (!ended || !final) return known.observation;
  const seen = known.observation;
  const alive = seen === undefined || seen.containers.some((c) => 'running' in c.state);
  return alive ? lostObservation(pod, known, now) : seen;
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
  const observation = observationOf(pod, known, time);
  return {
    pod,
    now: facts.wall,
    hostIPs: facts.hostIPs,
    extra: extraConditions(pod, known, { now: facts.now, time }),
    ...(observation ? { observation } : {}),
    ...(known.verdict && !mayRun(known) ? { verdict: known.verdict } : {}),
    ...(known.hold ? { hold: known.hold } : {}),
    ...(known.outcomes ? { outcomes: known.outcomes } : {}),
  };
}
