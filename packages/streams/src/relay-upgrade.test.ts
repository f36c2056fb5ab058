import { deferred, ManualClock, systemClock } from '@virtual-kubelet/base';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import {
  acceptPortForward,
  acceptRemoteCommand,
  openPortForward,
  openRemoteCommand,
  refuseUpgrade,
  relayUpgrade,
} from './index.js';
import { digestOf, noise, textOf, upgradeServers } from './upgrade-server.test-kit.js';

const clock = systemClock;
const servers = upgradeServers();
afterEach(() => servers.cleanUp());

const streams = { stdin: true, stdout: true, stderr: false, tty: false };

/** Something of either protocol, in two halves, and what says nothing in it. */
const dialects = [
  { protocol: 'SPDY/3.1', halves: ['00000005000000', '026869'], nothing: '7fffffff00000000' },
  { protocol: 'websocket', halves: ['827e00', '026869'], nothing: '8a00' },
];

/** A relay to a server that switches and then reads nothing, and a client whose bytes it takes no more of. */
async function blockedRelay(protocol: string) {
  const clock = new ManualClock();
  const [paused, switched] = [deferred(), deferred<Duplex>()];
  const kubelet = await servers.plain(async ({ socket }) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
    switched.resolve(socket.on('error', () => undefined));
  });
  const node = await servers.plain((upgraded) => {
    upgraded.socket.once('pause', () => paused.resolve());
    // The test lets much time pass.
    return relayUpgrade(upgraded, kubelet.target, { clock, idleTimeout: Number.MAX_SAFE_INTEGER });
  });
  const client = servers.raw(node);
  client.text('GET / HTTP/1.1', 'Host: h', 'Connection: Upgrade', `Upgrade: ${protocol}`, '');
  const server = await switched.promise;
  const answer = await client.until((received) => received.includes('\r\n\r\n'));
  client.socket.write(Buffer.alloc(32 * 1024 * 1024));
  await paused.promise;
  const body = (): string => client.received().toString('hex', answer.length);
  const pass = async (): Promise<void> => {
    await clock.advance(400);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { node, client, server, body, pass };
}

describe.each(dialects)('a relay of $protocol whose server reads nothing', ({ protocol, halves, nothing }) => {
  test('learns that its client has vanished', async () => {
    const { node, client, pass } = await blockedRelay(protocol);
    client.socket.destroy();
    while (node.sockets.size > 0) await pass();
    expect(node.sockets.size).toBe(0);
  });

  test('says nothing inside of what the server says', async () => {
    const { client, server, body, pass } = await blockedRelay(protocol);
    const [first = '', second = ''] = halves;
    server.write(Buffer.from(first, 'hex'));
    await client.until(() => body().endsWith(first));
    const before = body();
    for (let i = 0; i < 3; i += 1) await pass();
    expect(body()).toBe(before);
    server.write(Buffer.from(second, 'hex'));
    await client.until(() => body().endsWith(second));
    await pass();
    await client.until(() => body() === before + second + nothing);
  });
});

describe('a relay to another kubelet', () => {
  test.each(['spdy', 'websocket'] as const)('passes exec on, in %s', async (dialect) => {
    const seen: unknown[] = [];
    const kubelet = await servers.tls(async (upgraded) => {
      const { authorization, cookie } = upgraded.request.headers;
      seen.push(authorization, cookie);
      const session = await acceptRemoteCommand(upgraded, { clock, streams });
      for await (const chunk of session.stdin!) await session.stdout!.write(chunk);
      await session.end({ exitCode: 5 });
    });
    const node = await servers.plain((upgraded) =>
      relayUpgrade(upgraded, { ...kubelet.target, headers: { Authorization: 'Bearer own' } }, { clock }),
    );
    const headers = { Authorization: 'Bearer of the user', Cookie: 'secret' };
    const client = await openRemoteCommand({ ...node.target, headers }, { clock, dialect, streams });
    const back = digestOf(client.stdout!);
    for (const chunk of noise(1_000_000)) await client.stdin!.write(chunk);
    await client.stdin!.close();
    expect(await back).toBe(await digestOf(noise(1_000_000)));
    expect(await client.outcome).toEqual({ exitCode: 5 });
    expect(seen).toEqual(['Bearer own', undefined]);
    await Promise.all([node.empty(), kubelet.empty()]);
  });

  test('passes a tunnel on, and the end of its client', async () => {
    const kubelet = await servers.plain(async (upgraded) => {
      const session = await acceptPortForward(upgraded, { clock });
      for await (const { port, writable, closeWrite } of session.connections) {
        await writable.write(Buffer.from(`port ${port}`));
        await closeWrite();
      }
    });
    const node = await servers.plain((upgraded) => relayUpgrade(upgraded, kubelet.target, { clock }));
    const client = await openPortForward(node.target, { clock, dialect: 'tunnel' });
    expect(await textOf((await client.connect(80)).readable)).toBe('port 80');
    client.destroy();
    await Promise.all([node.empty(), kubelet.empty()]);
  });

  test('passes a refusal back', async () => {
    const kubelet = await servers.plain(async (upgraded) =>
      refuseUpgrade(upgraded, { status: 404, body: 'pod does not exist' }),
    );
    const node = await servers.plain((upgraded) => relayUpgrade(upgraded, kubelet.target, { clock }));
    for (const dialect of ['spdy', 'websocket'] as const) {
      const opening = openRemoteCommand(node.target, { clock, dialect, streams });
      await expect(opening).rejects.toMatchObject({
        code: 'VK_STREAMS_NOT_UPGRADED',
        message: 'the server answered 404 in place of an upgrade: pod does not exist',
      });
    }
    await node.empty();
  });

  test('says when the other kubelet cannot be reached', async () => {
    const kubelet = await servers.plain(async (upgraded) => void upgraded.socket.destroy());
    const node = await servers.plain(async (upgraded) => {
      const { status, error } = await relayUpgrade(upgraded, kubelet.target, { clock });
      expect({ status, error }).toMatchObject({ status: 502, error: { code: 'VK_STREAMS_PEER_GONE' } });
    });
    const opening = openRemoteCommand(node.target, { clock, dialect: 'spdy', streams });
    await expect(opening).rejects.toMatchObject({ code: 'VK_STREAMS_NOT_UPGRADED' });
  });
});
