/** Two kubelet APIs in a chain: the first hands its streams through to the second. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { inspect } from 'node:util';
import { ManualClock, Sensitive, systemClock } from '@virtual-kubelet/base';
import { failures } from '@virtual-kubelet/provider';
import type { StreamRequest, Upstream } from '@virtual-kubelet/provider';
import { kubeletPath } from '@virtual-kubelet/provider-kit';
import { openPortForward, openRemoteCommand } from '@virtual-kubelet/streams';
import type { OpenPortForwardOptions } from '@virtual-kubelet/streams';
import type { Door, DoorOptions, Identity } from './kubelet-api.test-kit.js';
import { authority, canary, endlessLog, openDoor, people } from './kubelet-api.test-kit.js';

const clock = systemClock;
const doors: Door[] = [];
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(doors.splice(0).map((door) => door.close()));
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function opened(options?: DoorOptions): Promise<Door> {
  const door = await openDoor(options);
  doors.push(door);
  return door;
}

/** A server that is no kubelet. */
async function stranger(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n'));
  return listening(server);
}

async function listening(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The address of a stream behind another door, as a provider gives it. */
function behind(door: Door, as: Identity = people.full): (request: StreamRequest) => Upstream {
  return (request) => ({
    url: `https://127.0.0.1:${door.port}${kubeletPath(request)}`,
    ...(as.token === undefined ? {} : { headers: { authorization: new Sensitive(`Bearer ${as.token}`) } }),
    tls: {
      ca: authority.certificatePem,
      ...(as.certificate ? { cert: as.certificate.certificatePem, key: new Sensitive(as.certificate.keyPem) } : {}),
    },
  });
}

/** A door in front: streams are served nowhere but behind it. */
function front(
  upstream: (request: StreamRequest) => Promise<Upstream> | Upstream | undefined,
  more: DoorOptions = {},
): Promise<Door> {
  return opened({ provider: { upstream: async (request) => upstream(request) }, ...more });
}

async function chain(more?: DoorOptions): Promise<{ readonly near: Door; readonly far: Door }> {
  const far = await opened();
  return { far, near: await front(behind(far), more) };
}

async function textOf(bytes: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  let text = '';
  for await (const chunk of bytes ?? []) text += Buffer.from(chunk).toString();
  return text;
}

const streams = { stdin: true, stdout: true, stderr: true, tty: false };
const exec = (...words: readonly string[]): string =>
  `/exec/default/web/c?${words.map((word) => `command=${word}&`).join('')}input=1&output=1&error=1`;
const logs = '/containerLogs/default/web/c';
const upgrade = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };

/** Opens a log and gives the answer as soon as it begins. */
async function follow(door: Door): Promise<IncomingMessage> {
  const { url, tls } = door.target(`${logs}?follow=true`);
  const request = httpsRequest(url, { agent: false, ...tls });
  request.on('error', () => undefined);
  request.end();
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  answer.on('error', () => undefined);
  return answer;
}

describe.each(['spdy', 'websocket'] as const)('over %s, through two kubelets,', (dialect) => {
  const options = { clock, dialect, streams };

  test('exec carries input and output, with a half-close, and the exit code', async () => {
    const { near } = await chain();
    const client = await openRemoteCommand(near.target(exec('cat')), options);
    const input = Buffer.alloc(3_000_000, 'ping');
    const output = textOf(client.stdout);
    await client.stdin?.write(input);
    await client.stdin?.close();
    expect((await output) === input.toString()).toBe(true);
    expect(await client.outcome).toEqual({ exitCode: 0 });
    const exits = await openRemoteCommand(near.target(exec('exit', '42')), options);
    expect(await exits.outcome).toEqual({ exitCode: 42 });
  });

  test('attach shows the output', async () => {
    const { near } = await chain();
    const path = '/attach/default/web/c?output=1';
    const only = { stdin: false, stdout: true, stderr: false, tty: false };
    const client = await openRemoteCommand(near.target(path), { ...options, streams: only });
    expect(await textOf(client.stdout)).toBe('attached\n');
  });

  test('the command is told within a second that its client has vanished', async () => {
    const { near, far } = await chain();
    const client = await openRemoteCommand(near.target(exec('wait')), options);
    expect([near.running.count, far.running.count]).toEqual([0, 1]);
    const vanished = performance.now();
    client.destroy();
    await far.running.none();
    await near.idle();
    expect(performance.now() - vanished).toBeLessThan(1_000);
  });

  test('the end of the nearer server ends the command', async () => {
    const { near, far } = await chain();
    const client = await openRemoteCommand(near.target(exec('wait')), options);
    await near.close();
    await far.running.none();
    await expect(client.outcome).rejects.toThrow('the other side has gone');
  });

  test('a command without a byte for the idle time is ended', async () => {
    const manual = new ManualClock();
    const { near, far } = await chain({ clock: manual, limits: { idleTimeout: 60_000 } });
    const client = await openRemoteCommand(near.target(exec('cat')), options);
    await manual.advance(59_000);
    await client.stdin?.write(Buffer.from('x'));
    await client.stdout?.[Symbol.asyncIterator]().next();
    await manual.advance(59_000);
    expect(far.running.count).toBe(1);
    await manual.advance(2_000);
    await far.running.none();
  });
});

const forwards: readonly [string, Omit<OpenPortForwardOptions, 'clock'>][] = [
  ['SPDY', { dialect: 'spdy' }],
  ['a tunnel', { dialect: 'tunnel' }],
  ['channels', { dialect: 'channels', ports: [80] }],
];

test.each(forwards)('port-forward over %s goes through two kubelets', async (_name, options) => {
  const { near, far } = await chain();
  const session = await openPortForward(near.target('/portForward/default/web'), { clock, ...options });
  const { readable, writable } = await session.connect(80);
  await writable.write(Buffer.from('ping'));
  const { value } = await readable[Symbol.asyncIterator]().next();
  expect(Buffer.from(value ?? []).toString()).toBe('ping');
  session.destroy();
  await far.running.none();
  await near.idle();
});

describe('a log through two kubelets', () => {
  test('comes whole, with its parameters understood by the farther one', async () => {
    const { near } = await chain();
    expect(await near.ask(`${logs}?limitBytes=6`)).toMatchObject({ status: 200, body: 'one\ntw' });
    expect(await near.ask(`${logs}?tailLines=-1`)).toMatchObject({ status: 422 });
  });

  test('is followed, and let go within a second when its client has vanished', async () => {
    const { near, far } = await chain();
    const answer = await follow(near);
    await once(answer, 'data');
    await expect.poll(() => far.running.count).toBe(1);
    const vanished = performance.now();
    answer.destroy();
    await far.running.none();
    await near.idle();
    expect(performance.now() - vanished).toBeLessThan(1_000);
  });

  test('ends with the nearer server', async () => {
    const { near, far } = await chain();
    const answer = await follow(near);
    await expect.poll(() => far.running.count).toBe(1);
    await near.close();
    await far.running.none();
    await new Promise((resolve) => answer.resume().once('close', resolve));
  });

  test('is not made faster than its client reads', async () => {
    const log = endlessLog();
    const far = await opened({ provider: { getContainerLogs: log.read } });
    const near = await front(behind(far));
    const answer = await follow(near);
    answer.pause();
    let before = -1;
    while (before !== log.made) {
      before = log.made;
      for (let turn = 0; turn < 400; turn += 1) await clock.turn();
    }
    expect(log.made).toBeLessThan(64 * 1024 * 1024);
    answer.destroy();
  });

  test('that breaks off is cut, so that nobody takes it for whole', async () => {
    const url = await stranger((_request, response) => {
      response.write('one\n', () => response.destroy());
    });
    const near = await front(() => ({ url }));
    await expect(near.ask(logs)).rejects.toThrow('aborted');
  });
});

describe('what the farther server says', () => {
  test('is passed on when it refuses, and noted when it refuses this node', async () => {
    const { near: _, far } = await chain();
    const near = await front(behind(far, people.powerless));
    const words = 'Forbidden (user=powerless, verb=create, resource=nodes, subresource(s)=[proxy])\n';
    expect(await near.ask(exec('cat'), { method: 'POST', headers: upgrade })).toMatchObject({
      status: 403,
      body: words,
    });
    expect((await near.ask(logs)).status).toBe(403);
    expect(near.logged.map(({ message }) => message)).toContain(
      'the server that a stream is handed through to refuses this node',
    );
  });

  test('is counted as what the client was answered', async () => {
    const seen: [string, number][] = [];
    let open = 0;
    const observer = {
      answered: (route: string, status: number): void => void seen.push([route, status]),
      stream: (change: number): void => void (open += change),
    };
    const { near } = await chain({ observer });
    const client = await openRemoteCommand(near.target(exec('cat')), { clock, dialect: 'spdy', streams });
    expect([open, near.logged]).toEqual([1, []]);
    client.destroy();
    await near.idle();
    await near.ask('/exec/default/web/starting?command=a&output=1', { method: 'POST', headers: upgrade });
    await near.ask(logs);
    await near.idle();
    expect(seen).toEqual([
      ['exec', 101],
      ['exec', 400],
      ['containerLogs', 200],
    ]);
    expect(open).toBe(0);
  });

  test('about its own connection and the identity of this node is not passed on', async () => {
    const url = await stranger((_request, response) => {
      const own = {
        'set-cookie': `session=${canary}`,
        'www-authenticate': `Bearer ${canary}`,
        'keep-alive': 'timeout=1',
      };
      response.writeHead(401, { ...own, connection: 'x-own', 'x-own': canary, 'x-for-client': 'yes' });
      response.end('who are you?');
    });
    const near = await front(() => ({ url }));
    const { status, headers, body } = await near.ask(logs);
    expect({ status, body }).toEqual({ status: 401, body: 'who are you?' });
    expect(headers['x-for-client']).toBe('yes');
    expect(JSON.stringify(headers)).not.toContain(canary);
  });

  test.each([
    ['a redirection of a log', logs, {}],
    ['a redirection of an exec', exec('cat'), upgrade],
  ])('is not followed: %s', async (_name, path, headers) => {
    const url = await stranger((_request, response) => response.writeHead(302, { location: 'http://x/' }).end());
    const near = await front(() => ({ url }));
    const { status, body, headers: answered } = await near.ask(path, { method: 'GET', headers });
    expect({ status, body }).toEqual({
      status: 502,
      body: 'the server that runs this pod cannot be used: it answers with status 302\n',
    });
    expect(answered.location).toBeUndefined();
  });
});

describe('a farther server that gives no answer', () => {
  const paths = [
    ['exec', exec('cat'), upgrade],
    ['a log', logs, {}],
  ] as const;

  test.each(paths)('is told with its cause and without its address: %s', async (_name, path, headers) => {
    const { near } = await chain();
    await Promise.all(doors.splice(0, 1).map((door) => door.close()));
    expect(await near.ask(path, { method: path === logs ? 'GET' : 'POST', headers })).toMatchObject({
      status: 502,
      body: 'the server that runs this pod cannot be used: ECONNREFUSED\n',
    });
    expect(near.logged).toHaveLength(1);
  });

  test.each(paths)('is not trusted with a certificate of somebody else: %s', async (_name, path, headers) => {
    const far = await opened();
    const near = await front((request) => ({ ...behind(far)(request), tls: {} }));
    const { status, body } = await near.ask(path, { method: path === logs ? 'GET' : 'POST', headers });
    expect(status).toBe(502);
    expect(body).toMatch(/cannot be used: (UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/);
  });

  test('is given up after a while', async () => {
    const manual = new ManualClock();
    const asked: IncomingMessage[] = [];
    const url = await stranger((request) => void asked.push(request));
    const near = await front(() => ({ url }), { clock: manual });
    const answer = near.ask(logs);
    await expect.poll(() => asked.length).toBe(1);
    await manual.advance(31_000);
    expect(await answer).toMatchObject({
      status: 502,
      body: 'the server that runs this pod cannot be used: it does not answer in time\n',
    });
  });

  test.each([
    ['vanished', (client: TLSSocket) => client.destroy()],
    ['said goodbye', (client: TLSSocket) => client.end()],
  ])('is not waited for when the client has %s', async (_name, leave) => {
    const silent = createServer();
    const asked = once(silent, 'upgrade') as Promise<[IncomingMessage, Socket]>;
    const near = await front(async () => ({ url: await listening(silent) }));
    const client = connect({ host: '127.0.0.1', port: near.port, ...near.target('').tls });
    client.on('error', () => undefined);
    const headers = Object.entries({ host: 'x', ...upgrade }).map(([name, value]) => `${name}: ${value}\r\n`);
    client.write(`POST ${exec('cat')} HTTP/1.1\r\n${headers.join('')}\r\n`);
    const [, socket] = await asked;
    leave(client);
    await new Promise((resolve) => socket.resume().once('end', resolve));
    await near.idle();
    expect(near.logged).toEqual([]);
    socket.destroy();
  });
});

describe('credentials', () => {
  test('of the client stay here, those of this node are shown to the farther server only', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const url = await stranger((request, response) => {
      seen.push(request.headers);
      response.writeHead(500).end('out of order');
    });
    const secret = `of-this-node-${canary}`;
    const upstream = (): Upstream => ({ url, headers: { Authorization: new Sensitive(`Bearer ${secret}`) } });
    const near = await front(upstream, {
      access: {
        authenticator: { authenticate: async ({ token }) => token && { name: 'u', groups: [] } },
        authorizer: { authorize: async () => true },
      },
    });
    const own = { cookie: 'of-the-client', authorization: 'Bearer of-the-client', 'x-remote-user': 'of-the-client' };
    const answers = [await near.ask(logs, { as: people.nobody, headers: own })];
    expect(seen).toHaveLength(1);
    expect(seen[0]?.authorization).toBe(`Bearer ${secret}`);
    expect(JSON.stringify(seen)).not.toContain('of-the-client');
    await Promise.all(servers.splice(0).map((server) => (server.closeAllConnections(), once(server.close(), 'close'))));
    answers.push(await near.ask(logs, { as: people.nobody, headers: own }));
    const shouted = { ...own, ...upgrade };
    answers.push(await near.ask(exec('cat'), { method: 'POST', as: people.nobody, headers: shouted }));
    expect(answers.map(({ status }) => status)).toEqual([500, 502, 502]);
    expect(inspect([answers, near.logged], { depth: 9 })).not.toContain(secret);
  });

  test('are needed here as for every other stream', async () => {
    const asked: StreamRequest[] = [];
    const near = await front((request) => void asked.push(request));
    expect((await near.ask(logs, { as: people.nobody })).status).toBe(401);
    expect((await near.ask(exec('cat'), { method: 'POST', headers: upgrade, as: people.reader })).status).toBe(403);
    expect(asked).toEqual([]);
  });
});

describe('the provider', () => {
  test('is asked about pods and containers of this node only, in the words of a kubelet', async () => {
    const asked: StreamRequest[] = [];
    const near = await front((request) => void asked.push(request));
    const ask = (path: string) => near.ask(path, { method: 'POST', headers: upgrade });
    expect(await ask('/exec/default/nothing/c?command=a')).toMatchObject({ status: 404, body: 'pod does not exist\n' });
    expect(await ask('/portForward/default/web/uid-2')).toMatchObject({ status: 404 });
    expect(await ask('/exec/default/web/nothing?command=a')).toMatchObject({
      status: 404,
      body: 'container not found ("nothing") in pod "web"\n',
    });
    expect(await near.ask('/containerLogs/default/nothing/c')).toMatchObject({
      status: 404,
      body: 'pod "nothing" does not exist\n',
    });
    expect(asked).toEqual([]);
    await ask('/exec/default/web/c?command=a%20b&output=1');
    await ask('/portForward/default/web');
    const pod = { namespace: 'default', name: 'web', uid: 'uid-1' };
    expect(asked).toEqual([
      { kind: 'exec', pod, container: 'c', query: 'command=a%20b&output=1' },
      { kind: 'portForward', pod, query: '' },
    ]);
  });

  test('that names no server has its streams served here', async () => {
    const near = await opened({
      provider: {
        upstream: async () => undefined,
        async *getContainerLogs() {
          yield Buffer.from('from here\n');
        },
      },
    });
    expect(await near.ask(logs)).toMatchObject({ status: 200, body: 'from here\n' });
    expect((await near.ask(exec('cat'), { method: 'POST', headers: upgrade })).status).toBe(501);
  });

  test.each([
    ['fails', () => Promise.reject<Upstream>(failures.notFound('it moved away')), 400, 'it moved away\n'],
    ['breaks', () => Promise.reject<Upstream>(new Error('no route')), 500, 'no route\n'],
    [
      'names nonsense',
      async (): Promise<Upstream> => ({ url: `file:///${canary}` }),
      500,
      'the provider of this node names no address to hand this stream through to\n',
    ],
  ])('that %s is told', async (_name, upstream, status, body) => {
    const near = await opened({ provider: { upstream } });
    expect(await near.ask(exec('cat'), { method: 'POST', headers: upgrade })).toMatchObject({ status, body });
    expect(await near.ask(logs)).toMatchObject({ status, body });
    expect(JSON.stringify(near.logged)).not.toContain(canary);
  });
});

test('streams handed through take the room of all others', async () => {
  const { near } = await chain({ limits: { streams: 1 } });
  const answer = await follow(near);
  expect((await near.ask(exec('cat'), { method: 'POST', headers: upgrade })).status).toBe(429);
  answer.destroy();
  await near.idle();
});
