import { errorsOf, messageOf, systemClock, systemIds, systemRandom, untilAborted } from '@virtual-kubelet/base';
import type { Logger } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import { createApiClient, resources } from '@virtual-kubelet/client';
import type { ControlPlane } from '@virtual-kubelet/playground';
import { startControlPlane } from '@virtual-kubelet/playground';
import { parse } from 'yaml';
import type { Checklist } from '../output/checklist.js';
import { terminalChecklist } from '../output/checklist.js';
import { applyManifests } from './playground-apply.js';
import { playgroundCommandErrors } from './playground-errors.js';
import type { PlaygroundFolder } from './playground-folder.js';
import { openFolder } from './playground-folder.js';
import type { NodesOptions, PlaygroundNodes } from './playground-nodes.js';
import { startNodes } from './playground-nodes.js';
import type { PlaygroundPlan } from './playground-plan.js';
import { playgroundPlan } from './playground-plan.js';
import { playgroundOptions } from '../options/playground-options.js';
import type { Started } from './playground-words.js';
import { banner, endLine, findPrograms, nextLines } from './playground-words.js';
import { loggerOf } from '../output/asked-output.js';
import type { FlagTexts } from '../options/settings.js';
import { readSettings, resolveSettings } from '../options/settings.js';
import type { StopSignals } from '../run/stop-signals.js';
import { stopSignals } from '../run/stop-signals.js';

const fail = errorsOf(playgroundCommandErrors);
const say = (text: string): void => void process.stdout.write(text);
/** Milliseconds that a pod of `--apply` has to run before the command goes on without it. */
const podPatience = 15_000;
const stopPatience = 5_000;

/** `virtual-kubelet playground`: a Kubernetes in this process until a signal. */
export async function playgroundCommand(flags: FlagTexts): Promise<void> {
  const read = readSettings(
    playgroundOptions,
    resolveSettings(playgroundOptions, { flags, environment: process.env, file: {} }),
  );
  const plan = await playgroundPlan(read);
  const signals = stopSignals();
  const logger = loggerOf(read);
  const folder = await openFolder(plan);
  say(banner());
  try {
    await untilStopped({ plan, logger, folder, signals });
  } finally {
    await folder.close();
    signals.release();
  }
}

interface Session {
  readonly plan: PlaygroundPlan;
  readonly logger: Logger;
  readonly folder: PlaygroundFolder;
  readonly signals: StopSignals;
}

async function untilStopped(session: Session): Promise<void> {
  const { folder, logger, signals } = session;
  const checklist = terminalChecklist({ write: say, now: () => systemClock.monotonic() });
  const plane = await checklist.step(
    'API server listens',
    () => open(session),
    ({ served }) => served?.url ?? '',
  );
  const stopKeeping = folder.follow(plane.playground.server, { clock: systemClock, logger });
  const nodes: PlaygroundNodes[] = [];
  try {
    await folder.keepIdentity(plane.served?.port ?? 0);
    const started = await start(session, plane, { checklist, nodes });
    const found = await findPrograms(
      session.plan.providers.map(({ name }) => name),
      process.env['PATH'],
    );
    say(`
${nextLines(started, found)}${endLine(started)}`);
    await signals.first;
  } catch (error) {
    // A signal during the start ends it; that is no failure.
    if (!signals.signal.aborted) throw error;
  } finally {
    await stop(plane, nodes, stopKeeping);
  }
}

async function open({ plan: { address, port }, logger, folder }: Session): Promise<ControlPlane> {
  const { snapshot, credentials } = folder;
  const started = (chosen: number): Promise<ControlPlane> =>
    startControlPlane({
      clock: systemClock,
      random: systemRandom,
      ids: systemIds,
      logger,
      listen: { port: chosen, host: address.host, names: address.names },
      credentials,
      settings: { readYaml: (text: string) => parse(text) as unknown },
      ...(snapshot === undefined ? {} : { snapshot }),
    });
  try {
    // Any port is best the one of the last start, so that its kubeconfig goes on.
    const before = port === 0 ? folder.port : undefined;
    return before === undefined ? await started(port) : await started(before).catch(() => started(port));
  } catch (error) {
    throw fail('VK_PLAYGROUND_LISTEN', { port: String(port), address: address.host, problem: messageOf(error) }, error);
  }
}

/** What pods are told instead of the Service `kubernetes`, whose address leads nowhere. */
function apiServerOf({ address }: PlaygroundPlan, { served }: ControlPlane): NodesOptions['apiServer'] {
  return address.forPods === undefined || !served ? undefined : { host: address.forPods, port: served.port };
}

interface Progress {
  readonly checklist: Checklist;
  /** Filled as nodes start, so that they are stopped whatever happens. */
  readonly nodes: PlaygroundNodes[];
}

async function start(session: Session, plane: ControlPlane, progress: Progress): Promise<Started> {
  const { plan: wanted, folder, logger, signals } = session;
  const { checklist, nodes } = progress;
  const kubeconfig = await checklist.step(
    'kubeconfig written',
    () => folder.writeKubeconfig(plane.served?.kubeconfig() ?? ''),
    (path) => path,
  );
  const apiServer = apiServerOf(wanted, plane);
  for (const provider of wanted.nodes === 0 ? [] : wanted.providers)
    await checklist.step(
      `nodes of ${provider.name} are Ready`,
      async () => {
        const more = await startNodes({
          playground: plane.playground,
          ...(apiServer ? { apiServer } : {}),
          provider,
          count: wanted.nodes,
          logger,
          signal: signals.signal,
        });
        nodes.push(more);
        return more;
      },
      ({ names }) => namesShown(names),
    );
  const applied = await apply(session, plane, checklist);
  return {
    url: plane.served?.url ?? '',
    kubeconfig,
    nodes: nodes.flatMap(({ names }) => names),
    applied,
    dataDir: wanted.dataDir,
  };
}

function namesShown(names: readonly string[]): string {
  return names.length <= 3 ? names.join(', ') : `${names[0]} to ${names.at(-1)}`;
}

async function apply(
  { plan: { manifests }, logger, signals }: Session,
  plane: ControlPlane,
  checklist: Checklist,
): Promise<readonly string[]> {
  if (manifests.length === 0) return [];
  const transport = plane.playground.transport();
  const client = createApiClient({ transport, clock: systemClock, random: systemRandom, logger });
  const applied = await checklist.step(
    'manifests applied',
    () => applyManifests({ client, served: () => plane.playground.server.store.served }, manifests),
    (names) => names.join(', '),
  );
  for (const pod of applied.filter((each) => each.startsWith('pod/')))
    await checklist
      .step(
        `${pod} is Running`,
        () => running(client, pod.slice('pod/'.length), signals.signal),
        (detail) => detail,
      )
      .catch((error: unknown) => checklist.note(messageOf(error)));
  await transport.close();
  return applied;
}

/** Waits until a pod of the namespace `default` runs; other namespaces are not waited for. */
async function running(client: ApiClient, name: string, signal: AbortSignal): Promise<string> {
  const end = systemClock.monotonic() + podPatience;
  for (;;) {
    const { items } = await client.list(resources.pods, {
      namespace: 'default',
      fieldSelector: `metadata.name=${name}`,
      signal,
    });
    const { phase = 'Pending', podIP = 'no address', conditions = [] } = items[0]?.status ?? {};
    if (items.length === 0 || phase !== 'Pending') return `${items[0]?.spec?.nodeName ?? ''} ${podIP}`.trim();
    const why = conditions.find((one) => one.status === 'False' && one.message !== undefined)?.message ?? phase;
    if (systemClock.monotonic() > end) throw new Error(`pod ${name} does not run yet: ${why}`);
    await systemClock.sleep(20, signal);
  }
}

async function stop(
  plane: ControlPlane,
  nodes: readonly PlaygroundNodes[],
  stopKeeping: () => Promise<void>,
): Promise<void> {
  const deadline = systemClock.deadline(stopPatience);
  try {
    await untilAborted(Promise.all(nodes.map((each) => each.stop(deadline.signal))), deadline.signal).catch(
      (error: unknown) => {
        if (!deadline.signal.aborted) throw error;
      },
    );
  } finally {
    deadline.release();
    await stopKeeping();
    await plane.stop();
  }
}
