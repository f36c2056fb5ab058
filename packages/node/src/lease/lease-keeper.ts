/** Claims a node through its Lease and renews it: one state machine, driven by {@link LeaseKeeper.acquire} and `run`. */
import type { Clock, CodedError, Random } from '@virtual-kubelet/base';
import { deferred, jittered, untilAborted } from '@virtual-kubelet/base';
import type { ApiClient, CallOptions } from '@virtual-kubelet/client';
import { leases } from '@virtual-kubelet/client';
import type { Lease } from '@virtual-kubelet/kubernetes';
import { nodeFailure } from '../errors.js';
import { createAlarm } from '../node-object/alarm.js';
import { apiTrouble, failureDelay, failureKind } from '../node-object/api-failure.js';
import type { Troubles } from '../node-object/troubles.js';
import type { Claim, Claimant, ClaimVerdict, LeaseWatch } from './claim.js';
import { judgeLease, watchLease } from './claim.js';
import { isOwnedBy, leaseNamespace, releasedLease, renewedLease } from './lease-object.js';

/** What a {@link LeaseKeeper} needs. Times in milliseconds. */
export interface LeaseKeeperOptions {
  readonly node: string;
  /** The same after a restart in the same place, different everywhere else. */
  readonly instance: string;
  /** Different for every process. */
  readonly incarnation: string;
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly troubles: Troubles;
  readonly duration: number;
  /** Asked before every write but the very first: an agent that does not hear of its pods must not say it is well. */
  readonly watchFresh: () => boolean;
  /** After each write. `lapsed`: so long after the one before that others may have taken the node for dead. */
  readonly onRenewed: (lapsed: boolean) => void;
  /** Another process took over. The keeper goes on watching and takes the node back when that process ends. */
  readonly onLost: (error: CodedError) => void;
  /** The node is ours again after it was lost. */
  readonly onRegained: () => void;
}

/** The keeper of one node's Lease. */
export interface LeaseKeeper extends Claim {
  /** Resolves when the node is claimed. @throws CodedError `VK_NODE_HELD` when somebody else holds it. */
  acquire(signal: AbortSignal): Promise<void>;
  /** Renews until the signal aborts; rejects with its reason. */
  run(signal: AbortSignal): Promise<never>;
  /** The Node that takes the Lease with it when it is deleted; written at once where it is not the one written last. */
  setOwner(nodeUid: string): void;
  /** Lets the claim go, so that the next agent need not wait. Only when nothing acts for the node any more. */
  release(signal: AbortSignal): Promise<void>;
  /** Monotonic time of the last renewal; undefined before the first and while another process holds the node. */
  readonly renewedAt: number | undefined;
  /** Monotonic time at which the latest attempt to renew began; undefined while `run` is not under way. */
  readonly attemptedAt: number | undefined;
  /** Who took the node over; undefined while nobody did. */
  readonly takenOver: CodedError | undefined;
}

/** Makes a {@link LeaseKeeper}; nothing happens yet. */
export function createLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const { node, instance, incarnation, client, clock, random, troubles, duration } = options;
  const name = { namespace: leaseNamespace, name: node };
  const interval = duration / 4;
  // Claims end a little early, for calls that have just been allowed to start and for clocks that run at another speed.
  const validity = duration - duration / 8;
  const alarm = createAlarm(clock);
  let nodeUid: string | undefined;
  let watch: LeaseWatch | undefined;
  let isSuperseded = false;
  let takenOver: CodedError | undefined;
  let writes = 0;
  let attemptedAt: number | undefined;
  /** Our last write and when it was sent. */
  let written: { readonly lease: Lease; readonly at: number; readonly wall: number } | undefined;
  let renewed = deferred();

  const call = (signal: AbortSignal): CallOptions => ({ signal, lane: 'heartbeat', timeout: interval, retry: false });
  const claimant = (): Claimant => ({ instance, incarnation, isSuperseded });

  /** Time since the last write. The wall clock counts, too: the monotonic one may stand still while the machine sleeps. */
  const age = (): number =>
    written === undefined ? Infinity : Math.max(clock.monotonic() - written.at, clock.wall() - written.wall);
  const held = (): boolean => age() < validity;

  const write = async (seen: Lease | undefined, signal: AbortSignal): Promise<void> => {
    const [at, wall] = [clock.monotonic(), clock.wall()];
    const lapsed = age() >= duration / 2;
    const lease = renewedLease(seen, { node, nodeUid, instance, incarnation, duration, now: wall });
    const answer = await (seen
      ? client.replace(leases, lease, call(signal))
      : client.create(leases, lease, call(signal)));
    written = { lease: answer, at, wall };
    [watch, isSuperseded, writes] = [undefined, false, writes + 1];
    troubles.succeeded('lease');
    renewed.resolve();
    renewed = deferred();
    if (takenOver) options.onRegained();
    takenOver = undefined;
    options.onRenewed(lapsed);
  };

  const read = async (signal: AbortSignal): Promise<Lease | undefined> => {
    try {
      return await client.get(leases, name, call(signal));
    } catch (error) {
      if (failureKind(error) === 'absent') return undefined;
      throw error;
    }
  };

  const judge = (lease: Lease | undefined): ClaimVerdict => {
    const now = clock.monotonic();
    if (lease) watch = watchLease(watch, lease, now);
    return judgeLease(lease, claimant(), { watch, now });
  };

  const lose = (lease: Lease): void => {
    written = undefined;
    isSuperseded = true;
    const verdict = judge(lease);
    const holder = 'holder' in verdict ? verdict.holder : 'one that has stopped since';
    takenOver = nodeFailure('VK_NODE_TAKEN_OVER', { node, holder });
    options.onLost(takenOver);
  };

  /** Looks whose the Lease is, and takes it if it may. */
  const seek = async (signal: AbortSignal): Promise<ClaimVerdict> => {
    const lease = await read(signal);
    if (written && lease && judge(lease).kind !== 'ours') lose(lease);
    const verdict = judge(lease);
    if (verdict.kind !== 'watched' && verdict.kind !== 'held') await write(lease, signal);
    return verdict;
  };

  /** Renews by replacing what we wrote last: that fails if anybody wrote in between, so it is a look at the same time. */
  const renew = async (signal: AbortSignal): Promise<ClaimVerdict> => {
    if (written === undefined) return seek(signal);
    try {
      await write(written.lease, signal);
      return { kind: 'ours' };
    } catch (error) {
      if (failureKind(error) === 'other') throw error;
      return seek(signal);
    }
  };

  /** One attempt: what came of it and the delay before the next. */
  const step = async (signal: AbortSignal): Promise<{ readonly verdict?: ClaimVerdict; readonly delay: number }> => {
    if (writes > 0 && !options.watchFresh()) {
      troubles.failed('lease', nodeFailure('VK_NODE_WATCH_STALE', { node }));
      return { delay: interval / 8 };
    }
    try {
      const verdict = await renew(signal);
      return { verdict, delay: delayAfter(verdict) };
    } catch (error) {
      signal.throwIfAborted();
      const failures = troubles.failed('lease', apiTrouble(error, { node, action: 'renew the lease of' }));
      return { delay: failureDelay(error, { first: interval / 10, most: interval, failures }, random) };
    }
  };

  const delayAfter = ({ kind }: ClaimVerdict): number => {
    if (kind === 'watched' || kind === 'held') return duration / 8;
    // Nodes that start together must not renew together for ever.
    return writes <= 2 ? random.next() * interval : jittered(random, interval, 0.04);
  };

  return {
    held,
    async waitHeld(signal) {
      signal.throwIfAborted();
      while (!held()) await untilAborted(renewed.promise, signal);
    },
    async acquire(signal) {
      for (;;) {
        const { verdict, delay } = await step(signal);
        if (verdict?.kind === 'held') throw nodeFailure('VK_NODE_HELD', { node, holder: verdict.holder });
        if (verdict && verdict.kind !== 'watched') return;
        await clock.sleep(delay, signal);
      }
    },
    async run(signal) {
      attemptedAt = clock.monotonic();
      try {
        for (let delay = random.next() * interval; ; delay = (await step(signal)).delay) {
          await alarm.wait(delay, signal);
          attemptedAt = clock.monotonic();
        }
      } finally {
        attemptedAt = undefined;
      }
    },
    setOwner(uid) {
      nodeUid = uid;
      if (!isOwnedBy(written?.lease, uid)) alarm.ring();
    },
    async release(signal) {
      if (written === undefined) return;
      // Our last write may have been cut off after it was done, so what we know may be old.
      const lease = await read(signal);
      written = undefined;
      if (lease && judge(lease).kind === 'ours') await client.replace(leases, releasedLease(lease), call(signal));
    },
    get renewedAt() {
      return written?.at;
    },
    get attemptedAt() {
      return attemptedAt;
    },
    get takenOver() {
      return takenOver;
    },
  };
}
