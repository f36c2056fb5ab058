import type { Clock } from '@virtual-kubelet/base';
import { ManualClock, seededRandom, silentLogger } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type {
  Capabilities,
  ListedPod,
  PodObservation,
  PodRef,
  PodRequest,
  PodSink,
  Provider,
  ProviderContext,
  ProviderSession,
} from '@virtual-kubelet/provider';
import { capabilitiesOf, isNotFound, podName } from '@virtual-kubelet/provider';
import { callContext, deletionOf, podOf, refOf, requestOf } from '../builders.js';
import type { SuiteWorldSource } from './suite-options.js';
import { ContractError } from './suite-options.js';

/** Identity of the cluster that checks work with. */
export const suiteCluster = 'suite-cluster';
const suiteNodes = ['suite-node', 'suite-other-node'] as const;

/** Real and pretended milliseconds between two looks. */
const realStep = 50;
const manualStep = 250;
/** Time in which something wrong would show, real and pretended. */
const realCalm = 500;
const manualCalm = 5_000;
/** A call that takes longer is taken for one that never ends. */
const longestCall = 300_000;

/** What a provider said by itself. */
export interface Heard {
  readonly observed: readonly PodObservation[];
  readonly missing: readonly PodRef[];
  readonly synced: number;
}

/** A provider opened for one check, and the hands to work with it. */
export interface SuiteWorld {
  /** Name of the node the provider is for, and of another. */
  readonly node: string;
  readonly otherNode: string;
  readonly clock: Clock;
  readonly session: ProviderSession;
  readonly provider: Provider;
  readonly capabilities: Capabilities;
  readonly heard: Heard;
  /** A new pod that runs until it is stopped, or the given one; with a name and UID of its own. */
  pod(base?: Pod): Pod;
  /** Creates a pod; it is taken away at the end of the check. */
  create(pod: Pod, more?: Partial<PodRequest>): Promise<PodRef>;
  /** Asks for the end of a pod at once. */
  remove(ref: PodRef): Promise<void>;
  status(ref: PodRef): Promise<PodObservation | undefined>;
  list(provider?: Provider): Promise<readonly ListedPod[]>;
  /** Waits until a pod that was created is seen; at once where reads are consistent. */
  untilSeen(ref: PodRef): Promise<PodObservation>;
  /** Lets the pod run, or says that it did not in time. */
  untilRunning(pod: Pod): Promise<PodObservation>;
  /** Waits for the end of a pod: its last observation, or undefined when it is gone. */
  untilOver(ref: PodRef): Promise<PodObservation | undefined>;
  /** Waits for an answer while time passes. */
  answer<T>(what: string, call: Promise<T>, within?: number): Promise<T>;
  /** Waits until the probe says something. */
  until<T>(what: string, probe: () => Promise<T | undefined>, within: number): Promise<T>;
  pass(ms: number): Promise<void>;
  /** Lets so much time pass that what was started wrongly shows. */
  calm(): Promise<void>;
  /** Ends the session. */
  close(): Promise<void>;
  /** The same provider opened once more, as after a restart of the process. */
  reopen(): Promise<SuiteWorld>;
  /** Ends the subscription to notifications. */
  endNotifications(): void;
}

/** Whether every regular container of a pod runs. */
export function isRunning({ status, containers }: PodObservation, pod: Pod): boolean {
  if (status) return status.phase === 'Running';
  return (pod.spec?.containers ?? []).every(({ name }) =>
    containers.some((container) => container.name === name && 'running' in container.state),
  );
}

/** Whether an observation says that nothing of the pod will run again, as a node reads it. */
export function isOver({ status, ended, containers }: PodObservation): boolean {
  if (ended) return true;
  if (status) return status.phase === 'Succeeded' || status.phase === 'Failed';
  return containers.length > 0 && containers.every(({ state }) => 'terminated' in state);
}

async function contextOf(source: SuiteWorldSource, clock: Clock): Promise<ProviderContext<unknown>> {
  const { definition, options } = source;
  const result = await definition.configSchema['~standard'].validate(options.config ?? {});
  if (result.issues) {
    throw new ContractError(`the configuration is not valid: ${result.issues.map((i) => i.message).join('; ')}`);
  }
  return {
    cluster: suiteCluster,
    config: result.value,
    clock,
    random: seededRandom(1),
    logger: options.logger ?? silentLogger,
    environment: options.environment ?? {},
    ...(options.configFolder === undefined ? {} : { configFolder: options.configFolder }),
  };
}

interface Ear {
  readonly heard: { observed: PodObservation[]; missing: PodRef[]; synced: number };
  readonly stop: AbortController;
}

function listen(provider: Provider): Ear {
  const heard: Ear['heard'] = { observed: [], missing: [], synced: 0 };
  const stop = new AbortController();
  const sink: PodSink = {
    observed: (observation) => void heard.observed.push(observation),
    missing: (ref) => void heard.missing.push(ref),
    synced: () => void (heard.synced += 1),
    interrupted: () => undefined,
  };
  provider.notifyPods?.(sink, callContext({ signal: stop.signal }));
  return { heard, stop };
}

/** What lives as long as a check, whatever is opened in it. */
interface Check {
  readonly source: SuiteWorldSource;
  readonly clock: Clock;
  readonly context: ProviderContext<unknown>;
  readonly created: Map<string, PodRef>;
  /** The world opened last, unless it was closed. */
  open?: SuiteWorld | undefined;
}

async function openWorld(check: Check): Promise<SuiteWorld> {
  const { clock, source, context, created } = check;
  const { startWithin = 60_000, endWithin = 60_000, pod: ordinary = podOf } = source.options;
  const manual = clock instanceof ManualClock ? clock : undefined;
  const step = manual ? manualStep : realStep;
  const pass = async (ms: number): Promise<void> => (manual ? manual.advance(ms) : clock.sleep(ms));

  const answer = async <T>(what: string, call: Promise<T>, within: number = longestCall): Promise<T> => {
    const state = { isOver: false };
    const over = (): void => void (state.isOver = true);
    call.then(over, over);
    // Most calls answer without time passing.
    await (manual ? manual.settle() : clock.turn());
    for (let waited = 0; !state.isOver && waited < within; waited += step) await pass(step);
    if (!state.isOver) throw new ContractError(`${what} did not answer within ${within} ms`);
    return call;
  };

  const until = async <T>(what: string, probe: () => Promise<T | undefined>, within: number): Promise<T> => {
    for (let waited = 0; ; waited += step) {
      const found = await probe();
      if (found !== undefined) return found;
      if (waited >= within) throw new ContractError(`${what} within ${within} ms`);
      await pass(step);
    }
  };

  const session = await answer('open', source.definition.open(context));
  const [node, otherNode] = source.options.nodes ?? suiteNodes;
  const provider = await answer('forNode', session.forNode({ name: node, operatingSystem: 'linux' }));
  const ear = listen(provider);

  const status = (ref: PodRef): Promise<PodObservation | undefined> =>
    answer('getPodStatus', provider.getPodStatus(ref, callContext()));

  const close = async (): Promise<void> => {
    check.open = undefined;
    ear.stop.abort(new Error('the process ends'));
    await answer('close', session.close(new AbortController().signal), 10_000);
  };

  const run = clock.wall().toString(36);
  const world: SuiteWorld = {
    node,
    otherNode,
    clock,
    session,
    provider,
    capabilities: capabilitiesOf(source.definition, context.config),
    heard: ear.heard,
    answer,
    until,
    pass,
    calm: () => pass(manual ? manualCalm : realCalm),
    status,
    pod(base = ordinary()) {
      const name = `${source.id}-${created.size + 1}`;
      const uid = `${run}-${name}`;
      created.set(uid, { namespace: 'default', name, uid });
      return { ...base, metadata: { ...base.metadata, namespace: 'default', name, uid } };
    },
    async create(pod, more = {}) {
      const request = requestOf(pod, more);
      const idempotencyKey = `${request.ref.uid}/${request.attempt}`;
      created.set(request.ref.uid, request.ref);
      await answer('createPod', provider.createPod(request, callContext({ idempotencyKey })));
      return request.ref;
    },
    async remove(ref) {
      await answer('deletePod', provider.deletePod(ref, deletionOf(), callContext()));
    },
    async list(from = provider) {
      return (await answer('getPods', from.getPods(callContext()))).pods;
    },
    untilSeen: (ref) => until(`pod ${podName(ref)} is not found`, () => status(ref), startWithin),
    untilRunning(pod) {
      const ref = refOf(pod);
      const probe = async (): Promise<PodObservation | undefined> => {
        const seen = await status(ref);
        return seen && isRunning(seen, pod) ? seen : undefined;
      };
      return until(`pod ${podName(ref)} does not run`, probe, startWithin);
    },
    async untilOver(ref) {
      const probe = async (): Promise<{ last?: PodObservation } | undefined> => {
        const seen = await status(ref);
        if (!seen) return {};
        return isOver(seen) ? { last: seen } : undefined;
      };
      return (await until(`pod ${podName(ref)} has not ended`, probe, endWithin)).last;
    },
    close,
    async reopen() {
      await close();
      return openWorld(check);
    },
    endNotifications: () => ear.stop.abort(new Error('nobody listens any more')),
  };
  check.open = world;
  return world;
}

/** Takes the pods of a check away, also from a platform whose session the check has closed. */
async function tidy(check: Check): Promise<void> {
  const { source, context, created } = check;
  const outlive = capabilitiesOf(source.definition, context.config).durability === 'platform';
  const world = check.open ?? (outlive ? await openWorld(check) : undefined);
  for (const ref of world ? created.values() : []) {
    await world?.remove(ref).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
  await world?.close();
}

/**
 * Opens a provider, runs a check on it, takes the check's pods away and closes it. What goes wrong in tidying up counts only
 * when the check itself found nothing.
 */
export async function withWorld(source: SuiteWorldSource, run: (world: SuiteWorld) => Promise<void>): Promise<void> {
  const clock = source.options.clock?.() ?? new ManualClock();
  const check: Check = { source, clock, context: await contextOf(source, clock), created: new Map() };
  try {
    await run(await openWorld(check));
  } catch (error) {
    await tidy(check).catch(() => undefined);
    throw error;
  }
  await tidy(check);
}
