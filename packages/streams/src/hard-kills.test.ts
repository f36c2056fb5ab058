import { ManualClock } from '@virtual-kubelet/base';
import { afterEach, describe, expect, test } from 'vitest';
import { acceptPortForward, acceptRemoteCommand, openPortForward, openRemoteCommand } from './index.js';
import type {
  ForwardedConnection,
  OpenPortForwardOptions,
  OpenRemoteCommandOptions,
  RemoteCommandSession,
} from './index.js';
import { upgradeServers } from './upgrade-server.test-kit.js';

const servers = upgradeServers();
afterEach(() => servers.cleanUp());

const streams = { stdin: true, stdout: true, stderr: true, tty: false };

/** Sessions of each kind; STREAM_KILLS=10000 makes a long run of it. */
const sessions = Number(process.env['STREAM_KILLS'] ?? 300);
const timeout = Math.max(20_000, sessions * 100);

/** A command that echoes, and has much to say when its input ends. */
async function run(session: RemoteCommandSession): Promise<void> {
  for await (const chunk of session.stdin!) await session.stdout!.write(chunk);
  await session.stdout!.write(Buffer.alloc(1_000_000));
  await session.end({ exitCode: 0 });
}

async function echo({ readable, writable }: ForwardedConnection): Promise<void> {
  for await (const chunk of readable) await writable.write(chunk);
}

describe('sessions killed hard', { timeout }, () => {
  const commands: [string, Omit<OpenRemoteCommandOptions, 'clock' | 'streams'>][] = [
    ['SPDY', { dialect: 'spdy' }],
    ['WebSocket', { dialect: 'websocket' }],
  ];
  test.each(commands)('leave nothing of exec over %s: no socket, timer or waiting provider', async (_name, options) => {
    const clock = new ManualClock();
    const runs: Promise<unknown>[] = [];
    const server = await servers.plain(async (upgraded) => {
      const accepted = acceptRemoteCommand(upgraded, { clock, streams }).then(run);
      runs.push(accepted.catch(() => undefined));
    });
    for (let round = 1; round <= sessions; round += 1) {
      const client = await openRemoteCommand(server.target, { clock, streams, ...options });
      client.stdin!.write(Buffer.alloc((round % 300) * 1000 + 1)).catch(() => undefined);
      // Some are killed before, some while bytes come back.
      if (round % 3 === 0) await client.stdout![Symbol.asyncIterator]().next();
      client.destroy();
    }
    await server.empty();
    await Promise.all(runs);
    expect(runs).toHaveLength(sessions);
    expect(clock.pending).toBe(0);
  });

  const forwards: [string, Omit<OpenPortForwardOptions, 'clock'>][] = [
    ['SPDY', { dialect: 'spdy' }],
    ['a tunnel', { dialect: 'tunnel' }],
    ['channels', { dialect: 'channels', ports: [80, 81] }],
  ];
  test.each(forwards)('leave nothing of port-forwarding over %s', async (_name, options) => {
    const clock = new ManualClock();
    const runs: Promise<unknown>[] = [];
    const server = await servers.plain(async (upgraded) => {
      const session = await acceptPortForward(upgraded, { clock });
      for await (const connection of session.connections) runs.push(echo(connection).catch(() => undefined));
    });
    for (let round = 0; round < sessions / 3; round += 1) {
      const client = await openPortForward(server.target, { clock, ...options });
      const connection = await client.connect(80);
      await client.connect(81);
      connection.writable.write(Buffer.alloc((round % 300) * 1000)).catch(() => undefined);
      client.destroy();
    }
    await server.empty();
    await clock.settle();
    await Promise.all(runs);
    expect(clock.pending).toBe(0);
  });
});
