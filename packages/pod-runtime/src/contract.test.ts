import type { Clock } from '@virtual-kubelet/base';
import { defineProvider } from '@virtual-kubelet/provider';
import type { ProviderDefinition } from '@virtual-kubelet/provider';
import { anyConfig } from '@virtual-kubelet/provider-kit';
import { describeProvider, podOf } from '@virtual-kubelet/testing';
import { describe, it } from 'vitest';
import type { MemoryBackend, MemoryStorage } from './index.js';
import { createMemoryBackend, createMemoryStorage, createPodRuntimeProvider } from './index.js';

/** A machine outlives the sessions of one check, which all have the same clock. */
const machines = new WeakMap<
  Clock,
  { readonly backend: MemoryBackend; readonly storages: Map<string, MemoryStorage> }
>();

function machineOf(clock: Clock): { readonly backend: MemoryBackend; readonly storages: Map<string, MemoryStorage> } {
  const known = machines.get(clock);
  if (known) return known;
  const backend = createMemoryBackend({ clock });
  backend.images.set('img:1', {});
  backend.behaviours.set('short', { runTime: 3_000, exitCode: 3 });
  const made = { backend, storages: new Map<string, MemoryStorage>() };
  machines.set(clock, made);
  return made;
}

const probes = {
  http: () => Promise.reject(new Error('no network')),
  tcp: () => Promise.reject(new Error('no network')),
  grpc: () => Promise.reject(new Error('no network')),
};

const inMemory: ProviderDefinition = defineProvider({
  contract: 1,
  name: 'memory-engine',
  summary: 'whole pods on an engine in memory',
  configSchema: anyConfig(),
  fidelity: { spec: 'full' },
  capabilities: {
    createIdempotency: 'permanent',
    terminalRetention: 'unlimited',
    durability: 'platform',
    reads: 'consistent',
    restarts: 'provider',
    consumes: { env: true, volumes: true, tokens: true, pullSecrets: true },
  },
  async open({ cluster, clock, random, logger }) {
    const { backend, storages } = machineOf(clock);
    const runtimes: { stop(): Promise<void> }[] = [];
    return {
      async forNode({ name }) {
        const storage = storages.get(name) ?? createMemoryStorage();
        storages.set(name, storage);
        const owner = { node: name, ...(cluster === undefined ? {} : { cluster }) };
        const runtime = createPodRuntimeProvider(backend, { owner, storage, probes, clock, random, logger });
        runtimes.push(runtime);
        return runtime.provider;
      },
      async close() {
        await Promise.all(runtimes.map((runtime) => runtime.stop()));
      },
    };
  },
});

const container = (name: string): object => ({ name, image: 'img:1', imagePullPolicy: 'IfNotPresent' });

describeProvider(inMemory, {
  describe,
  it,
  pod: () => podOf({ spec: { containers: [{ name: 'a', ...container('a') }] } }),
  shortPod: {
    pod: () => podOf({ spec: { restartPolicy: 'Never', containers: [{ name: 'short', ...container('short') }] } }),
    exitCode: 3,
  },
  refusedPod: () => podOf({ spec: { hostNetwork: true, containers: [{ name: 'a', ...container('a') }] } }),
});
