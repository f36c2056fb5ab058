import { describe, expect, it } from 'vitest';
import type { SeenCall } from '../../test/fake-api-server.js';
import { nodePath } from '../../test/fake-api-server.js';
import type { World } from '../../test/node-world.js';
import { createWorld, nodeInformer } from '../../test/node-world.js';

function kinds(calls: readonly SeenCall[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method, path } of calls) {
    const kind = `${method} ${path.includes('/leases') ? 'lease' : path.endsWith('/status') ? 'status' : 'node'}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function conditionStatus(world: World, type: string): string | undefined {
  return world.server.node('vk')?.status?.conditions?.find((each) => each.type === type)?.status;
}

describe('a calm hour', () => {
  it('has no writes but heartbeats, and a look at the Node once a minute', async () => {
    const world = createWorld();
    await world.running();
    await world.pass(600);
    const from = world.server.calls.length;
    await world.pass(3600);
    const counts = kinds(world.server.calls.slice(from));
    expect(Object.keys(counts).toSorted()).toEqual(['GET node', 'PATCH status', 'PUT lease']);
    expect(counts['PATCH status']).toBe(12);
    expect(counts['PUT lease']).toBeGreaterThanOrEqual(350);
    expect(counts['PUT lease']).toBeLessThanOrEqual(370);
    expect(counts['GET node']).toBeLessThanOrEqual(60);
  });

  it('has no looks either when a shared informer tells of the Node', async () => {
    const world = createWorld();
    await world.running({ informer: nodeInformer(world.server) });
    await world.pass(600);
    const from = world.server.calls.length;
    await world.pass(3600);
    expect(Object.keys(kinds(world.server.calls.slice(from))).toSorted()).toEqual(['PATCH status', 'PUT lease']);
  });

  it('is calm though the server keeps something otherwise than it was sent', async () => {
    const world = createWorld();
    const label = 'kubernetes.io/role';
    world.server.admit = (object) => {
      const { declaredFeatures: _features, ...status } = (object['status'] ?? {}) as Record<string, unknown>;
      const { [label]: _role, ...labels } = object.metadata?.labels ?? {};
      return { ...object, metadata: { ...object.metadata, labels }, ...(object['status'] ? { status } : {}) };
    };
    const facts = { kubeletVersion: 'v1', declaredFeatures: ['NewFeature'] };
    await world.running({ facts });
    await world.pass(600);
    const from = world.server.calls.length;
    await world.pass(3600);
    const counts = kinds(world.server.calls.slice(from));
    expect(counts['PATCH status']).toBeLessThanOrEqual(13);
    expect(counts['PATCH node']).toBeLessThanOrEqual(13);
  });

  it('leaves no timers and no loops behind when it is over', async () => {
    const world = createWorld();
    const { controller } = await world.running();
    await world.pass(60);
    await controller.stop();
    expect(world.clock.pending).toBe(0);
    const from = world.server.calls.length;
    await world.pass(600);
    expect(world.server.calls.length).toBe(from);
  });
});

describe('what somebody else changes', () => {
  it('is put right within a minute or so', async () => {
    const world = createWorld();
    await world.running();
    await world.pass(300);
    world.server.edit(nodePath('vk'), (node) => ({
      ...node,
      metadata: { ...node.metadata, labels: { mine: 'x' } },
      spec: {},
      status: { conditions: [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' }] },
    }));
    await world.pass(75);
    const node = world.server.node('vk');
    expect(node?.metadata?.labels).toMatchObject({ mine: 'x', type: 'virtual-kubelet' });
    expect(node?.spec?.taints?.length).toBe(1);
    expect(conditionStatus(world, 'Ready')).toBe('True');
  });

  it('is put right at once when a shared informer tells', async () => {
    const world = createWorld();
    await world.running({ informer: nodeInformer(world.server) });
    await world.pass(300);
    world.server.edit(nodePath('vk'), (node) => ({ ...node, spec: { unschedulable: true } }));
    await world.clock.settle();
    expect(world.server.node('vk')?.spec).toMatchObject({
      unschedulable: true,
      taints: [{ key: 'virtual-kubelet.io/provider' }],
    });
  });
});

describe('an API server that is away', () => {
  it('is tried again ever more slowly; the claim ends; afterwards all is as before within seconds', async () => {
    const world = createWorld();
    const { controller, logs, events } = await world.running({ lookInterval: 86_400_000 });
    await world.pass(600);
    world.server.fault = () => 'refused';
    const from = world.server.calls.length;
    await world.pass(36);
    expect(controller.claim.held()).toBe(false);
    await world.pass(3600);
    const away = world.server.calls.slice(from);
    expect(away.length).toBeLessThan(450);
    expect(logs.filter(({ level }) => level !== 'info').length).toBeLessThan(15);
    expect(controller.health().troubles.map(({ error }) => error.code)).toContain('VK_NODE_API');
    // Meanwhile the cluster took the node for dead.
    world.server.edit(nodePath('vk'), (node) => ({
      ...node,
      status: { conditions: [{ type: 'Ready', status: 'Unknown' }] },
    }));
    world.server.fault = () => undefined;
    await world.pass(11);
    expect(controller.health()).toMatchObject({ isClaimHeld: true, troubles: [] });
    expect(conditionStatus(world, 'Ready')).toBe('True');
    expect(events.map(({ type }) => type)).toEqual(['registered']);
  });

  it('for less than a minute delays what is to be written by no more than a renewal', async () => {
    const world = createWorld();
    const { controller } = await world.running();
    await world.pass(600);
    world.server.fault = () => 'refused';
    controller.setCapacityShortage('cpu');
    await world.pass(40);
    world.server.fault = () => undefined;
    await world.pass(11);
    expect(world.server.node('vk')?.spec?.taints?.length).toBe(2);
  });

  it('that never answers costs one call at a time', async () => {
    const world = createWorld();
    const { controller } = await world.running();
    await world.pass(600);
    world.server.fault = () => 'silence';
    const from = world.server.calls.length;
    await world.pass(600);
    expect(world.server.calls.length - from).toBeLessThan(80);
    world.server.fault = () => undefined;
    await world.pass(25);
    expect(controller.health()).toMatchObject({ isClaimHeld: true, troubles: [] });
  });

  it('at start is waited for', async () => {
    const world = createWorld();
    world.server.fault = () => ({ status: 503 });
    const { started } = world.agent();
    await world.pass(300);
    world.server.fault = () => undefined;
    await world.pass(11);
    await started;
    expect(conditionStatus(world, 'Ready')).toBe('True');
  });

  it('that refuses a status says why, and the lease goes on', async () => {
    const world = createWorld();
    const { controller } = await world.running();
    world.server.fault = ({ path }) => (path.endsWith('/status') ? { status: 422, reason: 'Invalid' } : undefined);
    const from = world.server.calls.length;
    await world.pass(3600);
    const counts = kinds(world.server.calls.slice(from));
    expect(counts['PATCH status']).toBeLessThan(80);
    expect(counts['PUT lease']).toBeGreaterThan(340);
    expect(controller.health().troubles).toMatchObject([{ area: 'status', error: { code: 'VK_NODE_REFUSED' } }]);
  });
});
