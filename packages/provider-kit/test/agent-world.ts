/** A control plane in memory, and agents on it that run a provider; time moves only when a test moves it. */
import type { Agent } from '@virtual-kubelet/agent';
import { createAgent } from '@virtual-kubelet/agent';
import { lifetime, ManualClock, metricRegistry, seededIds, seededRandom, silentLogger } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import { createPlayground } from '@virtual-kubelet/playground';
import type { ProviderDefinition } from '@virtual-kubelet/provider';
import { capabilitiesOf } from '@virtual-kubelet/provider';
import { expect } from 'vitest';

export const podsPath = '/api/v1/namespaces/default/pods';

export interface AgentWorld {
  readonly clock: ManualClock;
  /** Starts an agent with the node `vk`. */
  start(): Promise<Agent>;
  stop(agent: Agent): Promise<void>;
  send(method: 'POST' | 'DELETE', path: string, body?: object): Promise<void>;
  pods(): Promise<readonly Pod[]>;
  pod(): Promise<Pod | undefined>;
  events(): Promise<readonly string[]>;
}

export function agentWorld(definition: ProviderDefinition): AgentWorld {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const ids = seededIds(random);
  const playground = createPlayground({ clock, random, ids, logger: silentLogger });
  const transport = playground.transport();
  const list = async <T>(path: string): Promise<readonly T[]> => {
    const { body } = await transport.request({ method: 'GET', path });
    return (JSON.parse(new TextDecoder().decode(body)) as { items: T[] }).items;
  };
  const pods = (): Promise<readonly Pod[]> => list<Pod>(podsPath);
  return {
    clock,
    async start() {
      const agent = createAgent({
        transport: playground.transport(),
        clock,
        random,
        ids,
        logger: silentLogger,
        metrics: metricRegistry(),
        definition,
        config: {},
        capabilities: capabilitiesOf(definition, {}),
        environment: {},
        kubeletVersion: 'v1.37.2-vk-test',
        clusterNetwork: { clusterDomain: 'cluster.local', dnsAddresses: [] },
      });
      const begin = async (): Promise<void> => {
        await agent.connect();
        const node = { name: 'vk', providerName: definition.name };
        await agent.addNode({ node, instance: 'here' }, lifetime().signal);
      };
      const begun = begin();
      await clock.advance(5_000);
      await begun;
      return agent;
    },
    async stop(agent) {
      await agent.stop(lifetime().signal);
    },
    async send(method, path, body) {
      const headers = { 'content-type': 'application/json' };
      const more = body ? { body: JSON.stringify(body), headers } : {};
      expect((await transport.request({ method, path, ...more })).status).toBeLessThan(300);
    },
    pods,
    pod: async () => (await pods())[0],
    async events() {
      const found = await list<{ reason?: string }>('/api/v1/namespaces/default/events');
      return found.map(({ reason = '' }) => reason);
    },
  };
}
