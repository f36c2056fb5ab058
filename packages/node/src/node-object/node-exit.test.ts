import { describe, expect, it } from 'vitest';
import { nodePath } from '../../test/fake-api-server.js';
import type { World } from '../../test/node-world.js';
import { createWorld } from '../../test/node-world.js';

function ready(world: World): unknown {
  return world.server.node('vk')?.status?.conditions?.find(({ type }) => type === 'Ready');
}

describe('a node whose agent stops', () => {
  it('is left as it is by default, and its claim is let go', async () => {
    const world = createWorld();
    const { controller } = await world.running();
    const before = world.server.node('vk');
    await controller.stop();
    expect(world.server.node('vk')).toEqual(before);
    expect(world.server.lease('vk')?.metadata?.annotations).toEqual({ 'virtual-kubelet.io/instance': '' });
    expect(controller.claim.held()).toBe(false);
  });

  it('says that it is not ready where the operator wants it, and is Ready after the next start', async () => {
    const world = createWorld();
    const { controller } = await world.running({ onExit: 'not-ready' });
    await controller.stop();
    expect(ready(world)).toMatchObject({ status: 'False', reason: 'KubeletStopped' });
    await world.running();
    expect(ready(world)).toMatchObject({ status: 'True', reason: 'KubeletReady' });
  });

  it('is cordoned where the operator wants it, until the next start', async () => {
    const world = createWorld();
    const { controller } = await world.running({ onExit: 'cordon' });
    await controller.stop();
    expect(world.server.node('vk')?.spec?.unschedulable).toBe(true);
    await world.running();
    expect(world.server.node('vk')?.spec).not.toHaveProperty('unschedulable');
    expect(world.server.node('vk')?.metadata?.annotations).toEqual({});
  });

  it('that a user has cordoned stays so', async () => {
    const world = createWorld();
    const { controller } = await world.running({ onExit: 'cordon' });
    world.server.edit(nodePath('vk'), (node) => ({
      ...node,
      spec: { ...(node['spec'] as object), unschedulable: true },
    }));
    await controller.stop();
    await world.running();
    await world.pass(600);
    expect(world.server.node('vk')?.spec?.unschedulable).toBe(true);
  });

  it('does not keep the program when the API server is away', async () => {
    const world = createWorld();
    const { controller, logs } = await world.running({ onExit: 'not-ready' });
    world.server.fault = () => 'silence';
    const stopped = controller.stop();
    await world.pass(5);
    await stopped;
    expect(logs.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'stopped without telling the cluster',
      'stopped without letting the lease go',
    ]);
    expect(world.clock.pending).toBe(0);
  });

  it('is not touched by an agent that has lost it', async () => {
    const world = createWorld();
    const older = await world.running({ onExit: 'not-ready' });
    await world.running();
    await world.pass(11);
    await older.controller.stop();
    expect(ready(world)).toMatchObject({ status: 'True' });
    expect(world.server.lease('vk')?.metadata?.annotations?.['virtual-kubelet.io/instance']).toBe('a');
  });

  it('can be stopped before it is registered', async () => {
    const world = createWorld();
    world.server.fault = () => ({ status: 503 });
    const { controller, started } = world.agent();
    await world.pass(30);
    await controller.stop();
    await expect(started).rejects.toMatchObject({ name: 'AbortError' });
    expect(world.clock.pending).toBe(0);
  });
});
