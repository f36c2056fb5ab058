import type { Node, NodeCondition } from '@virtual-kubelet/kubernetes';
import { describe, expect, it } from 'vitest';
import { leasePath, nodePath } from '../../test/fake-api-server.js';
import { createTestProvider, createWorld, nodeInformer } from '../../test/node-world.js';

const providerTaint = { key: 'virtual-kubelet.io/provider', value: 'mock', effect: 'NoSchedule' };

function condition(node: Node | undefined, type: string): NodeCondition | undefined {
  return node?.status?.conditions?.find((each) => each.type === type);
}

describe('a node that does not exist', () => {
  it('is created whole and Ready', async () => {
    const world = createWorld();
    const { events, controller } = await world.running();
    const node = world.server.node('vk');
    expect(node?.metadata?.labels).toMatchObject({ type: 'virtual-kubelet', 'kubernetes.io/role': 'agent' });
    expect(node?.spec).toEqual({ taints: [providerTaint] });
    expect(node?.status).toMatchObject({
      capacity: { cpu: '20', memory: '100Gi', pods: '110' },
      addresses: [
        { type: 'InternalIP', address: '10.0.0.1' },
        { type: 'Hostname', address: 'vk' },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: { kubeletVersion: 'v1.37.2-vk-0.1.0' },
    });
    const types = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable', 'Ready', 'ProviderReachable'];
    expect(node?.status?.conditions?.map(({ type, status }) => [type, status])).toEqual(
      types.map((type) => [type, type === 'Ready' || type === 'ProviderReachable' ? 'True' : 'False']),
    );
    expect(events).toEqual([{ type: 'registered', by: 'creation', at: 0 }]);
    expect(controller.health()).toMatchObject({ isRegistered: true, isClaimHeld: true, troubles: [] });
  });

  it('owns its Lease, which names it as holder', async () => {
    const world = createWorld();
    await world.running();
    await world.clock.settle();
    const uid = world.server.node('vk')?.metadata?.uid;
    expect(world.server.lease('vk')).toMatchObject({
      metadata: {
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'vk', uid }],
        annotations: { 'virtual-kubelet.io/instance': 'a' },
      },
      spec: { holderIdentity: 'vk', leaseDurationSeconds: 40 },
    });
  });

  it('is adopted when somebody creates it at the same moment', async () => {
    const world = createWorld();
    let isFirst = true;
    world.server.fault = ({ method, path }) => {
      if (method !== 'POST' || !path.endsWith('/nodes') || !isFirst) return undefined;
      isFirst = false;
      world.server.put(nodePath('vk'), { kind: 'Node', metadata: { name: 'vk' } });
      return undefined;
    };
    const { events } = await world.running();
    expect(events).toMatchObject([{ type: 'registered', by: 'adoption' }]);
    expect(condition(world.server.node('vk'), 'Ready')?.status).toBe('True');
  });

  it('is created when the answer to the first attempt is lost', async () => {
    const world = createWorld();
    let isFirst = true;
    world.server.fault = ({ method, path }) => {
      if (method !== 'POST' || !path.endsWith('/nodes') || !isFirst) return undefined;
      isFirst = false;
      return 'answer lost';
    };
    const { started } = world.agent();
    await world.pass(2);
    await started;
    expect(world.server.node('vk')?.spec?.taints).toEqual([providerTaint]);
  });

  it('is not registered before the provider has described it, and then with what it says', async () => {
    const world = createWorld();
    const provider = createTestProvider();
    const configure = provider.configureNode;
    provider.configureNode = () => Promise.reject(new Error('no credentials'));
    const { started, controller } = world.agent({ provider });
    await world.pass(60);
    expect(world.server.node('vk')).toBeUndefined();
    expect(controller.health().troubles).toMatchObject([
      { area: 'description', error: { code: 'VK_NODE_DESCRIPTION' } },
    ]);
    provider.description = { capacity: { cpu: '4' } };
    if (configure) provider.configureNode = configure;
    await world.pass(30);
    await started;
    expect(world.server.node('vk')?.status?.capacity?.['cpu']).toBe('4');
    expect(controller.health().troubles).toEqual([]);
  });

  it('is registered though the provider does not answer, tainted from the beginning', async () => {
    const world = createWorld();
    const provider = createTestProvider();
    provider.answer = () => Promise.reject(new Error('no route'));
    await world.running({ provider });
    const node = world.server.node('vk');
    expect(node?.spec?.taints).toContainEqual({ key: 'virtual-kubelet.io/provider-unreachable', effect: 'NoSchedule' });
    expect(condition(node, 'ProviderReachable')).toMatchObject({ status: 'False', message: 'no route' });
    expect(condition(node, 'Ready')?.status).toBe('True');
  });

  it('is tried for ever, slower and slower, while it is forbidden', async () => {
    const world = createWorld();
    world.server.fault = ({ method, path }) =>
      method === 'POST' && path.endsWith('/nodes') ? { status: 403, reason: 'Forbidden' } : undefined;
    const { started, controller, logs } = world.agent();
    await world.pass(3600);
    expect(controller.health()).toMatchObject({
      isRegistered: false,
      troubles: [{ error: { code: 'VK_NODE_FORBIDDEN' } }],
    });
    const attempts = world.server.calls.filter(({ status }) => status === 403).length;
    expect(attempts).toBeGreaterThan(50);
    expect(attempts).toBeLessThan(90);
    expect(logs.filter(({ level }) => level === 'warn').length).toBeLessThan(10);
    world.server.fault = () => undefined;
    await world.pass(61);
    await started;
    expect(world.server.node('vk')).toBeDefined();
  });
});

describe('a node that exists', () => {
  const foreignTaint = { key: 'dedicated', value: 'team', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' };
  const problem: NodeCondition = { type: 'KernelDeadlock', status: 'False', reason: 'KernelHasNoDeadlock' };
  const found = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: 'vk',
      labels: { team: 'red', type: 'something' },
      annotations: {
        note: 'keep',
        'virtual-kubelet.io/last-applied-node-status': '{',
        'virtual-kubelet.io/last-applied-object-meta': '{',
      },
      finalizers: ['example.com/f'],
    },
    spec: { taints: [foreignTaint], unschedulable: true, podCIDR: '10.1.0.0/24' },
    status: {
      conditions: [
        problem,
        { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', lastTransitionTime: '2020-01-01T00:00:00Z' },
      ],
      addresses: [{ type: 'ExternalDNS', address: 'vk.example.com' }],
      capacity: { 'example.com/dongle': '4' },
      volumesInUse: ['v'],
    },
  };

  it('is put right, and what others wrote stays', async () => {
    const world = createWorld();
    world.server.put(nodePath('vk'), found);
    const { events } = await world.running();
    const node = world.server.node('vk');
    expect(events).toMatchObject([{ type: 'registered', by: 'adoption' }]);
    expect(node?.metadata).toMatchObject({
      labels: { team: 'red', type: 'virtual-kubelet', 'kubernetes.io/os': 'linux' },
      finalizers: ['example.com/f'],
    });
    expect(node?.metadata?.annotations).toEqual({ note: 'keep' });
    expect(node?.spec).toEqual({ ...found.spec, taints: [foreignTaint, providerTaint] });
    expect(node?.status?.conditions).toContainEqual(problem);
    expect(condition(node, 'Ready')).toMatchObject({ status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' });
    expect(node?.status?.addresses).toContainEqual({ type: 'ExternalDNS', address: 'vk.example.com' });
    expect(node?.status?.capacity).toEqual({ cpu: '20', memory: '100Gi', pods: '110', 'example.com/dongle': '4' });
    expect(node?.status?.volumesInUse).toEqual(['v']);
  });

  it('has its labels and taints before it is Ready', async () => {
    const world = createWorld();
    world.server.put(nodePath('vk'), found);
    const seen: unknown[] = [];
    world.server.watch((_, object) => {
      const node = object as Node;
      if (object.kind === 'Node' && condition(node, 'Ready')?.status === 'True')
        seen.push([node.metadata?.labels?.['type'], node.spec?.taints?.length]);
    });
    await world.running();
    expect(seen[0]).toEqual(['virtual-kubelet', 2]);
  });

  it('has the taint set again when somebody else writes taints at the same moment', async () => {
    const world = createWorld();
    world.server.put(nodePath('vk'), found);
    let races = 3;
    world.server.fault = ({ method, body }) => {
      if (method === 'PATCH' && body instanceof Object && 'spec' in body && (races -= 1) >= 0)
        world.server.edit(nodePath('vk'), (node) => ({
          ...node,
          spec: { taints: [{ key: `race-${races}`, effect: 'NoSchedule' }] },
        }));
      return undefined;
    };
    await world.running();
    expect(world.server.node('vk')?.spec?.taints).toEqual([{ key: 'race-0', effect: 'NoSchedule' }, providerTaint]);
  });

  it('becomes Ready though its labels may not be written', async () => {
    const world = createWorld();
    world.server.put(nodePath('vk'), found);
    world.server.fault = ({ contentType }) =>
      contentType?.includes('apply') ? { status: 403, reason: 'Forbidden' } : undefined;
    const { controller } = await world.running();
    expect(condition(world.server.node('vk'), 'Ready')?.status).toBe('True');
    expect(controller.health().troubles).toMatchObject([{ area: 'metadata', error: { code: 'VK_NODE_FORBIDDEN' } }]);
    world.server.fault = () => undefined;
    await world.pass(10);
    expect(world.server.node('vk')?.metadata?.labels?.['type']).toBe('virtual-kubelet');
    expect(controller.health().troubles).toEqual([]);
  });

  it('gets its labels from a server that knows no apply', async () => {
    const world = createWorld();
    world.server.put(nodePath('vk'), found);
    world.server.fault = ({ contentType }) => (contentType?.includes('apply') ? { status: 501 } : undefined);
    const { controller } = await world.running();
    expect(world.server.node('vk')?.metadata?.labels).toMatchObject({ team: 'red', type: 'virtual-kubelet' });
    expect(controller.health().troubles).toEqual([]);
  });

  it('keeps its taints as they are when the credential is a node’s', async () => {
    const world = createWorld();
    world.server.put(nodePath('vk'), found);
    await world.running({ node: { name: 'vk', providerName: 'mock', identity: 'node' } });
    expect(world.server.node('vk')?.spec?.taints).toEqual([foreignTaint]);
  });

  it('gets the provider’s ID once and keeps another', async () => {
    const world = createWorld();
    const provider = createTestProvider();
    provider.description = { providerID: 'mock://vk' };
    world.server.put(nodePath('vk'), found);
    world.server.put(nodePath('other'), { ...found, metadata: { name: 'other' }, spec: { providerID: 'cloud://7' } });
    await world.running({ provider });
    await world.running({ provider, name: 'other' });
    expect([world.server.node('vk'), world.server.node('other')].map((node) => node?.spec?.providerID)).toEqual([
      'mock://vk',
      'cloud://7',
    ]);
  });
});

describe('a node deleted by somebody', () => {
  it('is made again within a minute or so, and the pods’ side is told', async () => {
    const world = createWorld();
    const { events } = await world.running();
    await world.pass(300);
    const before = world.server.node('vk')?.metadata?.uid;
    world.server.remove(nodePath('vk'));
    await world.pass(75);
    const node = world.server.node('vk');
    expect(node?.metadata?.uid).toBeDefined();
    expect(node?.metadata?.uid).not.toBe(before);
    expect(condition(node, 'Ready')?.status).toBe('True');
    expect(events.map(({ type }) => type)).toEqual(['registered', 'recreated']);
    expect(world.server.lease('vk')?.metadata?.ownerReferences).toEqual([
      { apiVersion: 'v1', kind: 'Node', name: 'vk', uid: node?.metadata?.uid },
    ]);
  });

  it('is made again at once when the pods’ side asks, with a single look for all who ask', async () => {
    const world = createWorld();
    const { controller, events } = await world.running();
    await world.pass(30);
    world.server.remove(nodePath('vk'));
    const from = world.server.calls.length;
    const asked = Array.from({ length: 100 }, () =>
      controller.verify(new AbortController().signal).then(() => events.at(-1)?.type),
    );
    await world.clock.settle();
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['recreated']));
    const looks = world.server.calls
      .slice(from)
      .filter(({ method, path }) => method === 'GET' && path === nodePath('vk'));
    expect(looks.length).toBe(1);
  });

  it('is made again at once when a shared informer tells', async () => {
    const world = createWorld();
    await world.running({ informer: nodeInformer(world.server) });
    await world.pass(30);
    world.server.remove(nodePath('vk'));
    await world.clock.settle();
    expect(world.server.node('vk')).toBeDefined();
  });

  it('is described anew by its provider, and by the last word if the provider does not answer', async () => {
    const world = createWorld();
    const { provider, controller } = await world.running();
    const { signal } = new AbortController();
    provider.description = { capacity: { cpu: '7' } };
    world.server.remove(nodePath('vk'));
    await controller.verify(signal);
    await world.clock.settle();
    expect(world.server.node('vk')?.status?.capacity?.['cpu']).toBe('7');
    provider.configureNode = () => Promise.reject(new Error('away'));
    world.server.remove(nodePath('vk'));
    await controller.verify(signal);
    await world.clock.settle();
    expect(world.server.node('vk')?.status?.capacity?.['cpu']).toBe('7');
  });

  it('and made again by somebody else is adopted: everything is set, the Lease follows, the pods’ side is told', async () => {
    const world = createWorld();
    const { events } = await world.running();
    await world.pass(100);
    world.server.remove(nodePath('vk'));
    world.server.put(nodePath('vk'), { kind: 'Node', metadata: { name: 'vk', labels: { by: 'hand' } } });
    await world.pass(75);
    const node = world.server.node('vk');
    expect(node?.metadata?.labels).toMatchObject({ by: 'hand', type: 'virtual-kubelet' });
    expect(node?.spec?.taints).toEqual([providerTaint]);
    expect(condition(node, 'Ready')?.status).toBe('True');
    expect(events.map(({ type }) => type)).toEqual(['registered', 'recreated']);
    expect(world.server.lease('vk')?.metadata?.ownerReferences?.map(({ uid }) => uid)).toEqual([node?.metadata?.uid]);
  });

  it('together with its Lease, as the garbage collector does, gets both back', async () => {
    const world = createWorld();
    await world.running();
    await world.pass(33);
    world.server.remove(nodePath('vk'));
    world.server.remove(leasePath('vk'));
    await world.pass(75);
    const uid = world.server.node('vk')?.metadata?.uid;
    expect(uid).toBeDefined();
    expect(world.server.lease('vk')?.metadata?.ownerReferences).toMatchObject([{ uid }]);
  });
});

describe('what the provider says about its node', () => {
  it('is on the Node at once; what it leaves out is unchanged', async () => {
    const world = createWorld();
    const provider = createTestProvider();
    provider.description = { labels: { zone: 'a', old: 'x' }, annotations: { note: '1' }, capacity: { cpu: '4' } };
    await world.running({ provider });
    provider.sink?.changed({ capacity: { cpu: '8' } });
    await world.clock.settle();
    const node = world.server.node('vk');
    expect(node?.metadata?.labels).toMatchObject({ zone: 'a', old: 'x' });
    expect(node?.metadata?.annotations).toEqual({ note: '1' });
    expect(node?.status?.capacity?.['cpu']).toBe('8');
  });

  it('takes away a label it leaves out of the labels it gives', async () => {
    const world = createWorld();
    const provider = createTestProvider();
    provider.description = { labels: { zone: 'a', old: 'x' } };
    await world.running({ provider });
    provider.sink?.changed({ labels: { zone: 'b' } });
    await world.clock.settle();
    expect(world.server.node('vk')?.metadata?.labels).toMatchObject({ zone: 'b' });
    expect(world.server.node('vk')?.metadata?.labels).not.toHaveProperty('old');
  });

  it('counts only in its last version, however often it is said, and is copied', async () => {
    const world = createWorld();
    const { provider } = await world.running();
    const from = world.server.calls.length;
    const capacity: Record<string, string> = {};
    for (let cpu = 1; cpu <= 999; cpu += 1) {
      capacity['cpu'] = String(cpu);
      provider.sink?.changed({ capacity });
    }
    capacity['cpu'] = 'changed behind our back';
    await world.clock.settle();
    expect(world.server.node('vk')?.status?.capacity?.['cpu']).toBe('999');
    expect(world.server.calls.slice(from).filter(({ path }) => path.endsWith('/status')).length).toBe(1);
  });

  it('takes away a resource it leaves out, though the Node was created with it by an earlier process', async () => {
    const world = createWorld();
    const provider = createTestProvider();
    provider.description = { capacity: { 'example.com/gpu': '2' } };
    const { controller } = await world.running({ provider });
    await controller.stop();
    provider.description = {};
    await world.running({ provider });
    expect(world.server.node('vk')?.status?.capacity).toEqual({ cpu: '20', memory: '100Gi', pods: '110' });
  });

  it('is ignored where it is no plain data, and never throws at the provider', async () => {
    const world = createWorld();
    const { provider, logs } = await world.running();
    expect(() => provider.sink?.changed({ labels: { f: (() => 1) as unknown as string } })).not.toThrow();
    expect(logs.at(-1)?.message).toBe('a report about the node is not usable');
  });

  it('adds taints and conditions and takes them away again', async () => {
    const world = createWorld();
    const { provider } = await world.running();
    const taint = { key: 'gpu', effect: 'NoSchedule' };
    provider.sink?.changed({
      taints: [taint],
      conditions: [
        { type: 'Throttled', status: 'True' },
        { type: 'Ready', status: 'False' },
      ],
    });
    await world.clock.settle();
    expect(world.server.node('vk')?.spec?.taints).toEqual([providerTaint, taint]);
    expect(condition(world.server.node('vk'), 'Throttled')?.status).toBe('True');
    expect(condition(world.server.node('vk'), 'Ready')?.status).toBe('True');
    provider.sink?.changed({ taints: [], conditions: [] });
    await world.clock.settle();
    expect(world.server.node('vk')?.spec?.taints).toEqual([providerTaint]);
    expect(condition(world.server.node('vk'), 'Throttled')).toBeUndefined();
  });
});
