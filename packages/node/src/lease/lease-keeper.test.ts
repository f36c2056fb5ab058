import { describe, expect, it } from 'vitest';
import type { Fault, SeenCall } from '../../test/fake-api-server.js';
import { leasePath, nodePath } from '../../test/fake-api-server.js';
import type { World } from '../../test/node-world.js';
import { createWorld } from '../../test/node-world.js';

function renewals(world: World, from = 0): readonly SeenCall[] {
  return world.server.calls.slice(from).filter(({ method, path }) => method === 'PUT' && path === leasePath('vk'));
}

function onLeases(fault: Fault): (call: SeenCall) => Fault | undefined {
  return ({ path }) => (path.includes('/leases') ? fault : undefined);
}

function holder(world: World): string | undefined {
  return world.server.lease('vk')?.metadata?.annotations?.['virtual-kubelet.io/instance'];
}

describe('a lease', () => {
  it('is renewed every ten seconds or so, in the lane of heartbeats', async () => {
    const world = createWorld();
    await world.running();
    await world.pass(60);
    const from = world.server.calls.length;
    await world.pass(600);
    const found = renewals(world, from);
    expect(found.length).toBeGreaterThanOrEqual(57);
    expect(found.length).toBeLessThanOrEqual(63);
    expect(new Set(found.map(({ lane }) => lane))).toEqual(new Set(['heartbeat']));
  });

  it('keeps what others put there', async () => {
    const world = createWorld();
    await world.running();
    world.server.edit(leasePath('vk'), (lease) => ({
      ...lease,
      metadata: { ...lease.metadata, labels: { their: 'label' } },
    }));
    await world.pass(60);
    expect(world.server.lease('vk')?.metadata?.labels).toEqual({ their: 'label' });
    expect(holder(world)).toBe('a');
  });

  it('deleted by somebody is back with the next renewal, and the claim was never lost', async () => {
    const world = createWorld();
    const { controller, events } = await world.running();
    await world.pass(60);
    world.server.remove(leasePath('vk'));
    await world.pass(10.5);
    expect(world.server.lease('vk')?.spec?.holderIdentity).toBe('vk');
    expect(controller.claim.held()).toBe(true);
    expect(events.map(({ type }) => type)).toEqual(['registered']);
  });

  it('whose renewal was done but not answered is still ours', async () => {
    const world = createWorld();
    const { controller, events } = await world.running();
    await world.pass(60);
    let lost = 2;
    world.server.fault = ({ method }) => (method === 'PUT' && (lost -= 1) >= 0 ? 'answer lost' : undefined);
    await world.pass(60);
    expect(controller.health()).toMatchObject({ isClaimHeld: true, troubles: [] });
    expect(events.map(({ type }) => type)).toEqual(['registered']);
  });

  it('is not held up by a server that asks for an absurd wait', async () => {
    const world = createWorld();
    const { controller } = await world.running();
    await world.pass(60);
    const headers = { 'retry-after': '86400' };
    world.server.fault = onLeases({ status: 429, headers });
    await world.pass(20);
    world.server.fault = () => undefined;
    await world.pass(10.5);
    expect(controller.health()).toMatchObject({ isClaimHeld: true, troubles: [] });
  });

  it('is not renewed while the agent does not hear of its pods, so that the claim ends', async () => {
    const world = createWorld();
    let isFresh = true;
    const { controller } = await world.running({ watchFresh: () => isFresh });
    await world.pass(60);
    isFresh = false;
    const from = world.server.calls.length;
    await world.pass(36);
    expect(renewals(world, from)).toEqual([]);
    expect(controller.claim.held()).toBe(false);
    expect(controller.health().troubles).toMatchObject([{ error: { code: 'VK_NODE_WATCH_STALE' } }]);
    isFresh = true;
    await world.pass(2);
    expect(controller.health()).toMatchObject({ isClaimHeld: true, troubles: [] });
  });

  it('that is not tried while the process is frozen is told as a stall, until the process has caught up', async () => {
    const world = createWorld();
    const { controller, freeze } = await world.running();
    await world.pass(60);
    expect(controller.health().stalledFor).toBeUndefined();
    freeze(600_000);
    expect(controller.health().stalledFor).toBeGreaterThanOrEqual(600_000);
    await world.pass(20);
    expect(controller.health().stalledFor).toBeUndefined();
    await controller.stop();
    await world.pass(600);
    expect(controller.health().stalledFor).toBeUndefined();
  });

  it('of nodes that start together is renewed at times spread over the interval', async () => {
    const world = createWorld();
    await Promise.all(Array.from({ length: 100 }, (_, i) => world.running({ name: `vk-${i}` })));
    await world.pass(30);
    const counts: number[] = [];
    for (let second = 0; second < 10; second += 1) {
      const from = world.server.calls.length;
      await world.pass(1);
      counts.push(world.server.calls.slice(from).filter(({ method }) => method === 'PUT').length);
    }
    expect(counts.reduce((a, b) => a + b)).toBeGreaterThan(90);
    expect(Math.max(...counts)).toBeLessThan(30);
  });
});

describe('two agents with one name', () => {
  it('of which one lives: the other is refused soon, before it asked its provider anything', async () => {
    const world = createWorld();
    await world.running({ instance: 'a' });
    await world.pass(60);
    const second = world.agent({ instance: 'b' });
    await world.pass(21);
    await expect(second.started).rejects.toMatchObject({
      code: 'VK_NODE_HELD',
      exit: 1,
      message: 'node vk is held by another running agent: a',
    });
    expect([second.provider.pings, second.provider.descriptions]).toEqual([0, 0]);
    expect(holder(world)).toBe('a');
  });

  it('of which one crashed: the other takes over when the lease has not changed for its duration', async () => {
    const world = createWorld();
    const first = await world.running({ instance: 'a' });
    await world.pass(60);
    first.crash();
    await world.clock.settle();
    const second = world.agent({ instance: 'b' });
    await world.pass(39);
    expect(second.controller.claim.held()).toBe(false);
    expect(second.provider.pings).toBe(0);
    await world.pass(6);
    await second.started;
    expect(second.controller.claim.held()).toBe(true);
    expect(first.controller.claim.held()).toBe(false);
    expect(holder(world)).toBe('b');
  });

  it('of which one stopped cleanly: the other starts at once', async () => {
    const world = createWorld();
    const first = await world.running({ instance: 'a' });
    await world.pass(60);
    await first.controller.stop();
    expect(first.controller.claim.held()).toBe(false);
    const second = await world.running({ instance: 'b' });
    expect(second.controller.claim.held()).toBe(true);
  });

  it('of which one is a kubelet: the other is refused', async () => {
    const world = createWorld();
    const renew = (i: number): void =>
      world.server.put(leasePath('vk'), {
        kind: 'Lease',
        metadata: { name: 'vk' },
        spec: { holderIdentity: 'vk', leaseDurationSeconds: 40, renewTime: `t${i}` },
      });
    renew(0);
    const second = world.agent({ instance: 'b' });
    await world.pass(10);
    renew(1);
    await world.pass(10);
    await expect(second.started).rejects.toMatchObject({ code: 'VK_NODE_HELD' });
  });

  it('in the same place: the younger takes over at once, the older steps back and stays back', async () => {
    const world = createWorld();
    const older = await world.running({ instance: 'a' });
    await world.pass(60);
    const younger = await world.running({ instance: 'a' });
    await world.pass(11);
    expect(older.events.at(-1)).toMatchObject({ type: 'claim-lost', error: { code: 'VK_NODE_TAKEN_OVER' } });
    expect(older.controller.health().takenOver?.message).toBe('node vk was taken over by another agent: a');
    const pings = older.provider.pings;
    await world.pass(600);
    expect([older, younger].map(({ controller }) => controller.claim.held())).toEqual([false, true]);
    expect(older.provider.pings).toBe(pings);
    expect(younger.events.map(({ type }) => type)).toEqual(['registered']);
    younger.crash();
    await world.pass(60);
    expect(older.controller.claim.held()).toBe(true);
    expect(older.controller.health().takenOver).toBeUndefined();
    expect(older.logs.map(({ message }) => message)).toContain('acts for the node again: the other agent has gone');
  });

  it('never hold the claim at the same time, however the first one is cut off', async () => {
    const world = createWorld();
    let isCut = false;
    const first = await world.running({ instance: 'a' });
    world.server.fault = ({ body, method }) => {
      const isFirst = method === 'PUT' && JSON.stringify(body).includes('"virtual-kubelet.io/instance":"a"');
      return isCut && isFirst ? 'answer lost' : undefined;
    };
    await world.pass(60);
    isCut = true;
    const second = world.agent({ instance: 'b' });
    for (let second_ = 0; second_ < 300; second_ += 1) {
      await world.pass(1);
      expect([first, second].filter(({ controller }) => controller.claim.held()).length).toBeLessThan(2);
    }
  });
});

describe('a frozen process', () => {
  it('does not hold its claim when it wakes, finds out who does, and acts no more', async () => {
    const world = createWorld();
    const first = await world.running({ instance: 'a' });
    await world.pass(60);
    // Another agent took over in the meantime.
    first.freeze(600_000);
    world.server.edit(leasePath('vk'), (lease) => ({
      ...lease,
      metadata: {
        ...lease.metadata,
        annotations: { 'virtual-kubelet.io/instance': 'b', 'virtual-kubelet.io/incarnation': 'b-1' },
      },
    }));
    expect(first.controller.claim.held()).toBe(false);
    const writes = (): number =>
      world.server.calls.filter(({ path, method }) => path.startsWith(nodePath('vk')) && method !== 'GET').length;
    const before = writes();
    await world.pass(11);
    expect(first.events.at(-1)?.type).toBe('claim-lost');
    expect(writes()).toBe(before);
  });

  it('renews at once where nobody took over, and writes its status, which others may have changed', async () => {
    const world = createWorld();
    const { controller, freeze, events } = await world.running({ lookInterval: 86_400_000 });
    await world.pass(60);
    freeze(60_000);
    world.server.edit(nodePath('vk'), (node) => ({
      ...node,
      status: { conditions: [{ type: 'Ready', status: 'Unknown' }] },
    }));
    await world.pass(11);
    expect(controller.claim.held()).toBe(true);
    expect(world.server.node('vk')?.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'True' }),
    );
    expect(events.map(({ type }) => type)).toEqual(['registered']);
  });

  it('notices by the wall clock that the machine slept, though the monotonic clock stood still', async () => {
    const world = createWorld();
    const { controller, freeze } = await world.running();
    await world.pass(60);
    freeze(36_000_000, true);
    expect(controller.claim.held()).toBe(false);
    let isHeld = false;
    void controller.claim.waitHeld(new AbortController().signal).then(() => (isHeld = true));
    await world.pass(11);
    expect([controller.claim.held(), isHeld]).toEqual([true, true]);
  });
});

describe('a wall clock that jumps back', () => {
  it('changes nothing: the claim is held, renewals and heartbeats go on', async () => {
    const world = createWorld();
    const { controller, events } = await world.running();
    await world.pass(60);
    world.clock.jumpWall(-365 * 86_400_000);
    const from = world.server.calls.length;
    for (let i = 0; i < 60; i += 1) {
      await world.pass(10);
      expect(controller.claim.held()).toBe(true);
    }
    const calls = world.server.calls.slice(from);
    expect(renewals(world, from).length).toBeGreaterThan(55);
    expect(calls.filter(({ path }) => path.endsWith('/status')).length).toBe(2);
    expect(events.map(({ type }) => type)).toEqual(['registered']);
  });
});

describe('a wall clock that jumps back while the API server is away', () => {
  it('does not make the claim last longer', async () => {
    const world = createWorld();
    const { controller } = await world.running();
    await world.pass(60);
    world.server.fault = () => 'refused';
    world.clock.jumpWall(-3_600_000);
    await world.pass(36);
    expect(controller.claim.held()).toBe(false);
  });
});

describe('waiting for the claim', () => {
  it('ends with the signal', async () => {
    const world = createWorld();
    world.server.fault = onLeases({ status: 403 });
    const { controller } = world.agent();
    const abort = new AbortController();
    const waiting = controller.claim.waitHeld(abort.signal);
    await world.pass(60);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
