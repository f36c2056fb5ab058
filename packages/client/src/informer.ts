import type { Clock, Logger, Random, Transport } from '@virtual-kubelet/base';
import { backoffDelay, deferred, lineSplitter, messageOf, randomInteger, untilAborted } from '@virtual-kubelet/base';
import type { ApiClient, ApiObject, Informer, InformerEvent, Resource, Selection } from './api.js';
import { isGone } from './api-error.js';
import { apiErrorOf } from './api-error.js';
import { collectionPath, queryString } from './resource-path.js';

/** Settings of an {@link Informer}. */
export interface InformerOptions<T extends ApiObject> {
  readonly resource: Resource<T>;
  /** @default everything */
  readonly selection?: Selection;
  readonly client: ApiClient;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

type Listener<T> = (event: InformerEvent<T>) => void;

interface WatchMessage<T> {
  readonly type?: string;
  readonly object?: T & { readonly code?: number; readonly message?: string };
}

/** A watch sends a bookmark about once a minute: silence for longer than two of them means a dead connection. */
const silence = 150_000;
const page = 500;
const retry = { first: 800, most: 30_000 };

/** The history the watch asked for is gone: list again. */
class ExpiredError extends Error {}

function uidOf(object: ApiObject): string {
  return object.metadata?.uid ?? '';
}

function nameOf(object: ApiObject): string {
  return `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`;
}

/** The local copy: by UID, and by name for look-ups. */
function objectStore<T extends ApiObject>(tell: Listener<T>): {
  readonly byUid: Map<string, T>;
  readonly byName: Map<string, T>;
  put(object: T): void;
  remove(uid: string, last?: T): void;
} {
  const byUid = new Map<string, T>();
  const byName = new Map<string, T>();
  const remove = (uid: string, last?: T): void => {
    const old = byUid.get(uid);
    if (!old) return;
    byUid.delete(uid);
    if (byName.get(nameOf(old)) === old) byName.delete(nameOf(old));
    tell({ type: 'deleted', object: last ?? old });
  };
  return {
    byUid,
    byName,
    remove,
    put(object) {
      const uid = uidOf(object);
      const old = byUid.get(uid);
      if (old && old.metadata?.resourceVersion === object.metadata?.resourceVersion) return;
      const namesake = byName.get(nameOf(object));
      if (namesake && uidOf(namesake) !== uid) remove(uidOf(namesake));
      byUid.set(uid, object);
      byName.set(nameOf(object), object);
      tell(old ? { type: 'updated', object, old } : { type: 'added', object });
    },
  };
}

/**
 * Makes an informer: lists in pages, then watches from that version. A dropped watch goes on from the last version seen; only
 * history that is gone makes it list again, and then what is missing from the list is told as deleted.
 */
export function createInformer<T extends ApiObject>(options: InformerOptions<T>): Informer<T> {
  const { resource, selection = {}, client, transport, clock, random, logger } = options;
  const listeners = new Set<Listener<T>>();
  const synced = deferred();
  let hasSynced = false;
  let lastContact: number | undefined;
  let version: string | undefined;

  const tell: Listener<T> = (event) => {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        logger.error('an informer listener failed', { resource: resource.plural, error: messageOf(error) });
      }
    }
  };
  const store = objectStore<T>(tell);

  const listAll = async (signal: AbortSignal): Promise<void> => {
    const seen = new Set<string>();
    let token: string | undefined;
    let at = '';
    do {
      const answer = await client.list(resource, { ...selection, limit: page, signal, lane: 'watch', ...(token === undefined ? {} : { continue: token }) });
      lastContact = clock.monotonic();
      for (const object of answer.items) {
        seen.add(uidOf(object));
        store.put(object);
      }
      at = answer.resourceVersion;
      token = answer.continue;
      if (token !== undefined) await clock.turn();
    } while (token !== undefined);
    for (const uid of [...store.byUid.keys()]) if (!seen.has(uid)) store.remove(uid);
    version = at;
  };

  const take = (line: Uint8Array): void => {
    const { type, object } = JSON.parse(new TextDecoder().decode(line)) as WatchMessage<T>;
    if (!object) throw new TypeError('a watch line without an object');
    if (type === 'ERROR') throw object.code === 410 ? new ExpiredError(object.message) : new Error(object.message ?? 'the watch failed');
    if (object.metadata) Reflect.deleteProperty(object.metadata, 'managedFields');
    if (type === 'ADDED' || type === 'MODIFIED') store.put(object);
    else if (type === 'DELETED') store.remove(uidOf(object), object);
    else if (type !== 'BOOKMARK') throw new TypeError(`a watch line of unknown type ${type}`);
    version = object.metadata?.resourceVersion ?? version;
  };

  const watchPath = (): string => {
    const { namespace, labelSelector, fieldSelector } = selection;
    const timeoutSeconds = 300 + randomInteger(random, 300);
    const query = queryString({ labelSelector, fieldSelector, watch: true, allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds });
    return `${collectionPath(resource, namespace)}${query}`;
  };

  /** Follows one connection to its end. */
  const follow = async (signal: AbortSignal): Promise<void> => {
    let watchdog = clock.deadline(silence, signal);
    const connection = new AbortController();
    const arm = (): void => {
      watchdog.release();
      watchdog = clock.deadline(silence, signal);
      watchdog.signal.addEventListener('abort', () => connection.abort(watchdog.signal.reason), { once: true });
    };
    arm();
    try {
      const answer = await transport.stream({ method: 'GET', path: watchPath(), lane: 'watch', headers: { accept: 'application/json' }, signal: connection.signal });
      const lines = lineSplitter();
      const body: Uint8Array[] = [];
      for await (const chunk of answer.body) {
        lastContact = clock.monotonic();
        arm();
        if (answer.status !== 200) body.push(chunk);
        else for (const line of lines.push(chunk)) take(line);
      }
      if (answer.status !== 200) throw apiErrorOf({ status: answer.status, headers: answer.headers, body: Buffer.concat(body) }, `watch ${resource.plural}`);
    } finally {
      watchdog.release();
      connection.abort();
    }
  };

  const run = async (signal: AbortSignal): Promise<never> => {
    for (let failures = 0; ; ) {
      signal.throwIfAborted();
      const began = clock.monotonic();
      try {
        if (version === undefined) await listAll(signal);
        if (!hasSynced) synced.resolve();
        hasSynced = true;
        await follow(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ExpiredError || isGone(error)) version = undefined;
        else if (error instanceof SyntaxError || error instanceof TypeError) version = undefined;
        logger.debug('watch interrupted', { resource: resource.plural, error: messageOf(error) });
      }
      failures = clock.monotonic() - began > 60_000 ? 0 : failures + 1;
      if (failures > 0) await clock.sleep(backoffDelay(retry, failures, random), signal);
    }
  };

  return {
    start(signal) {
      run(signal).catch((error: unknown) => synced.reject(error));
      synced.promise.catch(() => undefined);
    },
    synced: (signal) => (signal ? untilAborted(synced.promise, signal) : synced.promise),
    get hasSynced() {
      return hasSynced;
    },
    get lastContact() {
      return lastContact;
    },
    byUid: (uid) => store.byUid.get(uid),
    byName: (namespace, name) => store.byName.get(`${namespace}/${name}`),
    list: () => [...store.byUid.values()],
    get size() {
      return store.byUid.size;
    },
    subscribe(listener) {
      listeners.add(listener);
      for (const object of store.byUid.values()) listener({ type: 'added', object });
      return () => listeners.delete(listener);
    },
  };
}
