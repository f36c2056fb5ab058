import type { Agent } from '@virtual-kubelet/agent';
import { createAgent } from '@virtual-kubelet/agent';
import type { Logger, MetricRegistry, Transport } from '@virtual-kubelet/base';
import { metricRegistry, systemClock, systemIds, systemRandom } from '@virtual-kubelet/base';
import type { ClusterNetwork } from '@virtual-kubelet/provider';
import { capabilitiesOf } from '@virtual-kubelet/provider';
import type { SettingReader } from '../options/settings.js';
import type { Checklist } from '../output/checklist.js';
import { kubeletVersion } from '../version.js';
import { bootstrap } from './bootstrap.js';
import { findCluster, openCluster } from './cluster.js';
import { firstContact } from './first-contact.js';
import type { HealthServer } from './health-server.js';
import { startHealthServer } from './health-server.js';
import { kubeletSettings } from './kubelet-settings.js';
import { localAddressTowards } from './local-address.js';
import { folderOf } from './node-settings.js';
import { providerConfig } from './provider-config.js';
import { findProvider } from './providers.js';
import { mentionReadable, secretFilesOf } from './readable-secrets.js';
import type { StartDeadline } from './start-deadline.js';

/** An agent whose API server answers, with what was opened for it. */
export interface OpenedAgent {
  readonly agent: Agent;
  /** Address of this machine on the way to the API server. */
  readonly localAddress: string | undefined;
  readonly transport: Transport;
  readonly health: HealthServer | undefined;
  /** Ends all but the agent, which is stopped before. */
  close(): Promise<void>;
}

async function openHealth(
  read: SettingReader,
  agent: Agent,
  metrics: MetricRegistry,
): Promise<HealthServer | undefined> {
  const address = read.text('metrics-addr');
  if (address === 'none' || address === '') return undefined;
  return startHealthServer(address, {
    notReady: () => agent.problems(),
    notLive: () => agent.stalled(),
    metrics: () => metrics.render(),
  });
}

function clusterNetworkOf(read: SettingReader): ClusterNetwork {
  const apiServer = read.endpoint('pod-api-server');
  return {
    clusterDomain: read.text('cluster-domain'),
    dnsAddresses: read.list('cluster-dns'),
    ...(apiServer ? { apiServer } : {}),
  };
}

/** What an agent is opened with. */
export interface OpenOptions {
  readonly logger: Logger;
  readonly checklist: Checklist;
  /** Names of the nodes it will have. */
  readonly names: readonly string[];
  readonly start: StartDeadline;
}

/**
 * Finds the cluster, makes the agent and waits until the API server answers.
 * @throws CodedError of what is wrong with the provider, the cluster, the credentials or the listener
 */
export async function openAgent(
  read: SettingReader,
  { logger, checklist, names, start }: OpenOptions,
): Promise<OpenedAgent> {
  const [name] = names;
  const metrics = metricRegistry();
  const known = await findProvider(read.optional('provider'));
  const definition = await known.load();
  const path = read.optional('provider-config');
  const config = await providerConfig(definition, path);
  const bootstrapKubeconfig = read.optional('bootstrap-kubeconfig');
  const found = await checklist.step(
    'cluster found',
    () => findCluster(bootstrapKubeconfig ?? read.optional('kubeconfig'), read.optional('context')),
    ({ origin }) => origin,
  );
  const servingKey = read.optional('tls-private-key-file');
  await mentionReadable([...secretFilesOf(found), ...(servingKey === undefined ? [] : [servingKey])], checklist);
  const bootstrapped =
    bootstrapKubeconfig === undefined
      ? undefined
      : await bootstrap({ read, logger, checklist, names, cluster: found, start });
  const cluster = bootstrapped?.cluster ?? found;
  const transport = await openCluster(cluster, { logger, metrics });
  bootstrapped?.renew(transport);
  const { hostname: host, port } = new URL(cluster.server);
  const localAddress = await localAddressTowards(host, port === '' ? 443 : Number(port));
  const agent = createAgent({
    transport,
    clock: systemClock,
    random: systemRandom,
    ids: systemIds,
    logger,
    metrics,
    definition,
    config,
    capabilities: capabilitiesOf(definition, config),
    environment: process.env,
    kubeletVersion,
    // A lone node asks for its own pods only; the server keeps an index for exactly that.
    nodes: name !== undefined && names.length === 1 ? { one: name } : 'many',
    configRefresh: read.text('config-refresh') === 'watch' ? 'watch' : 'ttl',
    kubelet: kubeletSettings({ read, logger, checklist, metrics, nodes: names.length }),
    clusterNetwork: clusterNetworkOf(read),
    ...(path === undefined ? {} : { configFolder: folderOf(path) }),
  });
  await checklist.step(
    'API server answers',
    () =>
      firstContact(() => agent.connect({ signal: start.signal, retry: false }), {
        clock: systemClock,
        start,
        waiting: (error) => checklist.note(`waiting for the API server: ${error.message}`),
      }),
    (found) => found,
  );
  const health = await openHealth(read, agent, metrics);
  if (health) checklist.note(`health and metrics on http://${health.address}`);
  return {
    agent,
    localAddress,
    transport,
    health,
    async close() {
      await health?.close();
      await bootstrapped?.close();
      await transport.close();
    },
  };
}
