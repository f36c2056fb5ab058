import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { ManualClock, systemClock } from '@virtual-kubelet/base';
import { afterEach, describe, expect, test } from 'vitest';
import { acceptPortForward, acceptRemoteCommand, openPortForward, openRemoteCommand, refuseUpgrade } from '../index.js';
import { textOf, upgradeServers } from '../upgrade-server.test-kit.js';

const clock = systemClock;
const servers = upgradeServers();
afterEach(() => servers.cleanUp());

const streams = { stdin: true, stdout: true, stderr: false, tty: false };
const dialects = ['spdy', 'websocket'] as const;

/** An address where nobody listens. */
async function nowhere(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}/`;
}

describe.each(dialects)('a client over %s', (dialect) => {
  test('is told why it is refused', async () => {
    const server = await servers.tls(async (upgraded) =>
      refuseUpgrade(upgraded, { status: 403, body: 'Forbidden (user=u)', headers: [['X-Why', 'rights']] }),
    );
    await expect(openRemoteCommand(server.target, { clock, dialect, streams })).rejects.toMatchObject({
      code: 'VK_STREAMS_NOT_UPGRADED',
      message: 'the server answered 403 in place of an upgrade: Forbidden (user=u)',
    });
  });

  test('is told that nobody is there', async () => {
    const opening = openRemoteCommand({ url: await nowhere() }, { clock, dialect, streams });
    await expect(opening).rejects.toMatchObject({ code: 'VK_STREAMS_PEER_GONE' });
  });

  test('gives up when asked to', async () => {
    const server = await servers.plain(() => Promise.resolve());
    const opening = openRemoteCommand(
      { ...server.target, signal: AbortSignal.abort(new Error('enough')) },
      { clock, dialect, streams },
    );
    await expect(opening).rejects.toMatchObject({ code: 'VK_STREAMS_PEER_GONE' });
  });

  test('does not take a lost connection for the end of the command', async () => {
    const server = await servers.plain(async (upgraded) => {
      await acceptRemoteCommand(upgraded, { clock, streams });
      upgraded.socket.destroy();
    });
    const client = await openRemoteCommand(server.target, { clock, dialect, streams });
    expect(await textOf(client.stdout)).toBe('');
    await expect(client.outcome).rejects.toMatchObject({ code: 'VK_STREAMS_PEER_GONE' });
  });

  test('sends its credentials', async () => {
    const seen: unknown[] = [];
    const server = await servers.plain(async (upgraded) => {
      seen.push(upgraded.request.headers.authorization);
      await (await acceptRemoteCommand(upgraded, { clock, streams })).end({ exitCode: 0 });
    });
    const headers = { Authorization: 'Bearer token' };
    const client = await openRemoteCommand({ ...server.target, headers }, { clock, dialect, streams });
    await client.outcome;
    expect(seen).toEqual(['Bearer token']);
  });
});

describe('a client of a server that switches to SPDY and then says nothing', () => {
  test('gives up after 30 seconds', async () => {
    const manual = new ManualClock();
    const server = await servers.plain(async ({ socket }) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n');
      socket.once('data', () => void manual.advance(30_000));
    });
    const opening = openRemoteCommand(server.target, { clock: manual, dialect: 'spdy', streams });
    await expect(opening).rejects.toMatchObject({ code: 'VK_STREAMS_CREATION_TIMEOUT' });
    expect(manual.pending).toBe(0);
  });
});

describe('a closed session', () => {
  test('opens no further connection', async () => {
    const server = await servers.plain(async (upgraded) => {
      await acceptPortForward(upgraded, { clock });
    });
    const client = await openPortForward(server.target, { clock, dialect: 'spdy' });
    await client.close();
    await expect(client.connect(80)).rejects.toMatchObject({ code: expect.stringMatching(/CLOSED|PEER_GONE/) });
  });
});
