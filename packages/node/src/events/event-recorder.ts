import type { Clock, Ids, Logger } from '@virtual-kubelet/base';
import { deferred, messageOf } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import { events as eventResource, isForbidden, isNotFound } from '@virtual-kubelet/client';
import { formatTime } from '@virtual-kubelet/kubernetes';
import type { Event, ObjectReference } from '@virtual-kubelet/kubernetes';
import { eventMessage, eventName, eventReason } from './event-text.js';
import { tokenBucket, tokenBuckets } from './token-buckets.js';

/** What happened, in the words `kubectl describe` shows. */
export interface EventText {
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase that users and alerts select on. */
  readonly reason: string;
  readonly message: string;
  /** `spec.containers{name}` when it is about one container. */
  readonly fieldPath?: string;
}

/** An object an event can be about. Without a kind it is taken for a pod: objects of lists do not name theirs. */
export interface EventObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: {
    readonly namespace?: string;
    readonly name?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
}

/**
 * Tells users what happened. Events are help, not truth: they are merged, limited and, under load, dropped; nothing waits
 * for them.
 */
export interface EventRecorder {
  /** Never blocks, never throws. */
  event(object: EventObject, text: EventText): void;
  /** Events that were not written, because there were too many or the API server did not take them. */
  readonly dropped: number;
  /** Resolves when nothing waits to be written. */
  flush(): Promise<void>;
  /** Takes no more and writes what the pace lets through at once, until the signal aborts. Nobody waits for the rest. */
  stop(deadline: AbortSignal): Promise<void>;
}

/** Settings of an {@link EventRecorder}. */
export interface EventRecorderOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** As in `source.component`; `<node>/pod-controller` as in the Go implementation. */
  readonly component: string;
  /** Node name. */
  readonly host: string;
  /** Lasting pace of writes, a second. @default 10 */
  readonly rate?: number;
  /** Writes at once after a calm time. @default 50 */
  readonly burst?: number;
  /** Events waiting at most. @default 1,000 */
  readonly most?: number;
  /**
   * Among so many waiting, one that only says that all is well is dropped at once: good news that comes a minute late is of
   * no use, and each costs a request. @default 10 seconds' worth
   */
  readonly mostGood?: number;
}

/** Events that say the same and wait to be written as one. */
interface Waiting {
  readonly object: EventObject;
  readonly text: EventText;
  count: number;
  readonly first: string;
  last: string;
}

/** An event in the API that repeats are added to. */
interface Written {
  readonly name: string;
  readonly count: number;
  /** Monotonic time, milliseconds. */
  readonly at: number;
}

/** Repeats within this time are one event with a count; milliseconds. API servers keep events for an hour. */
const mergeTime = 600_000;
const mostRemembered = 4_096;
/** What one object may say with one reason, as in k8s.io/client-go:tools/record. */
const perReason = { burst: 25, rate: 1 / 300 };

function reference({ apiVersion, kind, metadata = {} }: EventObject, fieldPath: string | undefined): ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata;
  return {
    apiVersion: apiVersion ?? 'v1',
    kind: kind ?? 'Pod',
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(fieldPath === undefined ? {} : { fieldPath }),
  };
}

function subject({ kind, metadata = {} }: EventObject, reason: string): string {
  return [kind ?? 'Pod', metadata.namespace, metadata.name, metadata.uid, reason].join('\u0000');
}

function keyOf(object: EventObject, text: EventText): string {
  return [subject(object, text.reason), text.fieldPath, text.type, text.message].join('\u0000');
}

/** The longest-unused entry goes when there are too many. */
function remember(written: Map<string, Written>, key: string, entry: Written): void {
  written.delete(key);
  written.set(key, entry);
  const [oldest] = written.keys();
  if (written.size > mostRemembered && oldest !== undefined) written.delete(oldest);
}

/** Writes events into the API, repeats as a count of the first. */
function eventWriter(
  options: EventRecorderOptions,
  signal: AbortSignal,
): (key: string, item: Waiting) => Promise<void> {
  const { client, clock, ids, component, host } = options;
  const written = new Map<string, Written>();

  const create = async (key: string, item: Waiting): Promise<void> => {
    const { object, text, count } = item;
    const { namespace = 'default', name = 'unknown' } = object.metadata ?? {};
    const event: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace, name: eventName(name, ids.uuid()) },
      involvedObject: reference(object, text.fieldPath),
      type: text.type,
      reason: text.reason,
      message: text.message,
      source: { component, host },
      reportingComponent: component,
      reportingInstance: host,
      count,
      firstTimestamp: item.first,
      lastTimestamp: item.last,
    };
    await client.create(eventResource, event, { lane: 'events', signal });
    remember(written, key, { name: event.metadata.name ?? '', count, at: clock.monotonic() });
  };

  const repeat = async (key: string, item: Waiting, before: Written): Promise<void> => {
    const namespace = item.object.metadata?.namespace ?? 'default';
    const count = before.count + item.count;
    const patch = { type: 'merge', body: { count, lastTimestamp: item.last } } as const;
    const call = { patch, lane: 'events', signal } as const;
    await client.patchQuietly(eventResource, { namespace, name: before.name }, call);
    remember(written, key, { name: before.name, count, at: clock.monotonic() });
  };

  return async (key, item) => {
    const before = written.get(key);
    if (!before || clock.monotonic() - before.at > mergeTime) return create(key, item);
    try {
      await repeat(key, item, before);
    } catch (error) {
      // After a lost answer nobody knows the count: the next one is a new event.
      written.delete(key);
      if (!isNotFound(error)) throw error;
      await create(key, item);
    }
  };
}

/** Makes a recorder with a writer of its own, one write at a time, in the lane for events. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { clock, logger, rate = 10, burst = 50, most = 1_000 } = options;
  const mostGood = Math.min(options.mostGood ?? 10 * rate, most);
  const waiting = new Map<string, Waiting>();
  const mayWrite = tokenBucket({ burst, rate });
  const maySay = tokenBuckets(perReason, mostRemembered);
  const life = new AbortController();
  /** Over from the stop on: what would have to wait for its turn then is not written. */
  const pace = new AbortController();
  const write = eventWriter(options, life.signal);
  const idle = deferred();
  let pumping: Promise<void> = idle.promise;
  let isPumping = false;
  let stopped = false;
  let dropped = 0;
  idle.resolve();

  const failed = (item: Waiting, error: unknown): void => {
    dropped += item.count;
    // A namespace that is going, or an object that is gone: nobody would read it.
    if (isNotFound(error) || isForbidden(error) || pace.signal.aborted) return;
    const { namespace = '', name = '' } = item.object.metadata ?? {};
    const object = `${namespace}/${name}`;
    logger.debug('event not written', { object, reason: item.text.reason, error: messageOf(error) });
  };

  const pump = async (): Promise<void> => {
    for (let [next] = waiting; next && !life.signal.aborted; [next] = waiting) {
      const [key, item] = next;
      try {
        const delay = mayWrite.take(clock.monotonic());
        if (delay > 0) await clock.sleep(delay, pace.signal);
        // Until now repeats were counted in.
        if (!waiting.delete(key)) continue;
        await write(key, item);
      } catch (error) {
        waiting.delete(key);
        failed(item, error);
      }
    }
    isPumping = false;
  };

  /** A warning takes the place of the oldest event that only says that all is well, or else of the oldest. */
  const makeRoom = (): boolean => {
    if (waiting.size < most) return true;
    for (const [key, item] of waiting) {
      if (item.text.type === 'Warning') continue;
      waiting.delete(key);
      dropped += item.count;
      return true;
    }
    return dropOldest();
  };

  const dropOldest = (): boolean => {
    for (const [key, item] of waiting) {
      waiting.delete(key);
      dropped += item.count;
      return true;
    }
    return false;
  };

  const add = (object: EventObject, text: EventText): void => {
    const key = keyOf(object, text);
    const now = formatTime(clock.wall());
    const same = waiting.get(key);
    if (same) {
      same.count += 1;
      same.last = now;
    } else if (!maySay(subject(object, text.reason), clock.monotonic()) || !makeRoom()) {
      dropped += 1;
    } else {
      waiting.set(key, { object, text, count: 1, first: now, last: now });
      if (isPumping) return;
      isPumping = true;
      pumping = pump();
    }
  };

  return {
    event(object, text) {
      if (stopped) return;
      // Under load good news come by the thousand: they must not cost more than this.
      if (text.type === 'Normal' && waiting.size >= mostGood) return void (dropped += 1);
      add(object, { ...text, reason: eventReason(text.reason), message: eventMessage(text.message) });
    },
    get dropped() {
      return dropped;
    },
    flush: () => pumping,
    async stop(deadline) {
      stopped = true;
      pace.abort(new DOMException('the recorder was stopped', 'AbortError'));
      const give = (): void => life.abort(deadline.reason);
      if (deadline.aborted) give();
      else deadline.addEventListener('abort', give, { once: true });
      await pumping;
      deadline.removeEventListener('abort', give);
      for (const item of waiting.values()) dropped += item.count;
      waiting.clear();
    },
  };
}
