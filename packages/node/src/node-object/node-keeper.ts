/** Keeps the Node object as it should be: one level-triggered pass, run again and again. Long, since it is one state machine. */
import type { Clock, Deferred, Random } from '@virtual-kubelet/base';
import { deferred, jittered, untilAborted } from '@virtual-kubelet/base';
import type { ApiClient, CallOptions, Informer, InformerEvent } from '@virtual-kubelet/client';
import { nodes } from '@virtual-kubelet/client';
import type { Node } from '@virtual-kubelet/kubernetes';
import type { Claim } from '../lease/claim.js';
import { createAlarm } from './alarm.js';
import { apiTrouble, failureDelay, failureKind } from './api-failure.js';
import type { Correction } from './node-corrections.js';
import { nodeCorrections } from './node-corrections.js';
import type { TroubleArea, Troubles } from './troubles.js';
import type { WantedNode } from './wanted-node.js';
import { newNode } from './wanted-node.js';

/** How often, in milliseconds. */
export interface NodeIntervals {
  /** From one comparison of what is wanted with what was seen to the next. It costs no call. */
  readonly check: number;
  /** From one status write to the next when nothing changes. */
  readonly heartbeat: number;
  /** From one look at the Node to the next, where each write's answer is a look; Infinity when a shared informer tells. */
  readonly look: number;
}

/** A Node that was found or made. */
export interface FoundNode {
  readonly uid: string;
  readonly by: 'creation' | 'adoption';
  /** There was another Node of this name before, and it is gone. */
  readonly isSuccessor: boolean;
}

/** What a {@link NodeKeeper} needs. */
export interface NodeKeeperOptions {
  readonly node: string;
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly troubles: Troubles;
  /** Nothing is written without it. */
  readonly claim: Claim;
  readonly intervals: NodeIntervals;
  readonly wanted: () => WantedNode;
  readonly mayChangeSpec: boolean;
  /** Asks the provider what the Node shall say, before a lost Node is made again. */
  readonly describeAgain: (signal: AbortSignal) => Promise<void>;
  /** Called once for each Node. */
  readonly onNode: (found: FoundNode) => void;
}

/** The keeper of one Node object. */
export interface NodeKeeper {
  /** Resolves when the Node exists and its status is written. Rejects with the signal's reason. */
  register(signal: AbortSignal): Promise<void>;
  /** Keeps the Node right until the signal aborts; rejects with its reason. */
  run(signal: AbortSignal): Promise<never>;
  /** Something that is wanted has changed. */
  changed(): void;
  /** Others may have judged the node by its silence: look at it, and write its status whether it differs or not. */
  refresh(): void;
  /** Resolves when the Node was looked at, or made again, after this call. Any number of callers share one look. */
  verify(signal: AbortSignal): Promise<void>;
  /** Takes hints from a watch others run; the truth is read. Ends when the signal aborts. */
  follow(informer: Pick<Informer<Node>, 'subscribe'>, signal: AbortSignal): void;
  /** The Node as last seen; undefined before that, and after a write that found it gone or another one. */
  readonly seen: Node | undefined;
  /** Monotonic time of the last status write, milliseconds. */
  readonly statusWrittenAt: number | undefined;
}

/** Rounds in one pass: a write that finds the Node changed is followed by a look and another try, but not for ever. */
const mostRounds = 5;

interface Part {
  readonly area: TroubleArea;
  readonly action: string;
  readonly signal: AbortSignal;
  readonly isLast: boolean;
}

/** Makes a {@link NodeKeeper}; nothing happens yet. */
export function createNodeKeeper(options: NodeKeeperOptions): NodeKeeper {
  const { node, client, clock, random, troubles, claim, intervals, wanted } = options;
  const name = { name: node };
  const alarm = createAlarm(clock);
  const notBefore = new Map<TroubleArea, number>();
  /** What the server keeps otherwise than it was sent (a webhook, an older version): sent again with heartbeats only. */
  const settled = new Map<TroubleArea, string>();
  let seen: Node | undefined;
  let seenAt = -Infinity;
  let knownUid: string | undefined;
  let isLookWanted = true;
  let lookers: Deferred<void>[] = [];
  let statusWrittenAt: number | undefined;
  let heartbeatDue = -Infinity;

  const call = (signal: AbortSignal): CallOptions => ({ signal, lane: 'heartbeat', timeout: 15_000, retry: false });
  const isHeartbeatDue = (): boolean => clock.monotonic() >= heartbeatDue;
  const isDue = (area: TroubleArea): boolean => clock.monotonic() >= (notBefore.get(area) ?? -Infinity);
  const isLookDue = (): boolean => isLookWanted || seen === undefined || clock.monotonic() - seenAt >= intervals.look;

  const see = (found: Node, by: FoundNode['by'] = 'adoption'): void => {
    seen = found;
    seenAt = clock.monotonic();
    const uid = found.metadata?.uid ?? '';
    if (uid === knownUid) return;
    const isSuccessor = knownUid !== undefined;
    knownUid = uid;
    settled.clear();
    options.onNode({ uid, by, isSuccessor });
  };

  const statusWritten = (): void => {
    const now = clock.monotonic();
    // Nodes that start together must not write together for ever.
    heartbeatDue = now + intervals.heartbeat * (statusWrittenAt === undefined ? random.next() : 1);
    statusWrittenAt = now;
  };

  const corrections = nodeCorrections({
    wanted,
    mayChangeSpec: options.mayChangeSpec,
    isHeartbeatDue,
    wall: () => clock.wall(),
    patch: (patch, signal) => client.patch(nodes, name, { ...call(signal), patch }),
    async patchStatus(patch, signal) {
      const answer = await client.patch(nodes, name, { ...call(signal), patch, subresource: 'status' });
      statusWritten();
      return answer;
    },
  });

  const read = async (signal: AbortSignal): Promise<Node | undefined> => {
    try {
      return await client.get(nodes, name, call(signal));
    } catch (error) {
      if (failureKind(error) === 'absent') return undefined;
      throw error;
    }
  };

  const create = async (signal: AbortSignal): Promise<void> => {
    if (knownUid !== undefined) await options.describeAgain(signal);
    see(await client.create(nodes, newNode(wanted()), call(signal)), 'creation');
  };

  /** Reads the Node, or makes it. */
  const look = async (signal: AbortSignal): Promise<void> => {
    const waiting = lookers;
    lookers = [];
    isLookWanted = false;
    try {
      const found = await read(signal);
      if (found) see(found);
      else await create(signal);
      troubles.succeeded('registration');
      for (const each of waiting) each.resolve();
    } catch (error) {
      isLookWanted = true;
      lookers.push(...waiting);
      throw error;
    }
  };

  const correct = async ({ area, difference, isHeartbeat, send }: Correction, signal: AbortSignal): Promise<void> => {
    if (seen === undefined) return;
    const found = JSON.stringify(difference(seen));
    if (found === undefined && !(isHeartbeat && isHeartbeatDue())) return troubles.succeeded(area);
    if (found !== undefined && found === settled.get(area) && !isHeartbeatDue()) return;
    see(await send(seen, signal));
    const left = JSON.stringify(difference(seen));
    if (left === undefined) settled.delete(area);
    else settled.set(area, left);
    troubles.succeeded(area);
  };

  /** Runs one part of a round; false when the Node turned out to be gone, changed or another one. */
  const attempt = async ({ area, action, signal, isLast }: Part, run: () => Promise<void>): Promise<boolean> => {
    try {
      await run();
      notBefore.delete(area);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const isOutdated = failureKind(error) !== 'other';
      if (isOutdated) seen = undefined;
      if (isOutdated && !isLast) return false;
      const failures = troubles.failed(area, apiTrouble(error, { node, action }));
      notBefore.set(area, clock.monotonic() + failureDelay(error, { first: 1_000, most: 60_000, failures }, random));
      return true;
    }
  };

  /** One round over all parts; false when another is worth while at once. */
  const round = async (signal: AbortSignal, isLast: boolean): Promise<boolean> => {
    if (isLookDue() && isDue('registration')) {
      const part: Part = { area: 'registration', action: 'register', signal, isLast };
      if (!(await attempt(part, () => look(signal)))) return false;
    }
    for (const each of corrections) {
      if (!isDue(each.area) || !claim.held()) continue;
      if (!(await attempt({ ...each, signal, isLast }, () => correct(each, signal)))) return false;
    }
    return true;
  };

  const pass = async (signal: AbortSignal): Promise<void> => {
    for (let rounds = 1; rounds <= mostRounds && claim.held(); rounds += 1)
      if (await round(signal, rounds === mostRounds)) return;
  };

  /** Until the next check, or until the first part that failed may be tried again. */
  const delay = (): number => {
    const now = clock.monotonic();
    const retries = [...notBefore.values()].filter((at) => at > now).map((at) => at - now);
    return Math.min(jittered(random, intervals.check, 0.04), ...retries);
  };

  const hint = ({ type, object }: InformerEvent<Node>): void => {
    const { metadata } = object;
    if (metadata?.name !== node) return;
    const isGone = type === 'deleted' || metadata.uid !== knownUid;
    const isEcho = metadata.resourceVersion === seen?.metadata?.resourceVersion;
    if (!isGone && (isEcho || corrections.every((each) => each.difference(object) === undefined))) return;
    isLookWanted = true;
    alarm.ring();
  };

  return {
    async register(signal) {
      for (;;) {
        signal.throwIfAborted();
        await pass(signal);
        if (statusWrittenAt !== undefined) break;
        await alarm.wait(delay(), signal);
      }
      // Nodes that start together must not look together for ever.
      if (intervals.look < Infinity) seenAt -= random.next() * intervals.look;
    },
    async run(signal) {
      for (;;) {
        await alarm.wait(delay(), signal);
        await pass(signal);
      }
    },
    changed: () => alarm.ring(),
    refresh() {
      notBefore.clear();
      isLookWanted = true;
      heartbeatDue = -Infinity;
      alarm.ring();
    },
    async verify(signal) {
      const looked = deferred();
      lookers.push(looked);
      isLookWanted = true;
      alarm.ring();
      await untilAborted(looked.promise, signal);
    },
    follow(informer, signal) {
      if (!signal.aborted) signal.addEventListener('abort', informer.subscribe(hint), { once: true });
    },
    get seen() {
      return seen;
    },
    get statusWrittenAt() {
      return statusWrittenAt;
    },
  };
}
