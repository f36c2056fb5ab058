import type { Pod } from '@virtual-kubelet/kubernetes';
import { describe, expect, it } from 'vitest';
import type { AgentWorld } from '../../test/agent-world.js';
import { agentWorld, podsPath } from '../../test/agent-world.js';
import type { Toy } from '../../test/toy-provider.js';
import { toyProvider } from '../../test/toy-provider.js';
import { simpleProvider } from './simple-provider.js';

/** An agent whose provider has the simple shape. */
function world(toy: Toy): AgentWorld {
  return agentWorld(simpleProvider({ name: 'toy', summary: 'runs nothing', create: () => toy }));
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
    const { clock, send, pods, start, stop } = world(toy);
    const agent = await start();
    await send('POST', podsPath, web);
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
    await send('DELETE', `${podsPath}/web`);
    await clock.advance(2_000);
    expect(await pods()).toEqual([]);
    expect(toy.calls).toEqual(['create default/web', 'delete default/web 7']);
    await stop(agent);
  });

  it('shows how a pod ended, with the true exit code', async () => {
    const toy = toyProvider(notifies);
    const { clock, send, pods, start, stop } = world(toy);
    const agent = await start();
    await send('POST', podsPath, web);
    await clock.advance(2_000);
    toy.exit('default/web', 3);
    await clock.advance(10_000);
    const [ended] = await pods();
    expect(ended?.status?.phase).toBe('Failed');
    expect(ended?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(3);
    await stop(agent);
  });

  it('keeps its pods when the virtual kubelet starts again', async () => {
    const toy = toyProvider(notifies);
    const { clock, send, pods, start, stop } = world(toy);
    const agent = await start();
    await send('POST', podsPath, web);
    await clock.advance(2_000);
    await stop(agent);
    const next = await start();
    await clock.advance(60_000);
    expect((await pods())[0]?.status?.phase).toBe('Running');
    expect(toy.calls).toEqual(['create default/web']);
    await stop(next);
  });
});
