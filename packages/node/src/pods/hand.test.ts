import { ManualClock } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { PodInputs, PodRequest, PodUpdate, Provider } from '@virtual-kubelet/provider';
import { callContext } from '@virtual-kubelet/testing';
import { describe, expect, it } from 'vitest';
import type { InputsOutcome, PodConfiguration } from '../configuration/index.js';
import type { EventRecorder } from '../events/event-recorder.js';
import type { EffectsOptions } from './effects-options.js';
import { podEffects } from './pod-effects.js';
import { defaultPodPolicy } from './pod-policy.js';
import { podTable } from './pod-table.js';

const ref = { namespace: 'default', name: 'web', uid: 'u1' };
const pod: Pod = {
  metadata: { ...ref, generation: 1 },
  spec: { containers: [{ name: 'c', image: 'nginx' }] },
  status: { observedGeneration: 1 },
};
const inputs: PodInputs = {
  containers: [],
  volumes: [{ kind: 'contents', name: 'v', revision: 'r1', files: [], sensitive: true }],
  pullSecrets: [],
  dns: { nameservers: [], searches: [], options: [] },
  hostname: 'web',
  clusterNetwork: { clusterDomain: 'cluster.local', dnsAddresses: [] },
};
const given = [{ name: 'v', revision: 'r1' }];
const found: InputsOutcome = { kind: 'resolved', inputs, notes: [] };

function world(outcome: InputsOutcome) {
  const table = podTable();
  const calls: (PodRequest | PodUpdate)[] = [];
  const watched: unknown[] = [];
  const unused = (): Promise<never> => Promise.reject(new Error('not expected'));
  const provider: Provider = {
    createPod: async (request) => void calls.push(request),
    async updatePod(update) {
      calls.push(update);
      return [];
    },
    deletePod: unused,
    getPod: unused,
    getPodStatus: unused,
    getPods: unused,
  };
  const configuration = {
    resolve: async () => outcome,
    watch: (_pod: Pod, volumes: unknown) => void watched.push(volumes),
  } as unknown as PodConfiguration;
  const context = callContext();
  const options: EffectsOptions = {
    provider,
    capabilities: {
      createIdempotency: 'permanent',
      terminalRetention: 'unlimited',
      durability: 'platform',
      reads: 'consistent',
      restarts: 'provider',
      consumes: { env: true, volumes: true, tokens: true, pullSecrets: true },
    },
    calls: (_, run) => run(context),
    client: {} as ApiClient,
    configuration,
    events: { event: () => undefined } as unknown as EventRecorder,
    clock: new ManualClock(),
    policy: defaultPodPolicy,
    admission: {} as EffectsOptions['admission'],
    table,
    touch: () => undefined,
    acted: () => undefined,
    shortage: () => undefined,
    verifyNode: async () => undefined,
  };
  table.put({ ...table.ensure(ref), workload: 'present', everPresent: true, attempt: 3 });
  return { effects: podEffects(options), table, calls, watched, signal: context.signal };
}

describe('a pod found after a restart, handed over once more', () => {
  it('comes with its inputs and the attempt that runs', async () => {
    const { effects, table, calls, signal } = world(found);
    await effects.hand(table.ensure(ref), pod, signal);
    expect(calls).toEqual([{ ref, pod, inputs, attempt: 3 }]);
    expect(table.get('u1')).toMatchObject({ handed: pod, given, workload: 'present', considered: 1 });
  });

  it('is remembered by the revisions of its volumes, never by what is in them', async () => {
    for (const generation of [1, 2]) {
      const { effects, table, watched, signal } = world(found);
      await effects.hand(table.ensure(ref), { ...pod, metadata: { ...ref, generation } }, signal);
      expect(table.get('u1')).not.toHaveProperty('inputs');
      expect(table.get('u1')?.given).toEqual(given);
      expect(watched.at(-1)).toEqual(given);
    }
  });

  it('is updated with what changed while nobody was there', async () => {
    const { effects, table, calls, signal } = world(found);
    await effects.hand(table.ensure(ref), { ...pod, metadata: { ...ref, generation: 2 } }, signal);
    expect(calls.map((call) => 'changes' in call)).toEqual([false, true]);
    expect(table.get('u1')?.handed?.metadata?.generation).toBe(2);
  });

  it('goes on unchanged when its configuration is gone', async () => {
    const missing: InputsOutcome = {
      kind: 'missing',
      waitingReason: 'CreateContainerConfigError',
      message: 'secret "x" not found',
      events: [],
    };
    const { effects, table, calls, signal } = world(missing);
    await expect(effects.hand(table.ensure(ref), pod, signal)).rejects.toThrow('secret "x" not found');
    expect(calls).toEqual([]);
    expect(table.get('u1')).not.toHaveProperty('hold');
    expect(table.get('u1')?.handed).toBeUndefined();
  });
});
