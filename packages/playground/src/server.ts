/** The API server that lives: a store, a clock, and the watches that follow it. */
import type { Clock, Ids, Logger, Random } from '@virtual-kubelet/base';
import { silentLogger } from '@virtual-kubelet/base';
import { playgroundError } from './errors.js';
import { hmacTokens } from './hmac-tokens.js';
import type { Answer, WatchAnswer } from './store/answer.js';
import { bootstrap, furnishNamespace } from './store/bootstrap.js';
import type { ApplyContext } from './store/call.js';
import { definitionStorage } from './store/custom-resources/custom-resources.js';
import { followEndings } from './store/custom-resources/endings.js';
import { settleNames } from './store/custom-resources/settle-names.js';
import type { StoreEvent } from './store/history.js';
import type { OwnRequest } from './store/own-requests.js';
import { ownRequest } from './store/own-requests.js';
import type { HttpMessage } from './store/request.js';
import type { Outcome, Store, StoreOptions } from './store/store.js';
import { createStore } from './store/store.js';
import type { Message } from './store/watch.js';
import { watchStream } from './watch-stream.js';

/** An API server in this process. */
export interface PlaygroundServer {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Handles a request at once. Watches are only opened; follow them with {@link PlaygroundServer.follow}. */
  handle(message: HttpMessage): Answer;
  /** Makes a request as the administrator. */
  request(request: OwnRequest): Answer;
  /** The messages of a watch, in groups, until it times out, fails, or the signal aborts. */
  follow(answer: WatchAnswer, signal: AbortSignal): AsyncGenerator<readonly Message[]>;
  /** Calls back after writes to a resource, kept under a name such as `pods`; at most once until asked again. */
  onChange(storage: string, listener: () => void): () => void;
  /** Ends all watches and refuses further requests. */
  close(): void;
  readonly isClosed: boolean;
  /** How many watches are being followed. */
  readonly openWatches: number;
}

/** What a server needs. */
export interface PlaygroundServerOptions extends StoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly logger?: Logger;
}

/** Starts a server with the namespaces and objects that every cluster has. */
export function createPlaygroundServer(options: PlaygroundServerOptions): PlaygroundServer {
  const { clock, random, ids, logger = silentLogger } = options;
  const settings = { tokens: hmacTokens(ids.uuid()), ...options.settings };
  const store = createStore({ ...options, settings });
  const waiting = new Map<string, Set<() => void>>();
  const endings = followEndings(store.state);
  const closed = new AbortController();
  let openWatches = 0;

  const context = (): ApplyContext => ({ now: clock.wall(), uuid: () => ids.uuid(), random: () => random.next() });

  function onChange(storage: string, listener: () => void): () => void {
    const listeners = waiting.get(storage) ?? new Set();
    waiting.set(storage, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  store.state.subscribe((event) => {
    const listeners = waiting.get(event.storage);
    if (listeners === undefined || listeners.size === 0) return;
    waiting.delete(event.storage);
    for (const listener of listeners) listener();
  });

  /** What belongs to some writes although nobody asked for it. */
  function followUp(event: StoreEvent): void {
    if (event.storage === 'namespaces' && event.type === 'ADDED') furnishNamespace(store, event.key, context());
    if (event.storage === definitionStorage) settleNames(store, event, context());
  }

  function handled(apply: () => Outcome): Answer {
    if (closed.signal.aborted) throw playgroundError('VK_PLAYGROUND_CLOSED');
    const { answer, events } = apply();
    for (const event of events) followUp(event);
    return answer;
  }

  async function* follow({ watch }: WatchAnswer, signal: AbortSignal): AsyncGenerator<readonly Message[]> {
    openWatches++;
    try {
      yield* watchStream(watch, {
        clock,
        random,
        onChange: (listener) => onChange(watch.resource.storage, listener),
        signal: AbortSignal.any([signal, closed.signal]),
        ending: endings(watch.resource),
      });
    } finally {
      openWatches--;
    }
  }

  bootstrap(store, context());
  return {
    store,
    clock,
    logger,
    handle: (message) => handled(() => store.handle(message, context())),
    request: (request) => handled(() => ownRequest(store, request, context())),
    follow,
    onChange,
    close: () => closed.abort(playgroundError('VK_PLAYGROUND_CLOSED')),
    get isClosed() {
      return closed.signal.aborted;
    },
    get openWatches() {
      return openWatches;
    },
  };
}
