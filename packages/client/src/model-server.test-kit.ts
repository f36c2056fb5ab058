/** A very small API server for one kind of objects, with faults at will. For tests of watches and informers only. */
import type { Random, Transport, TransportRequest, TransportResponse, TransportStream } from '@virtual-kubelet/base';
import { randomInteger } from '@virtual-kubelet/base';
import type { ApiObject, Resource } from './api.js';
import { failure, json } from './scripted-transport.test-kit.js';

/** What the server keeps. */
export interface Thing extends ApiObject {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly managedFields?: unknown;
  };
  readonly spec: { readonly nodeName?: string; readonly text: string };
}

/** The kind of the model server's objects. */
export const things: Resource<Thing> = {
  group: 'test',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  namespaced: true,
};

type ChangeName = 'ADDED' | 'MODIFIED' | 'DELETED';

interface Change {
  readonly version: number;
  readonly type: ChangeName;
  readonly object: Thing;
}

/** An open watch, seen from the server. */
interface Connection {
  /** Later changes are sent. */
  from: number;
  /** Something was lost on the way: what comes later would be a gap. */
  isDead: boolean;
  readonly send: (text: string) => void;
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

/** How the server behaves; may be changed at any time. */
export interface ModelFaults {
  /** @default yes */
  streaming: 'yes' | 'refused' | 'ignored';
  /** Answers in place of the server. */
  reply: (request: TransportRequest) => TransportResponse | Error | undefined;
  /** Closes so many watches at once after they were opened. */
  closeAtOnce: number;
  /** Sends each line of a watch twice. */
  duplicates: boolean;
  /** Everything sent is lost, and so is what would follow on the same connections. */
  mute: boolean;
  /** Leaves out the last bytes of lines and breaks the connection there: 0 never, 1 always. */
  cut: number;
}

/** The server with its handles. */
export interface ModelServer {
  readonly transport: Transport;
  readonly faults: ModelFaults;
  /** Every request, in order. */
  readonly requests: readonly TransportRequest[];
  /** Creates or changes. Returns the stored object. */
  put(name: string, text: string, nodeName?: string): Thing;
  remove(name: string): void;
  /** Goes back to a version, as from a backup, keeping the objects. Earlier changes are forgotten. */
  restore(to: number): void;
  /** Forgets history up to now. */
  compact(): void;
  bookmark(): void;
  /** Sends a raw line on every watch. */
  say(line: string): void;
  /** Ends all watches in good order, or breaks them. */
  close(error?: Error): void;
  objects(): readonly Thing[];
  /** The objects as a client should know them, in the order of their UIDs. */
  visible(): readonly Thing[];
  readonly watches: number;
  readonly version: string;
}

/** Chunks that a test pushes, read as a body; ends with the signal. */
function pushedBody(signal: AbortSignal | undefined): { body: AsyncIterable<Uint8Array>; connection: Connection } {
  const chunks: Uint8Array[] = [];
  let over: { readonly error?: unknown } | undefined;
  let wake = (): void => undefined;
  const finish = (how: { readonly error?: unknown }): void => {
    over ??= how;
    wake();
  };
  const stop = (): void => finish({ error: signal?.reason });
  signal?.addEventListener('abort', stop, { once: true });
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = chunks.shift();
        if (chunk) yield chunk;
        else if (over && 'error' in over) throw over.error;
        else if (over) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      over ??= {};
      signal?.removeEventListener('abort', stop);
    }
  }
  const send = (text: string): void => {
    if (over) return;
    chunks.push(new TextEncoder().encode(text));
    wake();
  };
  return {
    body: body(),
    connection: { from: 0, isDead: false, send, end: () => finish({}), fail: (error) => finish({ error }) },
  };
}

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function withoutManagedFields(thing: Thing): Thing {
  const { name, namespace, uid, resourceVersion } = thing.metadata;
  return { ...thing, metadata: { name, namespace, uid, resourceVersion } };
}

/** Orders by UID. */
export function byUid(a: Thing, b: Thing): number {
  return a.metadata.uid.localeCompare(b.metadata.uid);
}

/** Makes an empty {@link ModelServer}. `random` cuts bytes into chunks and lines into halves. */
export function modelServer(random: Random): ModelServer {
  const objects = new Map<string, Thing>();
  const history: Change[] = [];
  const connections = new Set<Connection>();
  const requests: TransportRequest[] = [];
  const snapshots = new Map<string, { readonly version: number; readonly rest: readonly Thing[] }>();
  const faults: ModelFaults = {
    streaming: 'yes',
    reply: () => undefined,
    closeAtOnce: 0,
    duplicates: false,
    mute: false,
    cut: 0,
  };
  let version = 100;
  let compacted = 100;

  const deliver = (connection: Connection, text: string): void => {
    connection.isDead ||= faults.mute;
    if (connection.isDead) return;
    if (random.next() < faults.cut) {
      connection.send(text.slice(0, randomInteger(random, text.length)));
      connections.delete(connection);
      return connection.fail(new Error('cut'));
    }
    const middle = randomInteger(random, text.length);
    connection.send(text.slice(0, middle));
    connection.send(text.slice(middle));
    if (faults.duplicates) connection.send(text);
  };

  const record = (type: ChangeName, object: Thing): Thing => {
    history.push({ version, type, object });
    for (const connection of [...connections]) if (version > connection.from) deliver(connection, line(type, object));
    return object;
  };

  const listAnswer = (query: URLSearchParams): TransportResponse => {
    const limit = Number(query.get('limit') ?? Infinity);
    const token = query.get('continue');
    const from = token === null ? { version, rest: [...objects.values()] } : snapshots.get(token);
    if (!from || (token !== null && from.version < compacted)) return failure(410, 'Expired');
    const more = from.rest.slice(limit);
    const next = `t${snapshots.size}`;
    if (more.length > 0) snapshots.set(next, { version: from.version, rest: more });
    const metadata = { resourceVersion: String(from.version), ...(more.length > 0 ? { continue: next } : {}) };
    return json(200, {
      kind: 'ThingList',
      metadata,
      items: from.rest.slice(0, limit).map(({ metadata, spec }) => ({ metadata, spec })),
    });
  };

  const begin = (connection: Connection, query: URLSearchParams): void => {
    const from = query.get('resourceVersion');
    connection.from = Number(from ?? version);
    if (from === null) {
      for (const object of objects.values()) deliver(connection, line('ADDED', object));
      const annotations = { 'k8s.io/initial-events-end': 'true' };
      const mark = { kind: 'Thing', metadata: { resourceVersion: String(version), annotations } };
      if (faults.streaming === 'yes') deliver(connection, line('BOOKMARK', mark));
    } else if (Number(from) < compacted) {
      const status = { kind: 'Status', apiVersion: 'v1', code: 410, reason: 'Expired', message: 'too old' };
      deliver(connection, line('ERROR', status));
      connections.delete(connection);
      connection.end();
    } else
      for (const change of history)
        if (change.version > Number(from)) deliver(connection, line(change.type, change.object));
  };

  const watchAnswer = (request: TransportRequest, query: URLSearchParams): TransportStream => {
    const { body, connection } = pushedBody(request.signal);
    connections.add(connection);
    request.signal?.addEventListener('abort', () => connections.delete(connection), { once: true });
    if (faults.closeAtOnce > 0) {
      faults.closeAtOnce -= 1;
      connections.delete(connection);
      connection.end();
    } else begin(connection, query);
    return { status: 200, headers: {}, body };
  };

  async function* whole(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    yield bytes;
  }

  const queryOf = (request: TransportRequest): URLSearchParams => new URL(request.path, 'http://x').searchParams;

  const answer = (request: TransportRequest): TransportResponse => {
    requests.push(request);
    const reply = faults.reply(request);
    if (reply instanceof Error) throw reply;
    return reply ?? listAnswer(queryOf(request));
  };

  const open = (request: TransportRequest): TransportStream => {
    requests.push(request);
    const reply = faults.reply(request);
    if (reply instanceof Error) throw reply;
    const query = queryOf(request);
    const isRefused = query.has('sendInitialEvents') && faults.streaming === 'refused';
    const refused = reply ?? (isRefused ? failure(422, 'Invalid') : undefined);
    return refused ? { ...refused, body: whole(refused.body) } : watchAnswer(request, query);
  };

  const transport: Transport = {
    request: async (request) => answer(request),
    stream: async (request) => open(request),
    upgrade: () => Promise.reject(new Error('no upgrades here')),
    close: () => Promise.resolve(),
  };

  return {
    transport,
    faults,
    requests,
    put(name, text, nodeName) {
      version += 1;
      const old = objects.get(name);
      const object: Thing = {
        kind: 'Thing',
        apiVersion: 'test/v1',
        metadata: {
          name,
          namespace: 'ns',
          uid: old?.metadata.uid ?? `uid-${version}`,
          resourceVersion: String(version),
          managedFields: [{ manager: 'm', fieldsV1: { 'f:spec': {} } }],
        },
        spec: { ...(nodeName === undefined ? {} : { nodeName }), text },
      };
      objects.set(name, object);
      return record(old ? 'MODIFIED' : 'ADDED', object);
    },
    remove(name) {
      const old = objects.get(name);
      if (!old) return;
      version += 1;
      objects.delete(name);
      record('DELETED', { ...old, metadata: { ...old.metadata, resourceVersion: String(version) } });
    },
    restore(to) {
      version = to;
      history.length = 0;
    },
    compact() {
      compacted = version;
      history.length = 0;
    },
    bookmark() {
      const mark = { kind: 'Thing', metadata: { resourceVersion: String(version) } };
      for (const connection of [...connections]) deliver(connection, line('BOOKMARK', mark));
    },
    say(text) {
      for (const connection of connections) connection.send(`${text}\n`);
    },
    close(error) {
      for (const connection of connections)
        if (error) connection.fail(error);
        else connection.end();
      connections.clear();
    },
    objects: () => [...objects.values()],
    visible: () => [...objects.values()].map(withoutManagedFields).toSorted(byUid),
    get watches() {
      return connections.size;
    },
    get version() {
      return String(version);
    },
  };
}
