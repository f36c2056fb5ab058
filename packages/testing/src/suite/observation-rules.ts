/** What every observation must keep to, whatever the platform. Pure: rules over values, each a line of what is wrong. */
import type { Pod, PodSpec } from '@virtual-kubelet/kubernetes';
import { parseTime } from '@virtual-kubelet/kubernetes';
import type { ContainerEnd, ContainerObservation, PodObservation, PodRef } from '@virtual-kubelet/provider';
import { notPlain } from './plain-data.js';

const word = /^[A-Z][A-Za-z0-9]*$/;
const address = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/;

type Problems = readonly string[];

function timeProblems(text: string | undefined, where: string): Problems {
  if (text === undefined) return [];
  try {
    return Number.isFinite(parseTime(text)) ? [] : [`${where} is no time: ${text}`];
  } catch {
    return [`${where} is no time: ${text}`];
  }
}

function reasonProblems(text: string | undefined, where: string): Problems {
  return text === undefined || word.test(text) ? [] : [`${where} is not one word in CamelCase: ${text}`];
}

function endProblems(end: ContainerEnd, where: string): Problems {
  const { exitCode, startedAt, finishedAt } = end;
  const times = [...timeProblems(startedAt, `${where}.startedAt`), ...timeProblems(finishedAt, `${where}.finishedAt`)];
  const backwards =
    times.length === 0 && startedAt !== undefined && finishedAt !== undefined
      ? parseTime(finishedAt) < parseTime(startedAt)
      : false;
  return [
    ...(Number.isInteger(exitCode) ? [] : [`${where}.exitCode is no whole number: ${exitCode}`]),
    ...reasonProblems(end.reason, `${where}.reason`),
    ...times,
    ...(backwards ? [`${where} finished before it started`] : []),
  ];
}

function stateProblems({ state }: ContainerObservation, where: string): Problems {
  const kinds = Object.keys(state).filter((key) => Reflect.get(state, key) !== undefined);
  if (kinds.length !== 1)
    return [`${where}.state must be exactly one of waiting, running, terminated: ${kinds.join()}`];
  if ('waiting' in state) return reasonProblems(state.waiting.reason, `${where}.state.waiting.reason`);
  if ('running' in state) return timeProblems(state.running.startedAt, `${where}.state.running.startedAt`);
  if ('terminated' in state) return endProblems(state.terminated, `${where}.state.terminated`);
  return [`${where}.state is ${kinds.join()}, which is no state`];
}

function containerProblems(container: ContainerObservation): Problems {
  const where = `container ${container.name}`;
  const { restartCount = 0, ready, last } = container;
  const runs = 'running' in container.state;
  return [
    ...stateProblems(container, where),
    ...(Number.isInteger(restartCount) && restartCount >= 0 ? [] : [`${where}.restartCount is ${restartCount}`]),
    ...('waiting' in container.state && ready === true ? [`${where} is ready while it waits`] : []),
    ...(container.started === true && !runs && !('terminated' in container.state)
      ? [`${where} has started while it waits`]
      : []),
    ...(last ? endProblems(last, `${where}.last`) : []),
  ];
}

function namesOf(spec: PodSpec): ReadonlySet<string> {
  const { initContainers = [], containers, ephemeralContainers = [] } = spec;
  return new Set([...initContainers, ...containers, ...ephemeralContainers].map(({ name }) => name));
}

function nameProblems({ containers }: PodObservation, spec: PodSpec): Problems {
  const known = namesOf(spec);
  const names = containers.map(({ name }) => name);
  const strange = names.filter((name) => !known.has(name)).map((name) => `container ${name} is not in the spec`);
  const twice = names.filter((name, i) => names.indexOf(name) !== i).map((name) => `container ${name} is there twice`);
  return [...strange, ...twice];
}

function addressProblems({ podIPs = [], hostIPs = [] }: PodObservation): Problems {
  return [...podIPs, ...hostIPs].filter((ip) => !address.test(ip)).map((ip) => `not an address: ${ip}`);
}

function endedProblems({ ended, containers }: PodObservation): Problems {
  if (!ended) return [];
  const running = containers.filter(({ state }) => 'running' in state);
  return [
    ...reasonProblems(ended.reason, 'ended.reason'),
    ...running.map(({ name }) => `the pod ended, but container ${name} runs`),
  ];
}

function happeningProblems({ happened = [] }: PodObservation): Problems {
  return happened.flatMap(({ reason, time }) => [
    ...reasonProblems(reason, 'happened.reason'),
    ...timeProblems(time, 'happened.time'),
  ]);
}

/** A whole status is another kubelet's business; only what the node relies on is looked at. */
function wholeProblems({ status }: PodObservation): Problems {
  const phases = ['Pending', 'Running', 'Succeeded', 'Failed', undefined];
  return status && !phases.includes(status.phase) ? [`status.phase is ${status.phase}`] : [];
}

/** What is wrong with one observation of a pod; empty when nothing is. */
export function observationProblems(observation: PodObservation, pod: Pod): Problems {
  const { ref, attempt = 1, revision = 0 } = observation;
  const { metadata, spec = { containers: [] } } = pod;
  const named: PodRef = { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '', uid: metadata?.uid ?? '' };
  const isSame = ref.uid === named.uid && ref.name === named.name && ref.namespace === named.namespace;
  return [
    ...notPlain(observation, 'observation'),
    ...(isSame ? [] : [`it is of pod ${JSON.stringify(ref)}, not ${JSON.stringify(named)}`]),
    ...(Number.isInteger(attempt) && attempt >= 1 ? [] : [`attempt is ${attempt}`]),
    ...(Number.isFinite(revision) ? [] : [`revision is ${revision}`]),
    ...nameProblems(observation, spec),
    ...observation.containers.flatMap(containerProblems),
    ...addressProblems(observation),
    ...endedProblems(observation),
    ...happeningProblems(observation),
    ...wholeProblems(observation),
  ];
}

function containerStepProblems(before: ContainerObservation, after: ContainerObservation): Problems {
  const [was, is] = [before.restartCount ?? 0, after.restartCount ?? 0];
  const where = `container ${after.name}`;
  if (is < was) return [`${where}.restartCount fell from ${was} to ${is}`];
  const revived = 'terminated' in before.state && 'running' in after.state && is === was;
  return revived ? [`${where} runs after its end without a restart being counted`] : [];
}

/** What is wrong with one observation after another of the same pod, both in the order they were made. */
export function stepProblems(before: PodObservation, after: PodObservation): Problems {
  const [attemptBefore, attempt] = [before.attempt ?? 1, after.attempt ?? 1];
  if (attempt < attemptBefore) return [`attempt fell from ${attemptBefore} to ${attempt}`];
  // A new attempt is another workload, which counts anew.
  if (attempt > attemptBefore) return [];
  const [revisionBefore, revision] = [before.revision ?? 0, after.revision ?? before.revision ?? 0];
  if (revision < revisionBefore) return [`revision fell from ${revisionBefore} to ${revision}`];
  const resumed = before.ended && !after.ended;
  return [
    ...(resumed ? ['a pod that had ended is said to go on'] : []),
    ...after.containers.flatMap((container) => {
      const earlier = before.containers.find(({ name }) => name === container.name);
      return earlier ? containerStepProblems(earlier, container) : [];
    }),
  ];
}
