// A provider without anything to say about its node gets the NaiveNodeProvider of the contract.
import { NaiveNodeProvider } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import { nodePath } from '../../test/fake-api-server.js';
import type { World } from '../../test/node-world.js';
import { createWorld } from '../../test/node-world.js';

const conditionsOf = (world: World): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries((world.server.node('vk')?.status?.conditions ?? []).map(({ type, status }) => [type, status]));

describe('a node of the NaiveNodeProvider', () => {
  it('is Ready with what every node has, and stays so for days', async () => {
    const world = createWorld();
    await world.running({ provider: new NaiveNodeProvider() });
    const { metadata, spec, status } = world.server.node('vk') ?? {};
    expect(metadata?.labels).toMatchObject({ type: 'virtual-kubelet', 'kubernetes.io/role': 'agent' });
    expect(spec?.taints).toEqual([{ key: 'virtual-kubelet.io/provider', value: 'mock', effect: 'NoSchedule' }]);
    expect(status?.capacity).toEqual({ cpu: '20', memory: '100Gi', pods: '110' });
    const conditions = conditionsOf(world);
    expect(conditions).toMatchObject({ Ready: 'True', ProviderReachable: 'True' });
    await world.pass(2 * 86_400);
    expect(conditionsOf(world)).toEqual(conditions);
  });

  it('is what the provider was made with, also when it has to be made again', async () => {
    const world = createWorld();
    const description = { capacity: { cpu: '3', 'example.com/gpu': '2' }, labels: { zone: 'moon' } };
    await world.running({ provider: new NaiveNodeProvider(description) });
    const shown = () => {
      const { metadata, status } = world.server.node('vk') ?? {};
      return { ...status?.capacity, zone: metadata?.labels?.['zone'] };
    };
    const expected = { cpu: '3', memory: '100Gi', pods: '110', 'example.com/gpu': '2', zone: 'moon' };
    expect(shown()).toEqual(expected);
    world.server.remove(nodePath('vk'));
    await world.pass(600);
    expect(shown()).toEqual(expected);
    expect(conditionsOf(world)['Ready']).toBe('True');
  });

  it('leaves nothing behind when its agent stops', async () => {
    const world = createWorld();
    const { controller } = await world.running({ provider: new NaiveNodeProvider() });
    await controller.stop();
    expect(world.clock.pending).toBe(0);
  });
});
