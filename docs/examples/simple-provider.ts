// simple-provider.ts: whole Pods in, whole Pods and statuses out. Runs nothing, says that everything runs.
import type { Pod, ProviderDefinition } from '@virtual-kubelet/provider';
import type { SimpleProvider } from '@virtual-kubelet/provider-kit';
import { simpleProvider } from '@virtual-kubelet/provider-kit';

function running(pod: Pod): Pod {
  const startedAt = '2026-01-01T00:00:00Z';
  const containerStatuses = (pod.spec?.containers ?? []).map(({ name, image = '' }) => ({
    name,
    image,
    imageID: '',
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt } },
  }));
  return { ...pod, status: { phase: 'Running', podIP: '10.0.0.1', containerStatuses } };
}

function memory(): SimpleProvider {
  const pods = new Map<string, Pod>();
  const nameOf = ({ metadata }: Pod): string => `${metadata?.namespace}/${metadata?.name}`;
  return {
    createPod: async (pod) => void pods.set(nameOf(pod), running(pod)),
    updatePod: async (pod) => void pods.set(nameOf(pod), running(pod)),
    deletePod: async (pod) => void pods.delete(nameOf(pod)),
    getPod: async (namespace, name) => pods.get(`${namespace}/${name}`),
    getPodStatus: async (namespace, name) => pods.get(`${namespace}/${name}`)?.status,
    getPods: async () => [...pods.values()],
  };
}

/** One such provider for each node. */
const simple: ProviderDefinition = simpleProvider({
  name: 'in-memory',
  summary: 'says that every pod runs: an example',
  create: () => memory(),
});

export default simple;
