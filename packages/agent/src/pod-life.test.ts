import type { VolumeFile } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import { crashGate, createWorld, path, podNamed, pods, run, send } from '../test/world.js';

const contentOf = ({ content }: VolumeFile): string => Buffer.from(content.reveal(), 'base64').toString().trim();

describe('the life of a pod', () => {
  it('costs three writes: that it runs, how it ended, its removal', async () => {
    const world = await createWorld();
    const writes: string[] = [];
    const transport = world.playground.transport({
      intercept: ({ method, path: at }) => {
        if (method !== 'GET' && at.startsWith(`${path}/web`)) writes.push(`${method} ${at.split('?')[0]}`);
        return { do: 'pass' };
      },
    });
    await run({ ...world, start: (gate) => world.start(gate, transport) }, crashGate(undefined));
    await send(world, path, podNamed('web', {}, 'Always'));
    await world.clock.advance(30_000);
    await send(world, `${path}/web`);
    await world.clock.advance(30_000);
    expect(await pods(world)).toEqual([]);
    expect(writes).toEqual([`PATCH ${path}/web/status`, `PATCH ${path}/web/status`, `DELETE ${path}/web`]);
  });

  it('costs two writes in a simulation, which has no use for how it ended', async () => {
    const world = await createWorld();
    const writes: string[] = [];
    const transport = world.playground.transport({
      intercept: ({ method, path: at }) => {
        if (method !== 'GET' && at.startsWith(`${path}/web`)) writes.push(method);
        return { do: 'pass' };
      },
    });
    const agent = world.start(crashGate(undefined), transport);
    const options = {
      node: { name: 'vk', providerName: 'mock' },
      instance: 'i',
      policy: { terminalStatus: 'skip' },
    } as const;
    const started = agent.connect().then(() => agent.addNode(options, new AbortController().signal));
    await world.clock.advance(1_000);
    await started;
    await send(world, path, podNamed('web', {}, 'Always'));
    await world.clock.advance(30_000);
    await send(world, `${path}/web`);
    await world.clock.advance(30_000);
    expect(await pods(world)).toEqual([]);
    expect(writes).toEqual(['PATCH', 'DELETE']);
  });

  it('ends at once when it is deleted before any container ran, without an end to tell', async () => {
    const world = await createWorld();
    await run(world, crashGate(undefined));
    await send(world, path, podNamed('slow', { 'mock.virtual-kubelet.io/start-delay': '1h' }, 'Always'));
    await world.clock.advance(5_000);
    expect((await pods(world))[0]?.status?.phase).toBe('Pending');
    await send(world, `${path}/slow`);
    await world.clock.advance(5_000);
    expect(await pods(world)).toEqual([]);
  });

  it('shows its own labels in a volume, and their changes', async () => {
    const world = await createWorld();
    await run(world, crashGate(undefined));
    const pod = podNamed('web', {}, 'Always');
    const items = [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }];
    await send(world, path, { ...pod, spec: { ...pod.spec, volumes: [{ name: 'about', downwardAPI: { items } }] } });
    await world.clock.advance(5_000);
    await world.transport.request({
      method: 'PATCH',
      path: `${path}/web`,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ metadata: { labels: { stage: 'two' } } }),
    });
    await world.clock.advance(5_000);
    expect(world.volumes.map(({ name, files }) => [name, files[0] && contentOf(files[0])])).toEqual([
      ['about', 'stage="two"'],
    ]);
  });
});
