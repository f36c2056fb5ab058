import { createAgent } from '@virtual-kubelet/agent';
import type { Agent, VirtualNode, VirtualNodeOptions } from '@virtual-kubelet/agent';
import type { CodedError, Logger, MetricRegistry, Transport } from '@virtual-kubelet/base';
import { metricRegistry, systemClock, systemIds, systemRandom, untilAborted } from '@virtual-kubelet/base';
import type { ClusterNetwork } from '@virtual-kubelet/provider';
import { capabilitiesOf } from '@virtual-kubelet/provider';
import type { Checklist } from '../output/checklist.js';
import { loggedChecklist, terminalChecklist } from '../output/checklist.js';
import { bootstrap } from './bootstrap.js';
import { cliLogger } from '../output/cli-logger.js';
import { findCluster, openCluster } from './cluster.js';
import type { HealthServer } from './health-server.js';
import { startHealthServer } from './health-server.js';
import { firstContact } from './first-contact.js';
import { kubeletSettings } from './kubelet-settings.js';
import { localAddressTowards } from './local-address.js';
import { levelOf } from '../options/log-levels.js';
import { folderOf, loadSettings, nodeOptions } from './node-settings.js';
import { runOptions } from '../options/option-table.js';
import { providerConfig } from './provider-config.js';
import { findProvider } from './providers.js';
import { mentionReadable, secretFilesOf } from './readable-secrets.js';
import type { FlagTexts, SettingReader } from '../options/settings.js';
import { readSettings } from '../options/settings.js';
import type { StartDeadline } from './start-deadline.js';
import { startDeadline } from './start-deadline.js';
import { stopSignals } from './stop-signals.js';
import { keepHeapSmall } from './system-heap.js';
import { kubeletVersion } from '../version.js';

const defaultKubeletPort = 10_250;
const now = (): number => systemClock.monotonic();
const write = (text: string): void => void process.stderr.write(text);

/** The logger the user asked for: pretty on a terminal, JSON lines elsewhere. */
export function loggerOf(read: SettingReader): Logger {
  const format = read.text('log-format');
  const pretty = format === 'pretty' || (format === 'auto' && process.stderr.isTTY);
  return cliLogger({
    level: levelOf(read),
    format: pretty ? 'pretty' : 'json',
    write,
    now: () => systemClock.wall(),
  });
}

function checklistOf(logger: Logger): Checklist {
  return process.stderr.isTTY ? terminalChecklist({ write, now }) : loggedChecklist(logger, now);
}

function mentionIgnored(read: SettingReader, checklist: Checklist): void {
  for (const option of runOptions) {
    if (option.ignored !== undefined && read.optional(option.flag) !== undefined)
      checklist.note(`--${option.flag} has no effect: ${option.ignored}`);
  }
}

interface Opened {
  readonly agent: Agent;
  /** Address of this machine on the way to the API server. */
  readonly localAddress: string | undefined;
  readonly transport: Transport;
  readonly health: HealthServer | undefined;
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
    notLive: () => [],
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

async function open(
  read: SettingReader,
  tools: { logger: Logger; checklist: Checklist; names: readonly string[]; start: StartDeadline },
): Promise<Opened> {
  const { logger, checklist, names, start } = tools;
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
    kubelet: kubeletSettings({ read, logger, checklist, metrics }),
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

/** Several nodes cannot share one port: unless a port was asked for, each takes any free one. */
function placed(node: VirtualNodeOptions, opened: Opened, alone: boolean): VirtualNodeOptions {
  const internalIP = node.internalIP ?? opened.localAddress;
  const { kubelet } = node;
  return {
    ...node,
    ...(internalIP === undefined ? {} : { internalIP }),
    ...(kubelet === undefined || alone || kubelet.port !== defaultKubeletPort
      ? {}
      : { kubelet: { ...kubelet, port: 0 } }),
  };
}

/** A loopback address is another machine's for an API server in a container, as in kind and minikube. */
function mentionLoopback(nodes: readonly VirtualNodeOptions[], opened: Opened, checklist: Checklist): void {
  const { localAddress } = opened;
  const isLoopback = localAddress !== undefined && /^(127\.|::1$)/.test(localAddress);
  if (!isLoopback || !nodes.some(({ internalIP, kubelet }) => internalIP === undefined && kubelet)) return;
  checklist.note(
    `nodes have the address ${localAddress}: if the API server runs in a container, give --internal-ip with an address it can reach, or kubectl logs and exec will not work`,
  );
}

function detailOf(node: VirtualNode): string {
  return node.kubeletPort === undefined ? 'no kubelet API' : `kubelet API on port ${node.kubeletPort}`;
}

/** Who stops a standby should know that another process looks after the node. */
function takenOver(nodes: readonly VirtualNode[]): CodedError | undefined {
  return nodes.map(({ controller }) => controller.health().takenOver).find((each) => each !== undefined);
}

async function drain(opened: Opened, read: SettingReader, logger: Logger): Promise<void> {
  logger.info('stopping: workloads go on, writes are finished');
  const deadline = systemClock.deadline(read.duration('shutdown-timeout'));
  try {
    await untilAborted(opened.agent.stop(deadline.signal), deadline.signal);
  } catch (error) {
    if (!deadline.signal.aborted) throw error;
    logger.warn('not everything ended within the shutdown timeout');
  } finally {
    deadline.release();
    await opened.close();
  }
}

/** `virtual-kubelet run`: nodes until a signal. The first signal drains within a bound, the second ends at once. */
export async function run(flags: FlagTexts): Promise<void> {
  const began = now();
  keepHeapSmall();
  const signals = stopSignals();
  const { nodes } = await loadSettings(flags);
  const [first] = nodes;
  if (!first) return;
  const read = readSettings(runOptions, first);
  const logger = loggerOf(read);
  const checklist = checklistOf(logger);
  const { name: providerName } = await findProvider(read.optional('provider'));
  const wanted = nodes.map((settings) => nodeOptions(settings, providerName));
  mentionIgnored(read, checklist);
  const names = wanted.map(({ node }) => node.name);
  const start = startDeadline({
    clock: systemClock,
    began,
    timeout: read.duration('startup-timeout'),
    text: read.text('startup-timeout'),
    stop: signals.signal,
  });
  start.blame(() => 'the API server has not answered yet');
  // Whatever is deaf to the signal is left behind: the process ends.
  const opening = untilAborted(open(read, { logger, checklist, names, start }), start.signal);
  const opened = await signals.unlessStopped(opening);
  if (!opened) return;
  mentionLoopback(wanted, opened, checklist);
  const running: VirtualNode[] = [];
  let standby: CodedError | undefined;
  try {
    const started = Promise.all(
      wanted.map(async (node) => {
        const added = await checklist.step(
          `node ${node.node.name} is Ready`,
          () => opened.agent.addNode(placed(node, opened, wanted.length === 1), start.signal),
          detailOf,
        );
        running.push(added);
      }),
    );
    started.catch(() => undefined);
    start.blame(() => opened.agent.problems().join('; '));
    await signals.unlessStopped(untilAborted(started, start.signal));
    start.release();
    await signals.first;
    standby = takenOver(running);
  } finally {
    await drain(opened, read, logger);
    signals.release();
  }
  if (standby) throw standby;
}
