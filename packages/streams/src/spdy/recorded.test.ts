// What clients of Kubernetes and the streaming server of CRI runtimes said to each other over SPDY, frame by frame, recorded by
// e2e/src/record-kubelet.ts: the frames of the client are sent as they were, ours are compared with those of that server.
import { readFileSync } from 'node:fs';
import { ManualClock } from '@virtual-kubelet/base';
import { afterEach, describe, expect, test } from 'vitest';
import { acceptPortForward, acceptRemoteCommand } from '../index.js';
import type { ForwardedConnection, RemoteCommandOutcome, RemoteCommandSession, UpgradedSocket } from '../index.js';
import { upgradeServers } from '../upgrade-server.test-kit.js';
import type { RawClient } from '../upgrade-server.test-kit.js';
import { ping } from './frame.js';
import type { Frame } from './frame.js';
import { frameReader } from './frame-reader.js';
import { headerReader } from './header-block.js';

interface Said {
  readonly from: 'client' | 'server';
  readonly type: string;
  readonly id: number;
  readonly flags?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly data?: string;
  /** Of a client's frame, as it was on the wire: hexadecimal. */
  readonly bytes?: string;
}

interface Session {
  readonly name: string;
  readonly path: string;
  readonly offer: readonly string[];
  readonly frames: readonly Said[];
}

const recording = JSON.parse(readFileSync(new URL('recorded-spdy.json', import.meta.url), 'utf8')) as {
  readonly kubelet: string;
  readonly sessions: readonly Session[];
};

const servers = upgradeServers();
afterEach(() => servers.cleanUp());

/** What one side said, each stream for itself and the connection: how streams take turns, and how data is cut, means nothing. */
type Told = ReadonlyMap<string, string>;

function keyOf({ type, id }: Said): string {
  return type === 'PING' || type === 'GOAWAY' ? 'connection' : `stream ${id}`;
}

const fin = '[FIN]';
const cancel = '[RST_STREAM 5]';

function wordsOf({ type, id, flags = 0, status = 0, headers = {}, data = '' }: Said): string {
  switch (type) {
    case 'DATA':
      return data + (flags === 1 ? fin : '');
    case 'SYN_REPLY':
      return `[SYN_REPLY ${flags} ${JSON.stringify(headers)}]`;
    case 'RST_STREAM':
      return `[RST_STREAM ${status}]`;
    case 'GOAWAY':
      return `[GOAWAY ${id} ${status}]`;
    default:
      return `[${type} ${id}]`;
  }
}

function told(frames: readonly Said[]): Told {
  const all = new Map<string, string>();
  for (const frame of frames) all.set(keyOf(frame), (all.get(keyOf(frame)) ?? '') + wordsOf(frame));
  return all;
}

/** GOAWAY with the last stream of the client. */
function goodbye({ frames }: Session): string {
  const ids = frames.filter(({ type }) => type === 'SYN_STREAM').map(({ id }) => id);
  return `[GOAWAY ${Math.max(...ids)} 0]`;
}

/** Where this server speaks otherwise, on purpose. */
interface Difference {
  readonly of: RegExp;
  readonly reason: string;
  ours(theirs: string, key: string, session: Session): string;
}

const differences: readonly Difference[] = [
  {
    of: /^(exec|attach)/,
    reason:
      'every stream ends behind its last byte, then comes the goodbye: there, resets race with what was written, and with a client ' +
      'that leaves',
    ours: (theirs, key, session) => (key === 'connection' ? goodbye(session) : theirs.replace(cancel, '').concat(fin)),
  },
  {
    of: /nobody listens/,
    reason: 'the stream that says what went wrong ends like any other',
    ours: (theirs, key) => (key === 'stream 1' ? theirs.replace(cancel, fin) : theirs),
  },
  {
    of: /^port-forward: (?!a stream after)/,
    reason: 'a goodbye is answered with one, when no stream is open any more',
    ours: (theirs, key, session) => {
      const leaves = session.frames.some(({ type }) => type === 'GOAWAY');
      return key === 'connection' && leaves ? theirs + goodbye(session) : theirs;
    },
  },
  {
    of: /a goodbye while|: pings$/,
    reason: 'the error stream of a connection that was taken back ends with it',
    ours: (theirs, key) => (key === 'stream 1' ? `${theirs}${fin}` : theirs),
  },
  {
    of: /a stream after a goodbye/,
    reason:
      'a goodbye ends no stream that is open: it goes on to its end, pings are answered, and a new one is refused',
    ours: (theirs, key) => {
      const more: Readonly<Record<string, string>> = {
        'stream 1': fin,
        'stream 3': `two\n${fin}`,
        'stream 5': '[RST_STREAM 3]',
        connection: '[PING 1]',
      };
      return theirs + (more[key] ?? '');
    },
  },
];

/** What this server has to say to the first so many frames of a session. */
function expected(session: Session, count: number): Told {
  const theirs = told(session.frames.slice(0, count).filter(({ from }) => from === 'server'));
  if (count < session.frames.length) return theirs;
  const keys = new Set([...session.frames.map(keyOf), 'connection']);
  const ours = new Map<string, string>();
  for (const key of keys) {
    const apply = (words: string, { of, ours: change }: Difference): string =>
      of.test(session.name) ? change(words, key, session) : words;
    const words = differences.reduce(apply, theirs.get(key) ?? '');
    if (words !== '') ours.set(key, words);
  }
  return ours;
}

/** The end of a stream comes when it comes; up to it, these words must have been said. */
function covers(ours: Told, wanted: Told): boolean {
  const withoutEnd = (words: string): string => words.replaceAll(/\[(FIN|RST_STREAM 5)\]$/g, '');
  return [...wanted].every(([key, words]) => (ours.get(key) ?? '').startsWith(withoutEnd(words)));
}

const fenceId = 1001;
const fence = ping(fenceId);
const headEnd = '\r\n\r\n';

function saidOf(frame: Frame, headers: (block: Buffer) => ReadonlyMap<string, string>): Said {
  const from = 'server';
  switch (frame.type) {
    case 'data':
      return { from, type: 'DATA', id: frame.id, flags: frame.fin ? 1 : 0, data: frame.payload.toString() };
    case 'synReply':
      return {
        from,
        type: 'SYN_REPLY',
        id: frame.id,
        flags: frame.fin ? 1 : 0,
        headers: Object.fromEntries(headers(frame.block)),
      };
    case 'rstStream':
      return { from, type: 'RST_STREAM', id: frame.id, status: frame.status };
    case 'ping':
      return { from, type: 'PING', id: frame.id };
    case 'goAway':
      return { from, type: 'GOAWAY', id: frame.lastGoodId, status: frame.status };
    default:
      return { from, type: frame.type, id: 0 };
  }
}

/** What this server said so far. Statuses of a kubelet have no `metadata`, which is empty. */
function heard(received: Buffer): Told {
  const at = received.indexOf(headEnd);
  if (at < 0) return new Map();
  const headers = headerReader(4096);
  const frames = [...frameReader(65_536).read(received.subarray(at + headEnd.length))];
  const all = told(frames.map((frame) => saidOf(frame, headers)));
  return new Map([...all].map(([key, words]) => [key, words.replace('{"metadata":{},', '{')]));
}

const exec: Readonly<Record<string, (session: RemoteCommandSession, word: string) => Promise<RemoteCommandOutcome>>> = {
  async echo({ stdout }) {
    await stdout?.write(Buffer.from('hello\n'));
    return { exitCode: 0 };
  },
  async cat({ stdin, stdout }) {
    for await (const chunk of stdin ?? []) await stdout?.write(chunk);
    return { exitCode: 0 };
  },
  async sizes({ stdout, resize }) {
    for await (const { width, height } of resize ?? []) {
      await stdout?.write(Buffer.from(`${width}x${height}\n`));
      break;
    }
    return { exitCode: 0 };
  },
  exit: async (_session, word) => ({ exitCode: Number(word) }),
  fail: async (_session, word) => ({ error: `error executing command in container: ${word}` }),
  async attach({ stdout }) {
    await stdout?.write(Buffer.from('attached\n'));
    return { exitCode: 0 };
  },
};

async function echo(connection: ForwardedConnection): Promise<void> {
  const which = `port ${connection.port} to pod web, uid `;
  if (connection.port === 1) return connection.fail(`error forwarding ${which}: connection refused`);
  for await (const chunk of connection.readable) await connection.writable.write(chunk);
  if (!connection.gone.aborted) await connection.closeWrite();
}

/** Does what the recorded runtime did. */
async function serve(upgraded: UpgradedSocket): Promise<void> {
  const clock = new ManualClock();
  const { pathname, searchParams: query } = new URL(upgraded.request.url ?? '', 'http://node');
  if (pathname.startsWith('/portForward')) {
    const session = await acceptPortForward(upgraded, { clock });
    for await (const connection of session.connections) echo(connection).catch(() => undefined);
    return;
  }
  const has = (name: string): boolean => query.get(name) === '1';
  const streams = { stdin: has('input'), stdout: has('output'), stderr: has('error'), tty: has('tty') };
  const session = await acceptRemoteCommand(upgraded, { clock, streams });
  const [verb = 'attach', word = ''] = query.getAll('command');
  await session.end((await exec[verb]?.(session, word)) ?? { error: 'no such command' });
}

function dial(client: RawClient, { path, offer }: Session): void {
  const versions = offer.map((version) => `X-Stream-Protocol-Version: ${version}`);
  const upgrade = ['Connection: Upgrade', 'Upgrade: SPDY/3.1', ...versions];
  client.text(`POST ${path} HTTP/1.1`, 'Host: node', 'Content-Length: 0', ...upgrade, '');
}

/** Waits for something to be said, or for the end of the connection. */
async function untilSaid(client: RawClient, enough: (received: Buffer) => boolean): Promise<void> {
  await client.until(enough).catch(() => undefined);
}

describe(`sessions over SPDY that the streaming server of Kubernetes ${recording.kubelet} has served`, () => {
  test.each(recording.sessions)('$name', async (session) => {
    const server = await servers.plain(serve);
    const client = servers.raw(server);
    dial(client, session);
    for (const [at, { from, bytes = '' }] of session.frames.entries()) {
      if (from === 'server') continue;
      const wanted = expected(session, at);
      await untilSaid(client, (received) => received.includes(headEnd) && covers(heard(received), wanted));
      client.hex(bytes);
    }
    const wanted = expected(session, session.frames.length);
    await untilSaid(client, (received) => covers(heard(received), wanted));
    // Its answer comes behind whatever else is said, unless the server has ended the connection.
    client.socket.write(fence);
    await untilSaid(client, (received) => received.includes(fence));
    const ours = new Map(
      [...heard(client.received())].map(([key, words]) => [key, words.replace(`[PING ${fenceId}]`, '')]),
    );
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(wanted));
  });

  test('each reason for a difference is used', () => {
    const unused = differences.filter(({ of }) => !recording.sessions.some(({ name }) => of.test(name)));
    expect(unused).toEqual([]);
  });
});
