import type { Clock, Ids, Logger } from '@virtual-kubelet/base';
import { messageOf } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import { events as eventResource } from '@virtual-kubelet/client';
import { formatTime } from '@virtual-kubelet/kubernetes';
import type { Event, ObjectReference } from '@virtual-kubelet/kubernetes';

/** What happened, in the words `kubectl describe` shows. */
export interface EventText {
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase that users and alerts select on. */
  readonly reason: string;
  readonly message: string;
  /** `spec.containers{name}` when it is about one container. */
  readonly fieldPath?: string;
}

/** An object an event can be about. */
export interface EventObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly namespace?: string; readonly name?: string; readonly uid?: string; readonly resourceVersion?: string };
}

/** Tells users what happened. Events are help, not truth: they are merged, limited and, under load, dropped; nothing waits for them. */
export interface EventRecorder {
  /** @param object the pod it is about, or another object that names its kind */
  event(object: EventObject, text: EventText): void;
  /** Events not written, because there were too many. */
  readonly dropped: number;
  /** Takes no more and writes what waits, until the signal aborts. */
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
}

interface Waiting {
  readonly object: EventObject;
  readonly text: EventText;
  count: number;
  readonly first: string;
  last: string;
  /** Name of the Event that says the same already. */
  readonly known?: string;
}

/** Repeats of one event within this time are one Event with a count; milliseconds. */
const mergeTime = 600_000;
/** Texts remembered to merge repeats. */
const mostRemembered = 2_000;
const longestMessage = 1_024;

/** Control characters of foreign texts must not reach a terminal. */
function cleaned(message: string): string {
  return message.slice(0, longestMessage).replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '\ufffd');
}

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

function keyOf(object: EventObject, text: EventText): string {
  return [object.metadata?.uid ?? object.metadata?.name, text.fieldPath, text.type, text.reason, text.message].join('\u0000');
}

/** Makes a recorder with a writer of its own in the lane for events. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, ids, logger, component, host, rate = 10, burst = 50, most = 1_000 } = options;
  const waiting = new Map<string, Waiting>();
  const written = new Map<string, { readonly name: string; readonly count: number; readonly first: string; readonly at: number }>();
  let tokens = burst;
  let filled = clock.monotonic();
  let dropped = 0;
  let stopped = false;
  let pumping: Promise<void> | undefined;
  const life = new AbortController();

  const takeToken = async (signal: AbortSignal): Promise<void> => {
    const now = clock.monotonic();
    tokens = Math.min(burst, tokens + ((now - filled) * rate) / 1_000);
    filled = now;
    tokens -= 1;
    if (tokens < 0) await clock.sleep((-tokens * 1_000) / rate, signal);
  };

  const create = async (key: string, item: Waiting): Promise<void> => {
    const namespace = item.object.metadata?.namespace ?? 'default';
    const name = `${item.object.metadata?.name ?? 'unknown'}.${ids.uuid().replaceAll('-', '').slice(0, 16)}`;
    const event: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace, name },
      involvedObject: reference(item.object, item.text.fieldPath),
      type: item.text.type,
      reason: item.text.reason,
      message: cleaned(item.text.message),
      source: { component, host },
      reportingComponent: component,
      reportingInstance: host,
      count: item.count,
      firstTimestamp: item.first,
      lastTimestamp: item.last,
    };
    await client.create(eventResource, event, { lane: 'events' });
    remember(key, { name, count: item.count, first: item.first });
  };

  const remember = (key: string, entry: { name: string; count: number; first: string }): void => {
    written.delete(key);
    written.set(key, { ...entry, at: clock.monotonic() });
    const [oldest] = written.keys();
    if (written.size > mostRemembered && oldest !== undefined) written.delete(oldest);
  };

  const write = async (key: string, item: Waiting): Promise<void> => {
    const before = written.get(key);
    if (!before || clock.monotonic() - before.at > mergeTime) return create(key, item);
    const namespace = item.object.metadata?.namespace ?? 'default';
    const count = before.count + item.count;
    const body = { count, lastTimestamp: item.last };
    await client.patchQuietly(eventResource, { namespace, name: before.name }, { patch: { type: 'merge', body }, lane: 'events' });
    remember(key, { name: before.name, count, first: before.first });
  };

  const pump = async (): Promise<void> => {
    for (let [next] = waiting; next && !life.signal.aborted; [next] = waiting) {
      const [key, item] = next;
      waiting.delete(key);
      try {
        await takeToken(life.signal);
        await write(key, item);
      } catch (error) {
        // A namespace that is going or a missing right: the event is not worth a second try.
        written.delete(key);
        dropped += item.count;
        logger.debug('event not written', { reason: item.text.reason, error: messageOf(error) });
      }
    }
    pumping = undefined;
  };

  /** Makes room by dropping the oldest event that only says that all is well. */
  const makeRoom = (text: EventText): boolean => {
    if (waiting.size < most) return true;
    for (const [key, item] of waiting) {
      if (item.text.type === 'Warning') continue;
      waiting.delete(key);
      dropped += item.count;
      return true;
    }
    dropped += text.type === 'Normal' ? 1 : 0;
    return false;
  };

  return {
    event(object, text) {
      if (stopped) return;
      const now = formatTime(clock.wall());
      const key = keyOf(object, text);
      const same = waiting.get(key);
      if (same) {
        same.count += 1;
        same.last = now;
        return;
      }
      if (!makeRoom(text)) return;
      waiting.set(key, { object, text, count: 1, first: now, last: now });
      pumping ??= Promise.resolve().then(pump);
    },
    get dropped() {
      return dropped;
    },
    async stop(deadline) {
      stopped = true;
      const give = (): void => life.abort(deadline.reason);
      if (deadline.aborted) give();
      else deadline.addEventListener('abort', give, { once: true });
      await pumping;
      deadline.removeEventListener('abort', give);
    },
  };
}
