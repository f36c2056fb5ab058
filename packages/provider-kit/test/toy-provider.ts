/** A provider in the simple shape, as somebody would write it: pods in a map, Running at once, gone when deleted. */
import type { Pod, PodStatus } from '@virtual-kubelet/kubernetes';
import type { SimpleProvider } from '../src/index.js';

export interface Toy extends SimpleProvider {
  readonly pods: Map<string, Pod>;
  /** Calls that change something, as `create default/web`. */
  readonly calls: string[];
  /** Ends the pod's containers, as if their program was over. */
  exit(name: string, exitCode: number): void;
}

const startedAt = '2026-01-01T00:00:00Z';

function runningStatus(pod: Pod): PodStatus {
  const containerStatuses = (pod.spec?.containers ?? []).map(({ name, image = '' }) => ({
    name,
    image,
    imageID: '',
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt } },
  }));
  return { phase: 'Running', podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }], containerStatuses };
}

function endedStatus(before: PodStatus, exitCode: number): PodStatus {
  const terminated = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt, finishedAt: startedAt };
  return {
    ...before,
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: (before.containerStatuses ?? []).map((c) => ({ ...c, ready: false, state: { terminated } })),
  };
}

/** @param notifies whether the provider tells of changes, or is polled */
export function toyProvider(notifies: boolean): Toy {
  const pods = new Map<string, Pod>();
  const calls: string[] = [];
  let changed: (pod: Pod) => void = () => undefined;
  const keyOf = (pod: Pod): string => `${pod.metadata?.namespace}/${pod.metadata?.name}`;
  const keep = (pod: Pod): void => {
    pods.set(keyOf(pod), pod);
    changed(pod);
  };
  const toy: Toy = {
    pods,
    calls,
    exit(name, exitCode) {
      const pod = pods.get(name);
      if (pod) keep({ ...pod, status: endedStatus(pod.status ?? {}, exitCode) });
    },
    async createPod(pod) {
      calls.push(`create ${keyOf(pod)}`);
      keep({ ...pod, status: runningStatus(pod) });
    },
    async updatePod(pod) {
      calls.push(`update ${keyOf(pod)}`);
      const before = pods.get(keyOf(pod));
      keep({ ...pod, status: before?.status ?? {} });
    },
    async deletePod(pod) {
      calls.push(`delete ${keyOf(pod)} ${pod.metadata?.deletionGracePeriodSeconds}`);
      pods.delete(keyOf(pod));
    },
    getPod: async (namespace, name) => pods.get(`${namespace}/${name}`),
    getPodStatus: async (namespace, name) => pods.get(`${namespace}/${name}`)?.status,
    getPods: async () => [...pods.values()],
    ping: async (context) => context.signal.throwIfAborted(),
  };
  if (!notifies) return toy;
  return { ...toy, notifyPods: (callback) => void (changed = callback) };
}
