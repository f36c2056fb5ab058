import { lifetime, messageOf, silentTracer } from '@virtual-kubelet/base';
import type { NodeDescription } from '@virtual-kubelet/provider';
import { createLeaseKeeper } from '../lease/lease-keeper.js';
import type { ProviderCalls } from '../pods/provider-calls.js';
import { providerCalls } from '../pods/provider-calls.js';
import type { NodeController, NodeControllerOptions } from './node-controller-options.js';
import { createDescriptionSource } from './node-description.js';
import { createNodeEvents } from './node-events.js';
import { leaveNode } from './node-exit.js';
import { createNodeKeeper } from './node-keeper.js';
import type { DesiredNode } from './node-object.js';
import { desiredNode } from './node-object.js';
import { createProviderPing } from './provider-ping.js';
import type { Reachability } from './reachability.js';
import { afterReport, noShortage, shortageAt } from './shortage.js';
import { createTroubles } from './troubles.js';
import { wantedNode } from './wanted-node.js';

/** Milliseconds. A node that is to be made again must not wait long for its description. */
const describeTimeout = 10_000;
/** Milliseconds. */
const defaultStopTime = 5_000;
/** Milliseconds. */
const restartDelay = 1_000;

/** Assembles lease, ping, description and Node object of one node; nothing happens before {@link NodeController.start}. */
export function createNodeController(options: NodeControllerOptions): NodeController {
  const { provider, client, clock, random } = options;
  const { name } = options.node;
  const { leaseDuration = 40_000 } = options;
  const logger = options.logger.with({ node: name });
  const troubles = createTroubles(clock, logger);
  const events = createNodeEvents();
  const life = lifetime();
  const taintKeys = new Set<string>();
  const loops: Promise<void>[] = [];
  let shortage = noShortage;
  let isRegistered = false;
  let firstFound: 'creation' | 'adoption' = 'adoption';
  let made: { readonly from: NodeDescription; readonly desired: DesiredNode } | undefined;

  const lease = createLeaseKeeper({
    node: name,
    instance: options.instance,
    incarnation: options.ids.uuid(),
    client,
    clock,
    random,
    troubles,
    duration: leaseDuration,
    watchFresh: options.watchFresh ?? ((): boolean => true),
    onRenewed: (lapsed) => lapsed && keeper.refresh(),
    onLost(error) {
      logger.error(error.message, { code: error.code, remedy: error.remedy });
      events.raise({ type: 'claim-lost', at: clock.monotonic(), error });
    },
    onRegained: () => logger.info('acts for the node again: the other agent has gone'),
  });
  const timed = (timeout: number): ProviderCalls =>
    providerCalls({ clock, logger, tracer: options.tracer ?? silentTracer, claim: lease, timeout });

  const ping = createProviderPing({
    node: name,
    provider,
    calls: timed(options.pingTimeout ?? 5_000),
    clock,
    random,
    interval: options.pingInterval ?? 10_000,
    limits: options.reachability ?? {},
    onChange(state) {
      tell(state);
      keeper.changed();
    },
  });
  const description = createDescriptionSource({
    node: name,
    provider,
    calls: timed(describeTimeout),
    clock,
    random,
    logger,
    troubles,
    onChange: () => keeper.changed(),
  });

  const desired = (): DesiredNode => {
    if (made?.from !== description.current) {
      made = { from: description.current, desired: desiredNode(options.node, description.current, options.facts) };
      for (const { key } of made.desired.taints) taintKeys.add(key);
    }
    return made.desired;
  };
  const shortNow = (): string | undefined => shortageAt(shortage, clock.monotonic(), options.shortage);

  const keeper = createNodeKeeper({
    node: name,
    client,
    clock,
    random,
    troubles,
    claim: lease,
    intervals: {
      check: 10_000,
      heartbeat: options.statusInterval ?? 300_000,
      look: options.informer ? Infinity : (options.lookInterval ?? 60_000),
    },
    wanted: () =>
      wantedNode(desired(), {
        provider: ping.state,
        outage: options.outage ?? { mode: 'keep' },
        shortage: shortNow(),
        reported: [...(description.current.conditions ?? []), ...(options.conditions?.current() ?? [])],
        taintKeys,
        now: clock.monotonic(),
      }),
    mayChangeSpec: options.node.identity !== 'node',
    describeAgain: (signal) => description.askAgain(signal),
    onNode({ uid, by, isSuccessor }) {
      lease.setOwner(uid);
      logger.info(by === 'creation' ? 'created the Node' : 'found the Node', { uid });
      if (isSuccessor) events.raise({ type: 'recreated', at: clock.monotonic() });
      else firstFound = by;
    },
  });

  const tell = ({ verdict, message }: Reachability): void => {
    const isReachable = verdict === 'reachable';
    if (isReachable) logger.info('the provider answers');
    else logger.warn('the provider does not answer', { detail: message });
    events.raise({ type: 'provider', at: clock.monotonic(), isReachable });
  };

  /** Nothing but the end of the node's life ends a loop: what fails in one, though it should not, is told and begun again. */
  const untilStopped = async (run: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    while (!life.signal.aborted) {
      try {
        await run(life.signal);
      } catch (error) {
        if (life.signal.aborted) return;
        logger.error('a loop of the node failed and is begun again', { detail: messageOf(error) });
        await clock.sleep(restartDelay, life.signal).catch(() => undefined);
      }
    }
  };
  const loop = (run: (signal: AbortSignal) => Promise<void>): void => void loops.push(untilStopped(run));

  const begin = async (): Promise<void> => {
    await lease.acquire(life.signal);
    loop((signal) => lease.run(signal));
    await Promise.all([description.ask(life.signal), ping.once(life.signal)]);
    if (options.informer) keeper.follow(options.informer, life.signal);
    await keeper.register(life.signal);
    isRegistered = true;
    const unfollow = options.conditions?.subscribe(() => keeper.changed());
    if (unfollow) life.signal.addEventListener('abort', unfollow, { once: true });
    events.raise({ type: 'registered', by: firstFound, at: clock.monotonic() });
    description.subscribe(life.signal);
    loop((signal) => ping.run(signal));
    loop((signal) => keeper.run(signal));
  };

  const leave = async (signal: AbortSignal): Promise<void> => {
    if (isRegistered && lease.held()) await leaveNode(options.onExit ?? 'keep', { client, clock, node: name, signal });
  };
  const quietly = async (what: string, run: () => Promise<void>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      logger.warn(`stopped without ${what}`, { detail: messageOf(error) });
    }
  };
  const ageOf = (at: number | undefined): number | undefined => (at === undefined ? undefined : clock.monotonic() - at);

  /** An attempt is at most three calls of a quarter of the Lease's duration, and begins a quarter after the one before. */
  const stalledFor = (): number | undefined => {
    const age = ageOf(lease.attemptedAt);
    return age !== undefined && age > leaseDuration * 2 ? age : undefined;
  };

  return {
    claim: lease,
    events,
    desired,
    async start(signal) {
      const end = (): void => life.abort(signal.reason);
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
      life.signal.addEventListener('abort', () => signal.removeEventListener('abort', end), { once: true });
      try {
        await begin();
      } catch (error) {
        life.abort(error);
        throw error;
      }
    },
    async stop(deadline) {
      life.abort(new DOMException('the node is being stopped', 'AbortError'));
      await Promise.all(loops);
      const own = deadline ? undefined : clock.deadline(defaultStopTime);
      const signal = deadline ?? own?.signal ?? life.signal;
      await quietly('telling the cluster', () => leave(signal));
      await quietly('letting the lease go', () => lease.release(signal));
      own?.release();
    },
    health: () => ({
      isRegistered,
      isClaimHeld: lease.held(),
      takenOver: lease.takenOver,
      leaseAge: ageOf(lease.renewedAt),
      statusAge: ageOf(keeper.statusWrittenAt),
      stalledFor: stalledFor(),
      provider: ping.state,
      shortage: shortNow(),
      troubles: troubles.list(),
    }),
    setCapacityShortage(resource) {
      const before = shortNow();
      shortage = afterReport(shortage, resource, clock.monotonic());
      if (shortNow() !== before) keeper.changed();
    },
    verify: (signal) => keeper.verify(signal),
  };
}
