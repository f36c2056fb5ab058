import type { NodeCondition } from '@virtual-kubelet/kubernetes';
import { describe, expect, it } from 'vitest';
import type { World } from '../../test/node-world.js';
import { createWorld } from '../../test/node-world.js';

const unreachable = { key: 'virtual-kubelet.io/provider-unreachable', effect: 'NoSchedule' };

function condition(world: World, type: string): NodeCondition | undefined {
  return world.server.node('vk')?.status?.conditions?.find((each) => each.type === type);
}

function taintKeys(world: World): readonly string[] {
  return (world.server.node('vk')?.spec?.taints ?? []).map(({ key }) => key);
}

function writes(world: World): number {
  return world.server.calls.filter(({ method, path }) => method === 'PATCH' && path.includes('/nodes/')).length;
}

describe('a provider that stops answering', () => {
  it('shows on the Node after three pings, while the node stays Ready and its lease is renewed', async () => {
    const world = createWorld();
    const { provider, controller, events } = await world.running();
    await world.pass(60);
    provider.answer = () => Promise.reject(new Error('no route to platform'));
    await world.pass(4);
    expect(condition(world, 'ProviderReachable')?.status).toBe('True');
    await world.pass(12);
    expect(condition(world, 'ProviderReachable')).toMatchObject({
      status: 'False',
      reason: 'PingFailed',
      message: 'no route to platform',
    });
    expect(world.server.node('vk')?.spec?.taints).toContainEqual(unreachable);
    await world.pass(3600);
    expect(condition(world, 'Ready')?.status).toBe('True');
    expect(controller.claim.held()).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'provider', isReachable: false });
  });

  it('and answers again loses taint and condition after two pings', async () => {
    const world = createWorld();
    const { provider, events } = await world.running();
    provider.answer = () => Promise.reject(new Error('away'));
    await world.pass(60);
    provider.answer = () => Promise.resolve();
    await world.pass(13.5);
    expect(condition(world, 'ProviderReachable')?.status).toBe('True');
    expect(taintKeys(world)).toEqual(['virtual-kubelet.io/provider']);
    expect(events.at(-1)).toMatchObject({ type: 'provider', isReachable: true });
  });

  it('for a ping or two shows nothing: the doubt goes with the next answer', async () => {
    const world = createWorld();
    const { provider, events } = await world.running();
    await world.pass(60);
    const { pings } = provider;
    provider.answer = () => (provider.pings <= pings + 2 ? Promise.reject(new Error('blinked')) : Promise.resolve());
    await world.pass(60);
    expect(provider.pings).toBeGreaterThan(pings + 4);
    expect(condition(world, 'ProviderReachable')?.status).toBe('True');
    expect(events.filter(({ type }) => type === 'provider')).toEqual([]);
  });

  it('costs two writes, though it says something else each time', async () => {
    const world = createWorld();
    const { provider } = await world.running({ statusInterval: 86_400_000 });
    await world.pass(86_400);
    const before = writes(world);
    provider.answer = () => Promise.reject(new Error(`request ${provider.pings} failed`));
    await world.pass(3600);
    expect(writes(world) - before).toBe(2);
  });

  it('for the time the operator chose makes the node not ready, and ready again when it is back', async () => {
    const world = createWorld();
    const { provider } = await world.running({ outage: { mode: 'not-ready', after: 120_000 } });
    await world.pass(60);
    provider.answer = () => Promise.reject(new Error('away'));
    await world.pass(110);
    expect(condition(world, 'Ready')?.status).toBe('True');
    await world.pass(40);
    expect(condition(world, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ProviderUnreachable',
      message: 'away',
    });
    provider.answer = () => Promise.resolve();
    await world.pass(33);
    expect(condition(world, 'Ready')?.status).toBe('True');
  });

  it('by hanging counts as failing, and is never asked twice at the same time', async () => {
    const world = createWorld();
    const { provider } = await world.running();
    await world.pass(60);
    const pings = provider.pings;
    let release = (): void => undefined;
    provider.answer = () => new Promise((resolve) => (release = resolve));
    await world.pass(60);
    expect(provider.pings).toBe(pings + 1);
    expect(condition(world, 'ProviderReachable')?.status).toBe('False');
    provider.answer = () => Promise.resolve();
    release();
    await world.pass(33);
    expect(condition(world, 'ProviderReachable')?.status).toBe('True');
  });

  it('by throwing before it returns a promise counts as failing', async () => {
    const world = createWorld();
    const { provider } = await world.running();
    provider.answer = () => {
      throw new Error('bug');
    };
    await world.pass(60);
    expect(condition(world, 'ProviderReachable')).toMatchObject({ status: 'False', message: 'bug' });
  });
});

describe('a platform without room', () => {
  it('has a taint that names what is short, for a minute at least and for as long as it is said', async () => {
    const world = createWorld();
    const { controller } = await world.running();
    controller.setCapacityShortage('cpu');
    await world.clock.settle();
    expect(world.server.node('vk')?.spec?.taints?.at(-1)).toEqual({
      key: 'virtual-kubelet.io/out-of-capacity',
      value: 'cpu',
      effect: 'NoSchedule',
    });
    controller.setCapacityShortage(undefined);
    await world.pass(59);
    expect(taintKeys(world)).toContain('virtual-kubelet.io/out-of-capacity');
    await world.pass(12);
    expect(taintKeys(world)).toEqual(['virtual-kubelet.io/provider']);
  });

  it('is tried again after five minutes without news', async () => {
    const world = createWorld();
    const { controller } = await world.running();
    controller.setCapacityShortage('quota');
    await world.pass(290);
    expect(controller.health().shortage).toBe('quota');
    await world.pass(21);
    expect(taintKeys(world)).toEqual(['virtual-kubelet.io/provider']);
  });

  it('costs one write however many pods say so', async () => {
    const world = createWorld();
    const { controller } = await world.running();
    const before = writes(world);
    for (let i = 0; i < 1000; i += 1) controller.setCapacityShortage('cpu');
    await world.clock.settle();
    expect(writes(world) - before).toBe(1);
  });
});
