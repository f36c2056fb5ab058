import { lineSplitter, randomInteger, untilAborted } from '@virtual-kubelet/base';
import type { Clock, Random, Transport, TransportStream } from '@virtual-kubelet/base';
import { apiErrorOf } from './api-error.js';
import type { ApiObject, Resource, Selection } from './api.js';
import { clientError } from './errors.js';
import { collectionPath, queryString } from './resource-path.js';
import { decodeWatchLine, readWatchLine } from './watch-event.js';
import type { WatchEvent, WatchLine } from './watch-event.js';
import { watchdog } from './watchdog.js';
import type { Watchdog } from './watchdog.js';

/** One watch. */
export interface WatchOptions<T extends ApiObject> {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly resource: Resource<T>;
  /** @default everything */
  readonly selection?: Selection;
  /** Tells changes after this version. Absent: all objects first. */
  readonly resourceVersion?: string;
  /** Asks for all objects first and a bookmark at their end (KEP 3157). @default false */
  readonly sendInitialEvents?: boolean;
  /** Ends the watch with its reason. */
  readonly signal: AbortSignal;
  /** The server accepted the watch. */
  readonly onOpen?: () => void;
  /** Bytes came. */
  readonly onContact?: () => void;
  /** Looks at a line before it is parsed: an event in its place, `skip`, or undefined to parse it. */
  readonly glance?: (line: WatchLine) => WatchEvent<T> | 'skip' | undefined;
}

/** Milliseconds until the head of the answer; servers send it at once. */
const headLimit = 30_000;
/** Bookmarks come about once a minute: silence for longer than two of them means that the connection is dead. */
const silenceLimit = 150_000;
/** Bytes of an explanation worth reading. */
const longestExplanation = 64 * 1024;

function watchPath(options: WatchOptions<ApiObject>): string {
  const { resource, selection = {}, resourceVersion, sendInitialEvents, random } = options;
  const initial = sendInitialEvents ? { sendInitialEvents, resourceVersionMatch: 'NotOlderThan' } : {};
  const query = queryString({
    watch: true,
    allowWatchBookmarks: true,
    labelSelector: selection.labelSelector,
    fieldSelector: selection.fieldSelector,
    resourceVersion,
    ...initial,
    // Spread, so that the watches of a fleet do not end together.
    timeoutSeconds: 300 + randomInteger(random, 301),
  });
  return `${collectionPath(resource, selection.namespace)}${query}`;
}

/** The chunks of a body while the signal lasts. Leaving closes the body without waiting for it. */
async function* chunksOf(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await untilAborted(iterator.next(), signal);
      if (done) return;
      yield value;
    }
  } finally {
    iterator.return?.().catch(() => undefined);
  }
}

async function explain({ status, body }: TransportStream, signal: AbortSignal): Promise<Uint8Array> {
  if (status === 200) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(body, signal)) {
    parts.push(chunk);
    size += chunk.length;
    if (size > longestExplanation) break;
  }
  return Buffer.concat(parts);
}

async function open<T extends ApiObject>(options: WatchOptions<T>, dog: Watchdog): Promise<TransportStream> {
  const path = watchPath(options);
  const accept = 'application/json';
  const request = { method: 'GET', path, headers: { accept }, lane: 'watch', signal: dog.signal } as const;
  const answer = await untilAborted(options.transport.stream(request), dog.signal);
  const body = await explain(answer, dog.signal);
  if (answer.status !== 200) throw apiErrorOf({ ...answer, body }, `watch ${options.resource.plural}`);
  return answer;
}

/**
 * Watches a selection over one connection, until the server ends it. Throws {@link ApiError} when the server refuses,
 * VK_WATCH_MALFORMED for a line that makes no sense, VK_WATCH_SILENT for a dead connection, and the transport's error
 * for a broken one. A part of a line at the end is not an event.
 */
export async function* watch<T extends ApiObject>(options: WatchOptions<T>): AsyncGenerator<WatchEvent<T>, void> {
  const { clock, signal, glance, onContact, onOpen } = options;
  const onSilence = (limit: number): Error => clientError('VK_WATCH_SILENT', { seconds: limit / 1000 });
  const dog = watchdog({ clock, limit: headLimit, parent: signal, onSilence });
  const lines = lineSplitter();
  try {
    const { body } = await open(options, dog);
    onOpen?.();
    dog.touch(silenceLimit);
    for await (const chunk of chunksOf(body, dog.signal)) {
      dog.touch();
      onContact?.();
      for (const bytes of lines.push(chunk)) {
        const line = readWatchLine(bytes);
        const event = glance?.(line) ?? (bytes.length === 0 ? 'skip' : decodeWatchLine<T>(line));
        if (event !== 'skip') yield event;
      }
    }
  } finally {
    dog.stop();
  }
}
