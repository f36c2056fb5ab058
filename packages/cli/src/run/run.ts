import type { VirtualNode, VirtualNodeOptions } from '@virtual-kubelet/agent';
import type { CodedError, Logger } from '@virtual-kubelet/base';
import { systemClock, untilAborted } from '@virtual-kubelet/base';
import type { Checklist } from '../output/checklist.js';
import { askedOutput } from '../output/asked-output.js';
import { loadSettings, nodeOptions } from './node-settings.js';
import type { OpenedAgent } from './open-agent.js';
import { openAgent } from './open-agent.js';
import { runOptions } from '../options/option-table.js';
import { findProvider } from './providers.js';
import type { FlagTexts, SettingReader } from '../options/settings.js';
import { readSettings } from '../options/settings.js';
import { startDeadline } from './start-deadline.js';
import { stopSignals } from './stop-signals.js';
import { keepHeapSmall } from './system-heap.js';
import { compactHeapWhenIdle } from './system-idle-heap.js';

const defaultKubeletPort = 10_250;

function mentionIgnored(read: SettingReader, checklist: Checklist): void {
  for (const option of runOptions) {
    if (option.ignored !== undefined && read.optional(option.flag) !== undefined)
      checklist.note(`--${option.flag} has no effect: ${option.ignored}`);
  }
}

/** Several nodes cannot share one port: unless a port was asked for, each takes any free one. */
function placed(node: VirtualNodeOptions, opened: OpenedAgent, alone: boolean): VirtualNodeOptions {
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
function mentionLoopback(nodes: readonly VirtualNodeOptions[], opened: OpenedAgent, checklist: Checklist): void {
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

async function drain(opened: OpenedAgent, read: SettingReader, logger: Logger): Promise<void> {
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
  const began = systemClock.monotonic();
  keepHeapSmall();
  compactHeapWhenIdle();
  const signals = stopSignals();
  const { nodes } = await loadSettings(flags);
  const [first] = nodes;
  if (!first) return;
  const read = readSettings(runOptions, first);
  const { logger, checklist } = askedOutput(read);
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
  const opening = untilAborted(openAgent(read, { logger, checklist, names, start }), start.signal);
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
