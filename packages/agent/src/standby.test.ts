import { lifetime } from '@virtual-kubelet/base';
import { expect, it } from 'vitest';
import { crashGate, createWorld, path, podNamed, pods, send } from '../test/world.js';
import type { World } from '../test/world.js';
import type { Agent } from './index.js';

const node = { node: { name: 'vk', providerName: 'mock' }, instance: 'same place' };

async function started(world: World): Promise<Agent> {
  const agent = world.start(crashGate(undefined));
  const ready = agent.connect().then(() => agent.addNode(node, lifetime().signal));
  await world.clock.advance(1_000);
  await ready;
  return agent;
}

it('an agent whose node another took over stands by, says so, and leaves pods to the other', async () => {
  const world = await createWorld();
  const first = await started(world);
  await send(world, path, podNamed('web', {}, 'Always'));
  await world.clock.advance(5_000);
  expect(first.problems()).toEqual([]);
  const second = await started(world);
  await world.clock.advance(15_000);
  expect(first.problems()).toEqual([
    'node vk was taken over by another agent: same place; this one stands by until that has gone',
  ]);
  expect(second.problems()).toEqual([]);
  const created = world.entries.length;
  await world.clock.advance(60_000);
  expect(world.entries).toHaveLength(created);
  expect((await pods(world)).map(({ status }) => status?.phase)).toEqual(['Running']);
  const stopped = second.stop(lifetime().signal);
  await world.clock.advance(20_000);
  await stopped;
  expect(first.problems()).toEqual([]);
});
