import type { Agent, KubeletSettings, VirtualNodeOptions } from '@virtual-kubelet/agent';
import { clusterAuthorities, createAgent } from '@virtual-kubelet/agent';
import type { Logger } from '@virtual-kubelet/base';
import { metricRegistry, systemClock, systemIds, systemRandom } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import { selfSignedCertificate } from '@virtual-kubelet/kubelet-api';
import type { Playground } from '@virtual-kubelet/playground';
import type { ClusterNetwork } from '@virtual-kubelet/provider';
import { capabilitiesOf } from '@virtual-kubelet/provider';
import { kubeletVersion } from '../version.js';
import type { ChosenProvider } from './playground-plan.js';

/** The nodes of one provider. */
export interface PlaygroundNodes {
  readonly names: readonly string[];
  stop(deadline: AbortSignal): Promise<void>;
}

/** What nodes to start. */
export interface NodesOptions {
  readonly playground: Playground;
  readonly provider: ChosenProvider;
  readonly count: number;
  /** Where pods reach the API server. @default nothing is said but the Service `kubernetes` */
  readonly apiServer?: NonNullable<ClusterNetwork['apiServer']>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Starts the nodes of one provider; resolves when they are Ready. */
export async function startNodes(options: NodesOptions): Promise<PlaygroundNodes> {
  const { count, signal } = options;
  const { name } = options.provider;
  const agent = agentOf(options);
  await agent.connect();
  const names = Array.from({ length: count }, (_, index) => `vkubelet-${name}-${index}`);
  await Promise.all(names.map((node) => agent.addNode(nodeOf(node, name), signal)));
  return { names, stop: (deadline) => agent.stop(deadline) };
}

function agentOf({ playground, provider, logger, apiServer }: NodesOptions): Agent {
  const { definition, config, configFolder } = provider;
  return createAgent({
    transport: playground.transport(),
    clock: systemClock,
    random: systemRandom,
    ids: systemIds,
    logger,
    metrics: metricRegistry(),
    definition,
    config,
    capabilities: capabilitiesOf(definition, config),
    environment: process.env,
    kubeletVersion,
    kubelet: (client) => kubeletOf(client, logger),
    clusterNetwork: {
      clusterDomain: 'cluster.local',
      dnsAddresses: ['10.96.0.10'],
      ...(apiServer ? { apiServer } : {}),
    },
    ...(configFolder === undefined ? {} : { configFolder }),
  });
}

/** Who may read logs and run commands is asked of the API server, as everywhere. */
async function kubeletOf(client: ApiClient, logger: Logger): Promise<KubeletSettings> {
  const clock = systemClock;
  const clientAuthorities = await clusterAuthorities(client, { clock, logger });
  return {
    certificate: async ({ name: node }) =>
      selfSignedCertificate({ node, clock, logger, dnsNames: [node], ipAddresses: [loopback] }),
    access: 'reviewed',
    configuration: () => ({ kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1' }),
    ...(clientAuthorities ? { clientAuthorities } : {}),
  };
}

const loopback = '127.0.0.1';

/** Pods need no toleration here: there are no other nodes for them. */
function nodeOf(name: string, providerName: string): VirtualNodeOptions {
  return {
    node: { name, providerName, operatingSystem: 'linux', taint: false },
    instance: `playground/${name}`,
    internalIP: loopback,
    kubelet: { host: loopback, port: 0 },
  };
}
