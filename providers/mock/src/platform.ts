import type { Clock } from '@virtual-kubelet/base';
import { extended } from '@virtual-kubelet/base';
import type { PodObservation, PodRef } from '@virtual-kubelet/provider';
import { failures } from '@virtual-kubelet/provider';
import type { Addresses } from './addresses.js';
import type { Journal } from './journal.js';
import { noJournal } from './journal.js';
import type { CallScript } from './script.js';
import type { Workload, WorkloadContainer } from './timeline.js';
import { isOver, nextChange, observationAt } from './timeline.js';

/** A finished deletion can still be looked at for this long, milliseconds. */
const deletedRetention = 60_000;

/** What a platform is made of. */
export interface PlatformOptions {
  readonly clock: Clock;
  readonly addresses: Addresses;
  /** @default none: workloads die with the process */
  readonly journal?: Journal;
}

/** A new workload; the platform adds address, time and revision. */
export type NewWorkload = Omit<Workload, 'podIP' | 'createdAt' | 'revision' | 'deletion'>;

/** The pretended cloud: it holds workloads by UID and tells of their changes. One for all nodes of a process. */
export interface Platform {
  readonly clock: Clock;
  /** Reads the journal; call once before anything else. */
  open(): Promise<void>;
  create(workload: NewWorkload): Promise<void>;
  /** Resolves when the deletion has begun; false when there is no such workload. */
  remove(ref: PodRef, graceSeconds: number): Promise<boolean>;
  get(uid: string): Workload | undefined;
  observe(workload: Workload): PodObservation;
  list(node: string): readonly Workload[];
  /** Calls back with each change of the node's workloads until the signal aborts. One listener a node. */
  listen(node: string, changed: (observation: PodObservation) => void, signal: AbortSignal): void;
  /** Calls back with the UID of each of the node's workloads that is gone. One listener a node. */
  onGone(node: string, gone: (uid: string) => void): void;
  /** Calls back with each change of one workload, its disappearance included, until the answer is called. */
  watch(uid: string, changed: () => void): () => void;
  /** Changes one container of a workload, or adds it. */
  putContainer(uid: string, container: WorkloadContainer): Promise<void>;
  /** Counts a call of a workload and fails or delays it as its script says. */
  act(uid: string, call: { name: string; script: CallScript; signal: AbortSignal }): Promise<void>;
  readonly size: number;
  close(): Promise<void>;
}

function failureOf(script: CallScript, call: string): Error {
  const message = `scripted failure of ${call}`;
  switch (script.failure) {
    case 'NotFound':
      return failures.notFound(message);
    case 'Invalid':
      return failures.invalid('spec', message);
    case 'Unsupported':
      return failures.unsupported('spec', message);
    case 'Retryable':
      return failures.retryable(message);
    case 'Throttled':
      return failures.throttled(message, 1_000);
    case 'Quota':
      return failures.quota('pods', message);
    case 'Capacity':
      return failures.capacity(message);
    case 'Unauthorized':
      return failures.unauthorized(message);
    default:
      return new Error(message);
  }
}

/** Makes a platform. Timers exist only for workloads that will change by themselves. */
export function createPlatform(options: PlatformOptions): Platform {
  const { clock, addresses, journal = noJournal } = options;
  const workloads = new Map<string, Workload>();
  const byNode = new Map<string, Set<string>>();
  const listeners = new Map<string, (observation: PodObservation) => void>();
  const timers = new Map<string, AbortController>();
  const calls = new Map<string, number>();
  const watchers = new Map<string, Set<() => void>>();
  const goneListeners = new Map<string, (uid: string) => void>();

  const keep = (workload: Workload): void => {
    workloads.set(workload.ref.uid, workload);
    const uids = byNode.get(workload.node) ?? new Set();
    byNode.set(workload.node, uids.add(workload.ref.uid));
  };

  const drop = (uid: string): void => {
    const workload = workloads.get(uid);
    if (!workload) return;
    timers.get(uid)?.abort();
    timers.delete(uid);
    workloads.delete(uid);
    byNode.get(workload.node)?.delete(uid);
    addresses.give(workload.podIP);
    for (const call of ['create', 'update', 'delete']) calls.delete(`${uid}/${call}`);
    void journal.append({ drop: uid });
    for (const changed of watchers.get(uid) ?? []) changed();
    goneListeners.get(workload.node)?.(uid);
  };

  const observe = (workload: Workload): PodObservation => observationAt(workload, clock.wall());

  /** One reading of the clock for both: a change between two readings would neither be told nor waited for. */
  const tell = (workload: Workload): void => {
    const now = clock.wall();
    listeners.get(workload.node)?.(observationAt(workload, now));
    schedule(workload, now);
    for (const changed of watchers.get(workload.ref.uid) ?? []) changed();
  };

  /** Waits for the workload's next change after `now`, or for the end of its retention. */
  const schedule = (workload: Workload, now: number = clock.wall()): void => {
    const { uid } = workload.ref;
    timers.get(uid)?.abort();
    timers.delete(uid);
    const next = nextChange(workload, now);
    const over = workload.deletion !== undefined && isOver(workload, now);
    if (next === undefined && !over) return;
    const cancel = new AbortController();
    timers.set(uid, cancel);
    clock.sleep(over ? deletedRetention : (next ?? now) - now, cancel.signal).then(
      () => due(uid, over),
      () => undefined,
    );
  };

  const due = (uid: string, over: boolean): void => {
    const workload = workloads.get(uid);
    if (!workload) return;
    if (over) drop(uid);
    else tell(workload);
  };

  const keepChanged = async (workload: Workload): Promise<void> => {
    keep(workload);
    await journal.append({ put: workload });
    tell(workload);
  };

  return {
    clock,
    async open() {
      for (const entry of await journal.load()) {
        if ('put' in entry) {
          keep(entry.put);
          addresses.keep(entry.put.podIP);
        } else drop(entry.drop);
      }
      for (const workload of workloads.values()) schedule(workload);
    },
    async create(wanted) {
      const before = workloads.get(wanted.ref.uid);
      if (before && before.attempt >= wanted.attempt) return;
      if (before) drop(wanted.ref.uid);
      const workload: Workload = {
        podIP: addresses.take(),
        createdAt: clock.wall(),
        revision: 1,
        ...wanted,
      };
      await keepChanged(workload);
    },
    async remove(ref, graceSeconds) {
      const before = workloads.get(ref.uid);
      if (!before) return false;
      const at = before.deletion?.at ?? clock.wall();
      const grace = Math.min(graceSeconds, before.deletion?.graceSeconds ?? Infinity);
      const deletion = { at, graceSeconds: grace };
      await keepChanged(extended(before, { deletion, revision: before.revision + 1 }));
      return true;
    },
    get: (uid) => workloads.get(uid),
    observe,
    list: (node) => [...(byNode.get(node) ?? [])].flatMap((uid) => workloads.get(uid) ?? []),
    listen(node, changed, signal) {
      listeners.set(node, changed);
      const stop = (): void => {
        if (listeners.get(node) === changed) listeners.delete(node);
      };
      signal.addEventListener('abort', stop, { once: true });
    },
    onGone: (node, gone) => void goneListeners.set(node, gone),
    watch(uid, changed) {
      const own = watchers.get(uid) ?? new Set();
      watchers.set(uid, own.add(changed));
      return () => {
        own.delete(changed);
        if (own.size === 0 && watchers.get(uid) === own) watchers.delete(uid);
      };
    },
    async putContainer(uid, container) {
      const before = workloads.get(uid);
      if (!before) return;
      const others = before.containers.filter(({ name }) => name !== container.name);
      const isNew = others.length === before.containers.length;
      const containers = isNew
        ? [...others, container]
        : before.containers.map((one) => (one.name === container.name ? container : one));
      await keepChanged({ ...before, containers, revision: before.revision + 1 });
    },
    async act(uid, { name, script, signal }) {
      if (script.latency > 0) await clock.sleep(script.latency, signal);
      if (script.fails === 0) return;
      const key = `${uid}/${name}`;
      const count = (calls.get(key) ?? 0) + 1;
      calls.set(key, count);
      if (count <= script.fails) throw failureOf(script, name);
    },
    get size() {
      return workloads.size;
    },
    async close() {
      for (const timer of timers.values()) timer.abort();
      timers.clear();
      await journal.close();
    },
  };
}
