import { systemClock } from '@virtual-kubelet/base';
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
