import { execFileSync } from 'node:child_process';
import { resources } from '@virtual-kubelet/client';
import { startChild } from '../child.js';
import type { Cluster } from '../cluster.js';
import { places } from '../places.js';
import { waitUntil } from '../wait.js';
import type { Agent, RunningAgent } from './subject.js';

/** Resolves when the Node is Ready. */
export async function untilReady(cluster: Cluster, agent: RunningAgent): Promise<void> {
  await waitUntil(
    () => `node ${agent.node} Ready; the agent says:\n${agent.log()}`,
    async () => {
      const node = await cluster.client.get(resources.nodes, { name: agent.node }).catch(() => undefined);
      return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') || undefined;
    },
    { seconds: 30, every: 50 },
  );
}

/** The command as it is shipped; only what is not measured is left out: the health listener. */
function flagsOf(kubeconfig: string, node: string): readonly string[] {
  return ['--nodename', node, '--kubeconfig', kubeconfig, '--metrics-addr', 'none', '--port', '0'];
}

function agentOf(name: Agent['name'], cluster: Cluster, more: readonly string[]): Agent {
  const start = async (node: string): Promise<RunningAgent> => {
    const child = startChild(places.command, [...flagsOf(cluster.kubeconfig, node), ...more]);
    return { node, pid: child.pid, log: child.log, stop: () => child.stop() };
  };
  return {
    name,
    version: execFileSync(places.command, ['version'], { encoding: 'utf8' }).trim(),
    start,
    async prepare(node) {
      const agent = await start(node);
      await untilReady(cluster, agent);
      await agent.stop();
    },
  };
}

const mock = ['--provider', 'mock'] as const;

/** Our agent with its defaults. */
export function virtualKubelet(cluster: Cluster): Agent {
  return agentOf('virtual-kubelet', cluster, mock);
}

/** Our agent, with clients of its streams that an authority of the bench vouches for. */
export function streamingAgent(cluster: Cluster, clientAuthorities: string): Agent {
  return agentOf('virtual-kubelet', cluster, [...mock, '--client-ca-file', clientAuthorities]);
}

/** Our agent as a simulation wants it: a deleted pod goes without a last status. */
export function simulation(cluster: Cluster): Agent {
  return agentOf('simulation', cluster, [...mock, '--skip-terminal-status']);
}

/** Our agent with pods as processes on Podman. @param config file with the provider's configuration */
export function containerAgent(cluster: Cluster, config: string): Agent {
  return agentOf('virtual-kubelet', cluster, ['--provider', 'podman', '--provider-config', config]);
}
