import { once } from 'node:events';
import { connect as connectPlainly } from 'node:net';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { deferred, systemClock } from '@virtual-kubelet/base';
import { openPortForward, openRemoteCommand } from '@virtual-kubelet/streams';
import { afterEach, describe, expect, test } from 'vitest';
import type { Door, Identity } from './kubelet-api.test-kit.js';
import { authority, endlessLog, openDoor, people } from './kubelet-api.test-kit.js';

let door: Door;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await door.close();
});

const clock = systemClock;

async function dial(as: Identity = people.full): Promise<TLSSocket> {
  const { certificatePem: cert, keyPem: key } = as.certificate ?? {};
  const socket = connect({ host: '127.0.0.1', port: door.port, ca: authority.certificatePem, cert, key });
  sockets.push(socket.on('error', () => undefined));
  await once(socket, 'secureConnect');
  return socket;
}

/** Everything the server says until it closes. */
async function untilClosed(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  // Not `once`, which an error on the way would reject.
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

describe('a client that is slow', () => {
  const limits = { headTimeout: 100 };

  test('with its handshake is cut', async () => {
    door = await openDoor({ limits });
    const socket = connectPlainly(door.port, '127.0.0.1');
    sockets.push(socket);
    await untilClosed(socket);
  });

  test.each([
    '',
    'GET /healthz HTTP/1.1\r\nHost: x\r\nA: ',
    'POST /stats/summary HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx',
  ])('with its request is cut: %j', async (text) => {
    door = await openDoor({ limits });
    const socket = await dial();
    socket.write(text);
    expect(await untilClosed(socket)).not.toContain(' 101 ');
  });

  test('with reading costs a bounded part of a log', async () => {
    const log = endlessLog();
    door = await openDoor({ provider: { getContainerLogs: log.read } });
    const socket = await dial();
    socket.write('GET /containerLogs/default/web/c HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.once('data', () => socket.pause());
    await once(socket, 'data');
    let before = -1;
    while (before !== log.made) {
      before = log.made;
      for (let turn = 0; turn < 200; turn += 1) await clock.turn();
    }
    // What lies in the buffers of both sides of loopback.
    expect(log.made).toBeLessThan(32 * 1024 * 1024);
  });
});

describe('a client that sends too much', () => {
  test('of a head is cut', async () => {
    door = await openDoor();
    const socket = await dial();
    socket.write(`GET /healthz HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(70_000)}\r\n\r\n`);
    expect(await untilClosed(socket)).not.toContain('200 OK');
  });

  test('of a body is cut', async () => {
    door = await openDoor();
    const socket = await dial();
    socket.write('POST /stats/summary HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    const pour = (): void => {
      while (socket.writable && socket.write(`10000\r\n${'a'.repeat(65_536)}\r\n`));
    };
    socket.on('drain', pour);
    pour();
    await untilClosed(socket);
  });

  test.each([
    'GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\r\n folded\r\n\r\n',
    'GET /healthz HTTP/1.1\nHost: x\n\n',
    'GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\nx',
    '\u0000\u0001\u0002',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  ])('of an ambiguous request is cut without an answer to it: %j', async (text) => {
    door = await openDoor({ limits: { headTimeout: 200 } });
    const socket = await dial();
    socket.end(text);
    expect(await untilClosed(socket)).not.toContain('200 OK');
  });
});

describe('a client that does not wait for answers', () => {
  const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

  test('is cut, and costs one review whatever the number of its requests', async () => {
    let reviews = 0;
    const review = deferred();
    door = await openDoor({
      access: {
        authenticator: { authenticate: async () => ({ name: 'jo', groups: [] }) },
        authorizer: {
          async authorize() {
            reviews += 1;
            await review.promise;
            return true;
          },
        },
      },
    });
    const socket = await dial();
    socket.write(request('/pods').repeat(10_000));
    expect(await untilClosed(socket)).toBe('');
    expect(reviews).toBe(1);
    review.resolve();
    expect((await door.ask('/healthz')).status).toBe(200);
    await door.idle();
  });

  test('leaves no provider call behind', async () => {
    door = await openDoor();
    const socket = await dial();
    const follow = '/containerLogs/default/web/c?follow=true';
    socket.write(request(follow));
    await once(socket, 'data');
    socket.write(request(follow).repeat(3));
    await untilClosed(socket);
    await door.running.none();
    await door.idle();
  });

  test('for its upgrade is cut', async () => {
    door = await openDoor();
    const socket = await dial();
    socket.write(request('/containerLogs/default/web/c?follow=true'));
    await once(socket, 'data');
    const upgrade = 'Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n';
    socket.write(`POST /exec/default/web/c?command=wait&output=1 HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`);
    expect(await untilClosed(socket)).not.toContain(' 101 ');
    await door.running.none();
    await door.idle();
  });
});

describe('a request line that is no address', () => {
  test.each(['//', 'http://[', '*', 'https://', 'x', '/%', '//\\', '/\u00ff'])('harms nobody: %j', async (target) => {
    door = await openDoor({ limits: { headTimeout: 500 } });
    const socket = await dial();
    socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`, 'latin1');
    const said = once(socket, 'data').catch(() => undefined);
    await Promise.race([said, untilClosed(socket)]);
    const upgrading = await dial();
    upgrading.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`, 'latin1');
    expect(await untilClosed(upgrading)).not.toMatch(/ (101|200|500) /);
    expect((await door.ask('/healthz')).status).toBe(200);
    expect((await door.ask('/healthz', { as: people.nobody })).status).toBe(401);
  });
});

describe('a refused upgrade', () => {
  test('ends the connection: what follows is no request', async () => {
    door = await openDoor();
    const socket = await dial(people.powerless);
    const upgrade = 'Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n';
    socket.write(`POST /exec/default/web/c?command=a&output=1 HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`);
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    const said = await untilClosed(socket);
    expect(said).toMatch(/^HTTP\/1\.1 403 /);
    expect(said.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

describe('too many connections', () => {
  test('are cut, the log says so once, and who comes when one has ended is served', async () => {
    door = await openDoor({ limits: { connections: 2 } });
    const [first] = [await dial(), await dial()];
    for (let count = 0; count < 20; count += 1) {
      const refused = connectPlainly(door.port, '127.0.0.1');
      sockets.push(refused.on('error', () => undefined));
      await untilClosed(refused);
    }
    expect(door.logged.map(({ message }) => message)).toEqual(['connections are refused']);
    first.destroy();
    let answer = await door.ask('/healthz').catch(() => undefined);
    while (!answer) answer = await door.ask('/healthz').catch(() => undefined);
    expect(answer.status).toBe(200);
  });
});

describe('too many forwarded connections', () => {
  test('are refused one by one, the session stays, and there is room again when one has ended', async () => {
    door = await openDoor({ limits: { forwards: 2 } });
    const session = await openPortForward(door.target('/portForward/default/web'), { clock, dialect: 'spdy' });
    const [first] = [await session.connect(80), await session.connect(80)];
    const { error } = await session.connect(80);
    expect(await error).toContain('too many connections are forwarded');
    first.reset();
    const spoken = async (): Promise<string> => {
      const { readable, writable, error: refused } = await session.connect(80);
      refused.catch(() => undefined);
      await writable.write(Buffer.from('ping')).catch(() => undefined);
      const { value } = await readable[Symbol.asyncIterator]().next();
      return Buffer.from(value ?? []).toString();
    };
    let word = await spoken();
    while (word !== 'ping') word = await spoken();
    session.destroy();
    await door.running.none();
  });
});

describe('too many streams', () => {
  const path = '/exec/default/web/c?command=wait&output=1';
  const open = (as: Identity) =>
    openRemoteCommand(door.target(path, as), {
      clock,
      dialect: 'spdy',
      streams: { stdin: false, stdout: true, stderr: false, tty: false },
    });

  test('of one user are refused until one has ended, and other users are not concerned', async () => {
    door = await openDoor({
      limits: { streamsOfUser: 2 },
      access: {
        authenticator: { authenticate: async ({ token }) => ({ name: token?.reveal() ?? '', groups: [] }) },
        authorizer: { authorize: async () => true },
      },
    });
    const [first] = [await open({ token: 'a' }), await open({ token: 'a' })];
    await expect(open({ token: 'a' })).rejects.toThrow('429');
    const other = await open({ token: 'b' });
    first.destroy();
    other.destroy();
    let again = await open({ token: 'a' }).catch(() => undefined);
    while (!again) again = await open({ token: 'a' }).catch(() => undefined);
    again.destroy();
  });

  test('of all users together are refused, logs among them', async () => {
    door = await openDoor({ limits: { streams: 1 } });
    const one = await open(people.full);
    expect(await door.ask('/containerLogs/default/web/c')).toMatchObject({
      status: 429,
      headers: { 'retry-after': '60' },
    });
    expect((await door.ask('/healthz')).status).toBe(200);
    one.destroy();
  });
});

/** Sessions of each kind; STREAM_KILLS=10000 makes a long run of it. */
const kills = Number(process.env['STREAM_KILLS'] ?? 60);

describe('sessions killed hard', { timeout: Math.max(30_000, kills * 100) }, () => {
  const command = { stdin: true, stdout: true, stderr: true, tty: false };
  const exec = '/exec/default/web/c?command=echo&input=1&output=1&error=1';
  const kinds: readonly [string, () => Promise<() => void>][] = [
    ...(['spdy', 'websocket'] as const).map((dialect): [string, () => Promise<() => void>] => [
      `exec over ${dialect}`,
      async () => {
        const client = await openRemoteCommand(door.target(exec), { clock, dialect, streams: command });
        client.stdin?.write(Buffer.alloc(100_000)).catch(() => undefined);
        return () => client.destroy();
      },
    ]),
    ...(['spdy', 'tunnel', 'channels'] as const).map((dialect): [string, () => Promise<() => void>] => [
      `port-forward over ${dialect}`,
      async () => {
        const options = { clock, dialect, ports: [80] };
        const session = await openPortForward(door.target('/portForward/default/web'), options);
        const { writable } = await session.connect(80);
        writable.write(Buffer.alloc(100_000)).catch(() => undefined);
        return () => session.destroy();
      },
    ]),
    [
      'followed logs',
      async () => {
        const socket = await dial();
        socket.write('GET /containerLogs/default/web/c?follow=true HTTP/1.1\r\nHost: x\r\n\r\n');
        await once(socket, 'data');
        return () => socket.destroy();
      },
    ],
  ];

  test.each(kinds)('leave nothing: %s', async (_name, start) => {
    door = await openDoor();
    for (let batch = 0; batch < kills; batch += 20) {
      const open = await Promise.all(Array.from({ length: 20 }, start));
      for (const kill of open) kill();
    }
    await door.running.none();
    await door.idle();
    expect(door.running.count).toBe(0);
  });
});
