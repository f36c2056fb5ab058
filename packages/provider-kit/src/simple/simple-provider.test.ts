import { lifetime, ManualClock, metricRegistry, seededIds, seededRandom, silentLogger } from '@virtual-kubelet/base';
import type { Agent } from '@virtual-kubelet/agent';
import { createAgent } from '@virtual-kubelet/agent';
import type { Pod } from '@virtual-kubelet/kubernetes';
import { createPlayground } from '@virtual-kubelet/playground';
import { capabilitiesOf } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import { simpleProvider } from './simple-provider.js';
import type { Toy } from '../../test/toy-provider.js';
import { toyProvider } from '../../test/toy-provider.js';

const path = '/api/v1/namespaces/default/pods';

/** A control plane in memory, and an agent on it whose provider has the simple shape. */
async function world(toy: Toy) {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const ids = seededIds(random);
  const playground = createPlayground({ clock, random, ids, logger: silentLogger });
  const transport = playground.transport();
  const definition = simpleProvider({ name: 'toy', summary: 'runs nothing', create: () => toy });
  const start = async (): Promise<Agent> => {
    const agent = createAgent({
      transport: playground.transport(),
      clock,
      random,
      ids,
      logger: silentLogger,
      metrics: metricRegistry(),
      definition,
      config: {},
      capabilities: capabilitiesOf(definition, {}),
      environment: {},
      kubeletVersion: 'v1.37.2-vk-test',
      clusterNetwork: { clusterDomain: 'cluster.local', dnsAddresses: [] },
    });
    const begin = async (): Promise<void> => {
      await agent.connect();
      await agent.addNode({ node: { name: 'vk', providerName: 'toy' }, instance: 'here' }, lifetime().signal);
    };
    const begun = begin();
    await clock.advance(2_000);
    await begun;
    return agent;
  };
  const send = async (method: 'POST' | 'DELETE', at: string, body?: object): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const more = body ? { body: JSON.stringify(body), headers } : {};
    expect((await transport.request({ method, path: at, ...more })).status).toBeLessThan(300);
  };
  const pods = async (): Promise<readonly Pod[]> => {
    const { body } = await transport.request({ method: 'GET', path });
    return (JSON.parse(new TextDecoder().decode(body)) as { items: Pod[] }).items;
  };
  const agent = await start();
  return { clock, start, send, pods, agent };
}

const web: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    nodeName: 'vk',
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 7,
    containers: [
      {
        name: 'c',
        image: 'nginx',
        env: [
          { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        ],
        args: ['--name=$(NAME)'],
      },
    ],
  },
};

describe.each([
  ['that notifies', true],
  ['that is polled', false],
])('a provider in the simple shape %s', (_, notifies) => {
  it('runs a pod with its environment resolved, and lets it go when it is deleted', async () => {
    const toy = toyProvider(notifies);
    const { clock, send, pods, agent } = await world(toy);
    await send('POST', path, web);
    await clock.advance(2_000);
    const [running] = await pods();
    expect(running?.status).toMatchObject({ phase: 'Running', podIP: '10.1.2.3' });
    expect(running?.status?.conditions?.find((c) => c.type === 'Ready')?.status).toBe('True');
    const [container] = toy.pods.get('default/web')?.spec?.containers ?? [];
    expect(container?.args).toEqual(['--name=web']);
    expect(container?.env?.slice(0, 2)).toEqual([
      { name: 'NAME', value: 'web' },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ]);
    await send('DELETE', `${path}/web`);
    await clock.advance(2_000);
    expect(await pods()).toEqual([]);
    expect(toy.calls).toEqual(['create default/web', 'delete default/web 7']);
    await agent.stop(lifetime().signal);
  });

  it('shows how a pod ended, with the true exit code', async () => {
    const toy = toyProvider(notifies);
    const { clock, send, pods, agent } = await world(toy);
    await send('POST', path, web);
    await clock.advance(2_000);
    toy.exit('default/web', 3);
    await clock.advance(10_000);
    const [ended] = await pods();
    expect(ended?.status?.phase).toBe('Failed');
    expect(ended?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(3);
    await agent.stop(lifetime().signal);
  });

  it('keeps its pods when the virtual kubelet starts again', async () => {
    const toy = toyProvider(notifies);
    const { clock, send, pods, start, agent } = await world(toy);
    await send('POST', path, web);
    await clock.advance(2_000);
    await agent.stop(lifetime().signal);
    const next = await start();
    await clock.advance(60_000);
    expect((await pods())[0]?.status?.phase).toBe('Running');
    expect(toy.calls).toEqual(['create default/web']);
    await next.stop(lifetime().signal);
  });
});
