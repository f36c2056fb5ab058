/** The configuration of pods over a whole API server, with its own rules, watches and clock. */
import { ManualClock, seededIds, seededRandom, silentLogger } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import { createApiClient, createInformer, resources } from '@virtual-kubelet/client';
import type { Container, Pod } from '@virtual-kubelet/kubernetes';
import { createPlayground } from '@virtual-kubelet/playground';
import type { PodInputs } from '@virtual-kubelet/provider';
import { resolve } from '@virtual-kubelet/provider';
import { describe, expect, test } from 'vitest';
import type { ConfigInformers } from './config-notices.js';
import { givenOf } from './config-watcher.js';
import type { PodConfiguration } from './pod-configuration.js';
import { createPodConfiguration } from './pod-configuration.js';
import type { InputsOutcome } from './resolve-inputs.js';

interface World {
  readonly client: ApiClient;
  readonly clock: ManualClock;
  readonly configuration: PodConfiguration;
  readonly changed: string[];
  readonly end: () => Promise<void>;
}

function world(refresh: 'ttl' | 'watch' = 'ttl'): World {
  const clock = new ManualClock();
  const random = seededRandom(11);
  const playground = createPlayground({ clock, random, ids: seededIds(random) });
  const transport = playground.transport();
  const client = createApiClient({ transport, clock, random });
  const informers: ConfigInformers = (resource, namespace) =>
    createInformer({ resource, selection: { namespace }, client, transport, clock, random, logger: silentLogger });
  const configuration = createPodConfiguration({
    client,
    clock,
    random,
    logger: silentLogger,
    clusterNetwork: { clusterDomain: 'cluster.local', dnsAddresses: ['10.96.0.10'] },
    consumes: { env: true, volumes: true, tokens: false, pullSecrets: true },
    nodeName: 'vk',
    nodeAllocatable: () => ({ cpu: '4' }),
    ...(refresh === 'watch' ? { informers } : {}),
  });
  const changed: string[] = [];
  configuration.onChanged((uid) => changed.push(uid));
  const end = async (): Promise<void> => {
    await configuration.close();
    playground.close();
    await transport.close();
  };
  return { client, clock, configuration, changed, end };
}

/** Creates a pod and gives it back as the API server keeps it, defaults filled in. */
function created(
  client: ApiClient,
  container: Partial<Container>,
  volumes: NonNullable<Pod['spec']>['volumes'] = [],
): Promise<Pod> {
  const containers = [{ name: 'app', image: 'nginx', ...container }];
  const metadata = { namespace: 'default', generateName: 'web-' };
  return client.create(resources.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { nodeName: 'vk', containers, volumes },
  });
}

function inputs(outcome: InputsOutcome): PodInputs {
  if (outcome.kind !== 'resolved') throw new Error(outcome.message);
  return outcome.inputs;
}

function valueOf(outcome: InputsOutcome, name: string): unknown {
  const found = inputs(outcome).containers[0]?.env.find((variable) => variable.name === name);
  return found && resolve(found.value, { podIPs: [], hostIPs: [] });
}

const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name: 'settings' } } as const;

describe('the configuration of a pod in a cluster', () => {
  test('has what the cluster has, Services and downward fields too', async () => {
    const { client, configuration, end } = world();
    await client.create(resources.configMaps, { ...settings, data: { LEVEL: 'debug' } });
    const spec = { ports: [{ port: 80 }], selector: { app: 'shop' } };
    const service = await client.create(resources.services, { metadata: { namespace: 'default', name: 'shop' }, spec });
    const pod = await created(client, {
      envFrom: [{ configMapRef: { name: 'settings' } }],
      env: [
        { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        { name: 'ALL', value: '$(LEVEL) $(NAME) $(CPU) $(SHOP_SERVICE_PORT)' },
      ],
    });
    const outcome = await configuration.resolve(pod);
    expect(valueOf(outcome, 'ALL')).toBe(`debug ${pod.metadata?.name} 4 80`);
    expect(valueOf(outcome, 'SHOP_SERVICE_HOST')).toBe(service.spec?.clusterIP);
    await end();
  });

  test('changes reach a running pod within the time to live', async () => {
    const { client, clock, configuration, changed, end } = world();
    await client.create(resources.configMaps, { ...settings, data: { k: '1' } });
    const pod = await created(client, {}, [{ name: 'v', configMap: { name: 'settings' } }]);
    configuration.watch(pod, givenOf(inputs(await configuration.resolve(pod)).volumes));
    await client.replace(resources.configMaps, { ...settings, data: { k: '2' } });
    await clock.advance(150_000);
    expect(changed).toContain(pod.metadata?.uid);
    await end();
  });

  test('changes reach a running pod by the next look, whatever an earlier look has read', async () => {
    const { client, clock, configuration, changed, end } = world();
    await client.create(resources.configMaps, { ...settings, data: { k: '1' } });
    const pod = await created(client, {}, [{ name: 'v', configMap: { name: 'settings' } }]);
    const given = givenOf(inputs(await configuration.resolve(pod)).volumes);
    configuration.watch(pod, given);
    await client.replace(resources.configMaps, { ...settings, data: { k: '2' } });
    await clock.advance(5_000);
    configuration.watch({ ...pod, metadata: { ...pod.metadata, labels: { a: 'b' } } }, given);
    await clock.advance(73_000);
    expect(changed).toContain(pod.metadata?.uid);
    await end();
  });

  test('changes reach a running pod at once when they are watched', async () => {
    const { client, clock, configuration, changed, end } = world('watch');
    await client.create(resources.configMaps, { ...settings, data: { k: '1' } });
    const pod = await created(client, {}, [{ name: 'v', configMap: { name: 'settings' } }]);
    configuration.watch(pod, givenOf(inputs(await configuration.resolve(pod)).volumes));
    await clock.advance(5_000);
    expect(changed).toEqual([]);
    await client.replace(resources.configMaps, { ...settings, data: { k: '2' } });
    await clock.advance(1_000);
    expect(changed).toEqual([pod.metadata?.uid]);
    await end();
    expect(clock.pending).toBe(0);
  });

  test('a pod that waits for a Secret hears of it when Secrets are watched', async () => {
    const { client, clock, configuration, changed, end } = world('watch');
    const pod = await created(client, { envFrom: [{ secretRef: { name: 'late' } }] });
    expect(await configuration.resolve(pod)).toMatchObject({ kind: 'missing', message: 'secret "late" not found' });
    await clock.advance(5_000);
    // The first list tells of what was there before.
    changed.length = 0;
    await clock.advance(60_000);
    expect(changed).toEqual([]);
    await client.create(resources.secrets, {
      metadata: { namespace: 'default', name: 'late' },
      stringData: { K: 'v' },
    });
    await clock.advance(1_000);
    expect(changed).toEqual([pod.metadata?.uid]);
    expect(inputs(await configuration.resolve(pod)).containers[0]?.env.map(({ name }) => name)).toContain('K');
    await end();
  });
});
