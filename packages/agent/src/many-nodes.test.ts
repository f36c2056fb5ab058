import type { Transport, TransportRequest } from '@virtual-kubelet/base';
import { ManualClock, lifetime, metricRegistry, seededIds, seededRandom, silentLogger } from '@virtual-kubelet/base';
import type { Node, Pod } from '@virtual-kubelet/kubernetes';
import { mock } from '@virtual-kubelet/mock';
import { createPlayground } from '@virtual-kubelet/playground';
import type { ProviderDefinition } from '@virtual-kubelet/provider';
import { capabilitiesOf } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import type { Agent, AgentOptions } from './index.js';
import { createAgent } from './index.js';

/** A control plane, and an agent without nodes whose requests are written down. */
function world(more: Partial<AgentOptions> = {}) {
  const clock = new ManualClock();
  const random = seededRandom(7);
  const playground = createPlayground({ clock, random, ids: seededIds(random), logger: silentLogger });
  const inner = playground.transport();
  const streams: string[] = [];
  const requests: string[] = [];
  const transport: Transport = {
    ...inner,
    request(request: TransportRequest) {
      requests.push(`${request.method} ${request.path.split('?')[0]}`);
      return inner.request(request);
    },
    stream(request: TransportRequest) {
      streams.push(request.path);
      return inner.stream(request);
    },
  };
  const definition = mock as unknown as ProviderDefinition;
  const agent: Agent = createAgent({
    transport,
    clock,
    random,
    ids: seededIds(random),
    logger: silentLogger,
    metrics: metricRegistry(),
    definition,
    config: {},
    capabilities: capabilitiesOf(definition, {}),
    environment: {},
    kubeletVersion: 'v1.37.2-test',
    clusterNetwork: { clusterDomain: 'cluster.local', dnsAddresses: [] },
    ...more,
  });
  const life = lifetime();
  /** Lets time go by until the promise is settled. */
  const during = async <T>(promise: Promise<T>): Promise<T> => {
    const end = new AbortController();
    const over = (): void => end.abort();
    promise.then(over, over);
    for (let i = 0; i < 300 && !end.signal.aborted; i += 1) await clock.advance(100);
    return promise;
  };
  const add = (...names: readonly string[]): Promise<unknown> =>
    during(
      Promise.all(
        names.map((name) => agent.addNode({ node: { name, providerName: 'mock' }, instance: 'i' }, life.signal)),
      ),
    );
  const send = async (method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    const { status } = await inner.request({ method, path, ...sent });
    expect(status).toBeLessThan(300);
  };
  const items = async <T>(path: string): Promise<readonly T[]> => {
    const { body } = await inner.request({ method: 'GET', path });
    return (JSON.parse(new TextDecoder().decode(body)) as { items: T[] }).items;
  };
  return { clock, agent, add, during, send, streams, requests, items, pods: () => items<Pod>(podPath) };
}

const podPath = '/api/v1/namespaces/default/pods';

function podOn(nodeName: string, name: string, more: Partial<NonNullable<Pod['spec']>> = {}): Pod {
  return {
    metadata: { name, namespace: 'default' },
    spec: { nodeName, containers: [{ name: 'c', image: 'i' }], ...more },
  };
}

function namesOf(count: number, prefix = 'vk'): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
}

/** Milliseconds. It ends only what hangs: twelve thousand requests take a while on a busy machine. */
const patience = 600_000;

const deadline = (): AbortSignal => new AbortController().signal;

describe('many nodes in one process', () => {
  it('are a thousand on one watch of pods, each running its own', { timeout: patience }, async () => {
    const w = world();
    await w.during(w.agent.connect());
    const names = namesOf(1_000);
    await w.add(...names);
    expect(w.agent.problems()).toEqual([]);
    const nodes = await w.items<Node>('/api/v1/nodes');
    const isReady = (node: Node): boolean =>
      node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
    expect(nodes.filter(isReady)).toHaveLength(1_000);
    for (const name of names) await w.send('POST', podPath, podOn(name, `on-${name}`));
    await w.clock.advance(2_000);
    expect((await w.pods()).filter(({ status }) => status?.phase === 'Running')).toHaveLength(1_000);
    expect(w.streams.filter((path) => path.startsWith('/api/v1/pods?'))).toHaveLength(1);
    await w.during(w.agent.stop(deadline()));
  });

  it('join and leave while others run, and find the pods that were bound to them before', async () => {
    const w = world();
    await w.during(w.agent.connect());
    await w.send('POST', podPath, podOn('late', 'early-pod'));
    await w.add('first', 'second');
    await w.send('POST', podPath, podOn('first', 'a'));
    await w.clock.advance(1_000);
    const phases = async (): Promise<readonly string[]> =>
      (await w.pods()).map(({ metadata, status }) => `${metadata?.name} ${status?.phase}`);
    expect(await phases()).toEqual(['a Running', 'early-pod Pending']);

    await w.add('late');
    await w.clock.advance(1_000);
    expect(await phases()).toEqual(['a Running', 'early-pod Running']);

    await w.during(w.agent.removeNode('first', deadline()));
    await w.send('POST', podPath, podOn('first', 'nobody'));
    await w.send('POST', podPath, podOn('second', 'b'));
    await w.clock.advance(1_000);
    expect(await phases()).toEqual(['a Running', 'b Running', 'early-pod Running', 'nobody Pending']);

    await w.add('first');
    await w.clock.advance(1_000);
    expect(await phases()).toContain('nobody Running');
    await w.during(w.agent.stop(deadline()));
  });

  it('that join together are looked for together', async () => {
    const w = world();
    await w.during(w.agent.connect());
    await w.add('first');
    const before = w.streams.filter((path) => path.startsWith('/api/v1/pods?')).length;
    await w.add(...namesOf(50, 'more'));
    expect(w.streams.filter((path) => path.startsWith('/api/v1/pods?')).length - before).toBe(1);
    await w.during(w.agent.stop(deadline()));
  });

  it('read what their pods have in common once', async () => {
    const w = world();
    await w.during(w.agent.connect());
    const names = namesOf(20);
    await w.add(...names);
    await w.send('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'c' }, data: { k: 'v' } });
    const env = { containers: [{ name: 'c', image: 'i', envFrom: [{ configMapRef: { name: 'c' } }] }] };
    for (const name of names) await w.send('POST', podPath, podOn(name, `on-${name}`, env));
    await w.clock.advance(2_000);
    expect((await w.pods()).filter(({ status }) => status?.phase === 'Running')).toHaveLength(20);
    const reads = w.requests.filter((request) => request.endsWith('/configmaps/c')).length;
    expect(reads).toBeLessThan(20);
    await w.during(w.agent.stop(deadline()));
  });

  it('share the watches of ConfigMaps, when they are watched', async () => {
    const w = world({ configRefresh: 'watch' });
    await w.during(w.agent.connect());
    const names = namesOf(5);
    await w.add(...names);
    const env = { containers: [{ name: 'c', image: 'i', envFrom: [{ configMapRef: { name: 'late' } }] }] };
    for (const name of names) await w.send('POST', podPath, podOn(name, `on-${name}`, env));
    await w.clock.advance(5_000);
    const watches = (): readonly string[] => w.streams.filter((path) => path.includes('/configmaps?'));
    expect(watches()).toHaveLength(1);
    await w.send('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'late' }, data: { k: 'v' } });
    // What waits is told at once, long before its back-off is over.
    await w.clock.advance(100);
    expect((await w.pods()).filter(({ status }) => status?.phase === 'Running')).toHaveLength(5);
    await w.during(w.agent.stop(deadline()));
  });
});
