/**
 * Watches. A watch holds a position in the history and is asked for what comes next, so a slow reader costs no
 * memory: when it falls behind what the history keeps it is told to list again.
 */
import type { WatchMessage } from '@virtual-kubelet/kubernetes';
import { failureStatus } from '@virtual-kubelet/kubernetes';
import type { Collection } from './collection.js';
import type { StoreEvent } from './history.js';
import type { Json } from './json.js';
import type { StoredObject } from './object.js';
import { stored } from './object.js';
import type { ListOptions } from './options.js';
import { expired } from './refusal.js';
import type { Selection } from './selection.js';
import type { ServedResource } from './resource.js';
import type { State } from './state.js';

/** One line of a watch. */
export type Message = WatchMessage<Json>;

/** A watch that was opened. */
export interface Watch {
  readonly resource: ServedResource;
  /** Seconds after which it should end; undefined where the client left that to the server. */
  readonly timeout?: number;
  /** Whether the client takes bookmarks. */
  readonly allowsBookmarks: boolean;
  /**
   * Up to `limit` messages that are due; none where the reader is up to date. After an ERROR there are no more.
   * `now` is the wall time in milliseconds from which ages are counted. @default when the watch was opened
   */
  take(limit: number, now?: number): readonly Message[];
  /** A message with the version reached, or undefined while there is more to take or bookmarks are not wanted. */
  bookmark(): Message | undefined;
}

/** What a watch is about. */
export interface WatchRequest {
  readonly state: State;
  readonly resource: ServedResource;
  readonly options: ListOptions;
  readonly selects: Selection;
}

const tooOld = 'The resourceVersion for the provided watch is too old.';

/** Opens a watch. Throws a Refusal where its start is too old. */
export function openWatch(request: WatchRequest): Watch {
  const { state, resource, options } = request;
  const collection = state.collection(resource.storage);
  const { version = 0, sendInitialEvents } = options;
  const startsWithState = sendInitialEvents ?? version === 0;
  // "Any version" without the state means from now on.
  const from = startsWithState || version === 0 ? state.version : version;
  if (from < collection.history.floor) throw expired(tooOld);
  return createWatch(request, { collection, from, startsWithState });
}

interface Start {
  readonly collection: Collection;
  readonly from: number;
  readonly startsWithState: boolean;
}

function createWatch(request: WatchRequest, start: Start): Watch {
  const { state, resource, options, selects } = request;
  const { collection, from } = start;
  const history = collection.history;
  const initial = start.startsWithState ? initialMessages(request, start) : [];
  let taken = 0;
  let position = history.positionAfter(from);
  let isOver = false;

  function takeInitial(limit: number): readonly Message[] {
    const messages = initial.slice(taken, taken + limit);
    taken += messages.length;
    return messages;
  }

  function takeLive(limit: number): readonly Message[] {
    const messages: Message[] = [];
    while (messages.length < limit && position < history.end) {
      if (position < history.start) {
        isOver = true;
        messages.push({ type: 'ERROR', object: expiredStatus() });
        break;
      }
      const event = history.event(position++);
      const message = event === undefined ? undefined : messageOf(event, selects);
      if (message !== undefined) messages.push(served(resource, message));
    }
    return messages;
  }

  function isCurrent(): boolean {
    return taken === initial.length && position === history.end && !isOver;
  }

  return {
    resource,
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    allowsBookmarks: options.allowBookmarks,
    take(limit) {
      if (isOver) return [];
      return taken < initial.length ? takeInitial(limit) : takeLive(limit);
    },
    bookmark() {
      if (!options.allowBookmarks || !isCurrent()) return undefined;
      return bookmark(resource, state.version);
    },
  };
}

function initialMessages(request: WatchRequest, start: Start): readonly Message[] {
  const { resource, options, selects } = request;
  const objects = start.collection.objects().filter(selects);
  const messages: Message[] = objects.map((object) => served(resource, { type: 'ADDED', object }));
  if (options.sendInitialEvents === true && options.allowBookmarks) {
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    messages.push(bookmark(resource, start.from, { annotations }));
  }
  return messages;
}

interface ObjectMessage {
  readonly type: Message['type'];
  readonly object: StoredObject;
}

/** What a change means to who sees only a selection; undefined where it means nothing. */
function messageOf(event: StoreEvent, selects: Selection): ObjectMessage | undefined {
  const { previous, object } = event;
  const was = previous !== undefined && selects(previous);
  const is = event.type !== 'DELETED' && selects(object);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object };
  if (!was) return undefined;
  // An object that left the selection is shown as it was last seen, with the version of the change.
  return { type: 'DELETED', object: stored(previous, event.version) };
}

function served(resource: ServedResource, message: ObjectMessage): Message {
  const { fromStored } = resource.rules;
  return fromStored === undefined ? message : { ...message, object: fromStored(message.object) };
}

function bookmark(resource: ServedResource, version: number, meta: Json = {}): Message {
  const metadata = { resourceVersion: String(version), ...meta };
  return { type: 'BOOKMARK', object: { kind: resource.kind, apiVersion: resource.apiVersion, metadata } };
}

function expiredStatus(): Json {
  return { ...failureStatus('Expired', { message: tooOld }) };
}
