/** What a node is, and what its pods use. */
import { formatTime } from '@virtual-kubelet/kubernetes';
import type { NodeDescription, NodeStats, ProbeCount } from '@virtual-kubelet/provider';
import type { BackendMachine } from '../backend.js';
import type { PodContainer } from '../labels.js';
import type { PodEntry } from '../pod/pod-entry.js';
import type { PodRunner } from '../pod/pod-runner.js';
import type { Surroundings } from '../runtime-options.js';

/** What the scheduler asks a node for by name (k8s.io/component-helpers/nodedeclaredfeatures). */
const declaredFeatures = ['RestartAllContainersOnContainerExits'] as const;

/** The node as its machine is. */
export function describe(machine: BackendMachine, maxPods: number): NodeDescription {
  const { cpus, memoryBytes, diskBytes, operatingSystem, architecture, kernelVersion, osImage, runtimeVersion } =
    machine;
  const capacity = {
    cpu: String(cpus),
    memory: `${Math.floor(memoryBytes / 1_024)}Ki`,
    pods: String(maxPods),
    ...(diskBytes === undefined ? {} : { 'ephemeral-storage': `${Math.floor(diskBytes / 1_024)}Ki` }),
  };
  return {
    capacity,
    declaredFeatures,
    nodeInfo: { operatingSystem, architecture, kernelVersion, osImage, containerRuntimeVersion: runtimeVersion },
  };
}

const probeNames = { liveness: 'Liveness', readiness: 'Readiness', startup: 'Startup' } as const;

function probeCounts(entry: PodEntry, runner: PodRunner): readonly ProbeCount[] {
  const { ref } = entry.record;
  return runner.probeTallies(ref.uid).map(({ container, kind, ok, count }) => ({
    pod: ref,
    container,
    probe: probeNames[kind],
    result: ok ? 'successful' : 'failed',
    count,
  }));
}

/** What running containers use now, and how their probes have ended so far. */
export async function readStats(around: Surroundings, runner: PodRunner, signal: AbortSignal): Promise<NodeStats> {
  const time = formatTime(around.clock.wall());
  const running = (entry: PodEntry): readonly PodContainer[] =>
    entry.containers.filter(({ state }) => state === 'running');
  const ids = [...runner.entries.values()].flatMap((entry) => running(entry).map(({ id }) => id));
  const usage = await around.backend.stats(ids, signal);
  const pods = [...runner.entries.values()].map((entry) => ({
    pod: entry.record.ref,
    containers: running(entry).flatMap(({ id, name, startedAt }) => {
      const used = usage.get(id);
      if (!used) return [];
      return [
        {
          name,
          time,
          cpuSeconds: used.cpuSeconds,
          workingSetBytes: used.memoryBytes,
          ...(startedAt === undefined ? {} : { startTime: formatTime(startedAt) }),
        },
      ];
    }),
  }));
  return {
    pods: pods.filter(({ containers }) => containers.length > 0),
    probes: [...runner.entries.values()].flatMap((entry) => probeCounts(entry, runner)),
  };
}
