import { deferred, messageOf, untilAborted } from '@virtual-kubelet/base';
import type { Clock, Deferred, Logger, Random, Transport } from '@virtual-kubelet/base';
import type { ApiClient, ApiObject, Informer, InformerEvent, InformerProblem, Resource, Selection } from './api.js';
import { ApiError } from './api-error.js';
import type { ClientMetrics, ListReason } from './client-metrics.js';
import { silentMetrics } from './client-metrics.js';
import { clientError } from './errors.js';
import { freshPace, interruptionKind, nextRound } from './informer-pace.js';
import type { Interruption } from './informer-pace.js';
import { listInPages } from './list.js';
import type { CompleteList } from './list.js';
import { readObjectPrefix } from './object-prefix.js';
import { objectStore } from './object-store.js';
import { ownWrites } from './own-writes.js';
import { isOlderVersion } from './resource-version.js';
import { listAsStream } from './streaming-list.js';
import type { StreamedList } from './streaming-list.js';
import { watch } from './watch.js';
import type { WatchOptions } from './watch.js';
import type { WatchEvent, WatchLine } from './watch-event.js';

/** Settings of an {@link Informer}. */
export interface InformerOptions<T extends ApiObject> {
  readonly resource: Resource<T>;
  /** @default everything */
  readonly selection?: Selection;
  readonly client: ApiClient;
  /** The one of the client; watches go over it directly. */
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** @default none */
  readonly metrics?: ClientMetrics;
  /**
   * Which of the selected objects to keep. An object it no longer wants leaves in silence, for it was not deleted.
   * @default all
   */
  readonly keep?: (object: T) => boolean;
  /**
   * A cheap look at the bytes of an event that may spare its parsing: false only for objects that `keep` does not want.
   * For lists that are not streamed `keep` alone decides. See {@link acceptNodes}.
   */
  readonly accept?: (line: Uint8Array) => boolean;
  /** Whether to ask for lists as streams (KEP 3157); servers without them are asked for pages. @default true */
  readonly streaming?: boolean;
  /** Freezes every object, to find who changes them. For tests. @default false */
  readonly freeze?: boolean;
}

/** What happened in one round: a list if need be, and a watch to its end. */
interface Round {
  openedAt: number | undefined;
  hasBytes: boolean;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}

/**
 * Makes an {@link Informer}. It lists once and then watches; a watch that breaks goes on from the last version seen.
 * Everything is read again only when the server no longer knows that version, when events may have been lost, or when
 * somebody asks. It never gives up. One state machine: list -> watch -> wait -> (watch | list).
 */
export function createInformer<T extends ApiObject>(options: InformerOptions<T>): Informer<T> {
  const { resource, selection = {}, client, transport, clock, random, metrics = silentMetrics } = options;
  const { keep = (): boolean => true, accept, freeze = false } = options;
  const logger = options.logger.with({ resource: resource.plural });
  const store = objectStore<T>();
  const writes = ownWrites<T>();
  const listeners = new Set<(event: InformerEvent<T>) => void>();
  const firstList = deferred();
  /** Who waits for the list that is still to come. */
  const askedLists: Deferred<void>[] = [];
  let life: AbortSignal | undefined;
  let round = new AbortController();
  let wanted: ListReason | undefined = 'start';
  let version = '';
  let streams = options.streaming ?? true;
  /** Since the last complete list. */
  let brokenStreams = 0;
  let hasSynced = false;
  let lastContact: number | undefined;
  let problem: InformerProblem | undefined;

  const hand = (listener: (event: InformerEvent<T>) => void, event: InformerEvent<T>): void => {
    try {
      listener(event);
    } catch (error) {
      logger.error('a listener of an informer failed', { error: messageOf(error) });
    }
  };
  /** Who subscribes on the way has seen the result already. */
  const tell = (events: readonly InformerEvent<T>[]): void => {
    const audience = [...listeners];
    for (const event of events) for (const listener of audience) if (listeners.has(listener)) hand(listener, event);
  };
  const own = (object: T): T => (freeze ? deepFreeze(object) : object);

  const onContact = (): void => {
    lastContact = clock.monotonic();
  };

  const take = (list: CompleteList<T>): void => {
    writes.clear();
    const events = store.replace(list.items.filter(keep).map(own), { keep, trustVersions: wanted !== 'restored' });
    version = list.resourceVersion;
    wanted = undefined;
    problem = undefined;
    hasSynced = true;
    tell(events);
    firstList.resolve();
    for (const asked of askedLists.splice(0)) asked.resolve();
  };

  const advance = (to: string): void => {
    if (isOlderVersion(to, version)) throw clientError('VK_WATCH_RESTORED', { from: version, to });
    version = to;
  };

  const remove = (object: T): readonly InformerEvent<T>[] => {
    const uid = object.metadata?.uid ?? '';
    writes.forget(uid);
    return store.remove(uid, object);
  };

  const put = (object: T): readonly InformerEvent<T>[] => {
    if (keep(object)) return store.put(object);
    store.forget(object.metadata?.uid ?? '');
    return [];
  };

  const apply = (event: WatchEvent<T>): void => {
    if (event.type === 'ERROR') throw event.error;
    metrics.watched(resource.plural, event.type);
    if (event.type === 'BOOKMARK') return advance(event.resourceVersion);
    const object = own(event.object);
    advance(object.metadata?.resourceVersion ?? version);
    tell(event.type === 'DELETED' ? remove(object) : put(object));
  };

  /** The event of a write of our own, made without parsing it. */
  const echo = ({ bytes, change, start }: WatchLine): WatchEvent<T> | undefined => {
    // Before a list is complete, what is stored need not be the state just before the write.
    const mayBe = change === 'MODIFIED' && writes.size > 0 && wanted === undefined;
    const prefix = mayBe ? readObjectPrefix(bytes, start) : undefined;
    const before = prefix && store.byUid(prefix.uid);
    if (!prefix || !before) return undefined;
    try {
      const object = writes.echo(prefix.uid, prefix.resourceVersion, before);
      return object && { type: 'MODIFIED', object };
    } catch (error) {
      logger.error('the effect of a write could not be told', { error: messageOf(error) });
      return undefined;
    }
  };

  const skip = ({ bytes, change }: WatchLine): 'skip' | undefined => {
    if (change === undefined || accept === undefined || accept(bytes)) return undefined;
    metrics.watched(resource.plural, 'skipped');
    return 'skip';
  };

  const watchOptions = (now: Round, signal: AbortSignal): WatchOptions<T> => ({
    transport,
    clock,
    random,
    resource,
    selection,
    signal,
    glance: (line) => skip(line) ?? echo(line),
    onOpen() {
      now.openedAt = clock.monotonic();
      if (wanted === undefined) problem = undefined;
    },
    onContact() {
      now.hasBytes = true;
      onContact();
    },
  });

  /** Undefined where the server cannot stream lists, or where its streams broke more than once. */
  const stream = async (now: Round, signal: AbortSignal): Promise<StreamedList<T> | undefined> => {
    if (!streams || brokenStreams > 1) return undefined;
    brokenStreams += 1;
    const found = await listAsStream(watchOptions(now, signal));
    streams = found !== undefined;
    return found;
  };

  /** The events after a list; undefined when it came in pages. */
  const list = async (now: Round, signal: AbortSignal): Promise<AsyncGenerator<WatchEvent<T>, void> | undefined> => {
    metrics.listed(resource.plural, wanted ?? 'asked');
    const streamed = await stream(now, signal);
    const found = streamed ?? (await listInPages({ client, clock, resource, selection, signal, onContact }));
    signal.throwIfAborted();
    brokenStreams = 0;
    take(found);
    return streamed?.events;
  };

  const follow = async (now: Round, signal: AbortSignal): Promise<void> => {
    const streamed = wanted === undefined ? undefined : await list(now, signal);
    const events = streamed ?? watch({ ...watchOptions(now, signal), resourceVersion: version });
    for await (const event of events) {
      signal.throwIfAborted();
      apply(event);
    }
  };

  const interrupted = (now: Round, error: unknown): Interruption => ({
    kind: interruptionKind(error),
    open: now.openedAt === undefined ? undefined : clock.monotonic() - now.openedAt,
    hasBytes: now.hasBytes,
    retryAfter: error instanceof ApiError ? error.retryAfter : undefined,
  });

  const note = ({ kind }: Interruption, error: unknown): void => {
    if (kind === 'ended') return;
    const isNew = problem?.kind !== kind;
    problem = { kind, error, since: problem?.since ?? clock.monotonic() };
    const isLoud = isNew && ['refused', 'malformed', 'restored'].includes(kind);
    logger[isLoud ? 'warn' : 'debug']('a watch was interrupted', { kind, error: messageOf(error) });
  };

  /** One round; resolves with how it ended unless we ended it ourselves. */
  const attempt = async (now: Round): Promise<Interruption | undefined> => {
    const { signal } = round;
    try {
      await follow(now, signal);
      return interrupted(now, undefined);
    } catch (error) {
      if (signal.aborted) return undefined;
      const interruption = interrupted(now, error);
      note(interruption, error);
      return interruption;
    }
  };

  const run = async (signal: AbortSignal): Promise<never> => {
    let pace = freshPace;
    for (;;) {
      signal.throwIfAborted();
      round = new AbortController();
      const interruption = await attempt({ openedAt: undefined, hasBytes: false });
      if (interruption === undefined) continue;
      const next = nextRound(pace, interruption, random);
      pace = next.pace;
      wanted ??= next.list;
      await clock.sleep(next.delay, round.signal).catch(() => undefined);
    }
  };

  const end = (): void => round.abort(life?.reason);

  return {
    start(signal) {
      if (life) throw new TypeError('an informer starts once');
      life = signal;
      signal.addEventListener('abort', end, { once: true });
      run(signal).catch((error: unknown) => {
        for (const asked of [firstList, ...askedLists.splice(0)]) asked.reject(error);
      });
      firstList.promise.catch(() => undefined);
    },
    synced: (signal) => (signal ? untilAborted(firstList.promise, signal) : firstList.promise),
    get hasSynced() {
      return hasSynced;
    },
    get lastContact() {
      return lastContact;
    },
    get problem() {
      return problem;
    },
    byUid: store.byUid,
    byName: store.byName,
    list: () => [...store.values()],
    get size() {
      return store.size;
    },
    index: store.index,
    subscribe(listener) {
      for (const object of [...store.values()]) hand(listener, { type: 'added', object });
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    observeWrite(uid, resourceVersion, effect) {
      const known = store.byUid(uid);
      if (known && known.metadata?.resourceVersion !== resourceVersion) writes.expect(uid, resourceVersion, effect);
    },
    resync() {
      const list = deferred();
      list.promise.catch(() => undefined);
      askedLists.push(list);
      wanted = 'asked';
      round.abort(new DOMException('everything is read again', 'AbortError'));
      return list.promise;
    },
    prune() {
      for (const object of [...store.values()]) if (!keep(object)) store.forget(object.metadata?.uid ?? '');
    },
  };
}
