import { seededRandom } from '@virtual-kubelet/base';
import { createApiClient } from '@virtual-kubelet/client';
import { describe, expect, it } from 'vitest';
import { leasePath, nodePath } from '../../test/fake-api-server.js';
import type { World } from '../../test/node-world.js';
import { createWorld } from '../../test/node-world.js';
import type { DeregisterOptions, Deregistration } from './deregister.js';
import { deregister } from './deregister.js';

interface Attempt {
  readonly outcome: Promise<Deregistration>;
  /** What was told about the Lease. */
  readonly watching: (readonly [string, number])[];
}

function attempt(world: World, options: Partial<DeregisterOptions> = {}): Attempt {
  const { clock, server } = world;
  const watching: (readonly [string, number])[] = [];
  const outcome = deregister({
    client: createApiClient({ transport: server.transport, clock, random: seededRandom(2) }),
    clock,
    node: 'vk',
    signal: new AbortController().signal,
    onWatching: (...told) => watching.push(told),
    ...options,
  });
  outcome.catch(() => undefined);
  return { outcome, watching };
}

const writes = (world: World): readonly string[] =>
  world.server.calls.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);

describe('removing a node for good', () => {
  it('deletes the Node and its Lease at once where the agent has let go', async () => {
    const world = createWorld();
    const { controller } = await world.running();
    await controller.stop();
    const { outcome, watching } = attempt(world);
    expect(await outcome).toEqual({ node: 'deleted', lease: 'deleted' });
    expect([world.server.node('vk'), world.server.lease('vk')]).toEqual([undefined, undefined]);
    expect(watching).toEqual([]);
  });

  it('waits until the agent is known to be dead where it was killed', async () => {
    const world = createWorld();
    (await world.running()).crash();
    const { outcome, watching } = attempt(world);
    await world.pass(39);
    expect(watching).toEqual([['a', 40_000]]);
    expect(world.server.node('vk')).toBeDefined();
    await world.pass(2);
    expect(await outcome).toEqual({ node: 'deleted', lease: 'deleted' });
  });

  it('is refused while an agent lives, and the Node stays as it is', async () => {
    const world = createWorld();
    await world.running();
    const before = world.server.node('vk');
    const { outcome } = attempt(world);
    await world.pass(20);
    await expect(outcome).rejects.toMatchObject({ code: 'VK_NODE_IN_USE', message: expect.stringContaining('a') });
    expect(world.server.node('vk')).toEqual(before);
  });

  it.each([{ labels: { 'kubernetes.io/os': 'linux' } }, {}])('is refused for a Node with %j', async (metadata) => {
    const world = createWorld();
    world.server.put(nodePath('vk'), { kind: 'Node', metadata: { name: 'vk', ...metadata } });
    await expect(attempt(world).outcome).rejects.toMatchObject({ code: 'VK_NODE_FOREIGN' });
    expect(writes(world)).toEqual([]);
  });

  it('takes a Lease that an agent left behind without its Node', async () => {
    const world = createWorld();
    const { controller } = await world.running();
    await controller.stop();
    world.server.remove(nodePath('vk'));
    expect(await attempt(world).outcome).toEqual({ node: 'absent', lease: 'deleted' });
    expect(world.server.lease('vk')).toBeUndefined();
  });

  it('tells that there is nothing to remove, and lets the Lease of others be', async () => {
    const world = createWorld();
    world.server.put(leasePath('vk'), { kind: 'Lease', metadata: { namespace: 'kube-node-lease', name: 'vk' } });
    await expect(attempt(world).outcome).rejects.toMatchObject({ code: 'VK_NODE_ABSENT' });
    expect(writes(world)).toEqual([]);
  });

  it('is well where the cluster removes the Lease together with the Node', async () => {
    const world = createWorld();
    const { controller } = await world.running();
    await controller.stop();
    world.server.watch((type, object) => {
      if (type === 'deleted' && object.kind === 'Node') world.server.remove(leasePath('vk'));
    });
    expect(await attempt(world).outcome).toEqual({ node: 'deleted', lease: 'deleted' });
  });

  it('does not remove a Node that was made again in between', async () => {
    const world = createWorld();
    const { controller } = await world.running();
    await controller.stop();
    const first = world.server.node('vk')?.metadata?.uid;
    world.server.fault = ({ method }) => {
      const { metadata, ...rest } = world.server.node('vk') ?? {};
      if (method !== 'DELETE' || metadata?.uid !== first) return undefined;
      world.server.remove(nodePath('vk'));
      world.server.put(nodePath('vk'), { ...rest, metadata: { ...metadata, uid: undefined } });
      return undefined;
    };
    await expect(attempt(world).outcome).rejects.toMatchObject({ status: 409 });
    expect(world.server.node('vk')).toBeDefined();
  });

  it('with a dry run looks only', async () => {
    const world = createWorld();
    const { controller } = await world.running();
    await controller.stop();
    const before = writes(world);
    expect(await attempt(world, { dryRun: true }).outcome).toEqual({ node: 'present', lease: 'present' });
    expect(writes(world)).toEqual(before);
  });
});
