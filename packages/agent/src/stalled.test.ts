import type { Clock } from '@virtual-kubelet/base';
import { lifetime } from '@virtual-kubelet/base';
import { expect, it } from 'vitest';
import type { Gate, World } from '../test/world.js';
import { crashGate, createWorld } from '../test/world.js';
import type { Agent } from './index.js';

async function started(world: World, gate: Gate, time: Clock = world.clock): Promise<Agent> {
  const agent = world.start(gate, undefined, time);
  const node = { node: { name: 'vk', providerName: 'mock' }, instance: 'a' };
  const ready = agent.connect().then(() => agent.addNode(node, lifetime().signal));
  await world.clock.advance(1_000);
  await ready;
  return agent;
}

it('an agent whose API server never answers need not be started anew, for however long', async () => {
  const world = await createWorld();
  const gate = crashGate(undefined);
  const agent = await started(world, gate);
  gate.kill();
  for (let minute = 0; minute < 20; minute += 1) {
    await world.clock.advance(60_000);
    expect(agent.problems()).not.toEqual([]);
    expect(agent.stalled()).toEqual([]);
  }
});

it('an agent whose heartbeat waits for ever says that it should be started anew', async () => {
  const world = await createWorld();
  const { clock } = world;
  const gate = crashGate(undefined);
  // With a clock that ends no call, one that is never answered stands for a defect.
  const time: Clock = {
    wall: () => clock.wall(),
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    turn: () => clock.turn(),
    deadline: (_ms, parent = lifetime().signal) => ({ signal: parent, release: () => undefined }),
  };
  const agent = await started(world, gate, time);
  await clock.advance(60_000);
  expect(agent.stalled()).toEqual([]);
  gate.kill();
  await clock.advance(70_000);
  expect(agent.stalled()).toEqual([]);
  await clock.advance(30_000);
  expect(agent.stalled()).toEqual([expect.stringMatching(/^the heartbeat of node vk has stood still for 9\d s$/)]);
});
