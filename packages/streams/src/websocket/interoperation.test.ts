import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@virtual-kubelet/base';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { acceptRemoteCommand, openRemoteCommand } from '../index.js';
import { digestOf, noise, upgradeServers } from '../upgrade-server.test-kit.js';

// Another implementation of RFC 6455 judges ours.

const servers = upgradeServers();
const cleanups: (() => void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  await servers.cleanUp();
});

const clock = systemClock;
const streams = { stdin: true, stdout: true, stderr: false, tty: false };
const subprotocol = 'v5.channel.k8s.io';
const total = 3_000_000;

async function* afterChannel(messages: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const message of messages) if (message.length > 1) yield message.subarray(1);
}

async function* messagesOf(ws: WebSocket): AsyncGenerator<Buffer> {
  const queue: (Buffer | undefined)[] = [];
  let wake = (): void => undefined;
  const put = (item: Buffer | undefined): void => {
    queue.push(item);
    wake();
  };
  ws.on('message', (data: Buffer) => put(data));
  ws.on('close', () => put(undefined));
  for (;;) {
    if (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    const item = queue.shift();
    if (item === undefined) return;
    yield item;
  }
}

describe('a server of ours', () => {
  test.each([1, 125, 126, 65_535, 65_536, 1_000_000])(
    'understands another client in messages of %i bytes and fragments, and is understood',
    async (size) => {
      const node = await servers.plain(async (upgraded) => {
        const session = await acceptRemoteCommand(upgraded, { clock, streams });
        for await (const bytes of session.stdin!) await session.stdout!.write(bytes);
        await session.end({ exitCode: 0 });
      });
      const ws = new WebSocket(node.target.url.replace('http', 'ws'), subprotocol);
      const closed = once(ws, 'close');
      const messages = messagesOf(ws);
      await once(ws, 'open');
      const amount = Math.min(total, size * 3_000);
      for (const chunk of noise(amount, size)) {
        const message = Buffer.concat([Buffer.of(0), chunk]);
        ws.send(message.subarray(0, 2), { fin: false });
        ws.ping();
        ws.send(message.subarray(2));
      }
      ws.send(Buffer.of(255, 0));
      const output = async function* (): AsyncGenerator<Buffer> {
        for await (const message of messages) if (message[0] === 1) yield message;
      };
      expect(await digestOf(afterChannel(output()))).toBe(await digestOf(noise(amount, size)));
      expect((await closed)[0]).toBe(1000);
      await node.empty();
    },
  );

  test('closes with the code of what was wrong', async () => {
    const node = await servers.plain(async (upgraded) => {
      const session = await acceptRemoteCommand(upgraded, { clock, streams, limits: { message: 100 } });
      for await (const _ of session.stdin!) continue;
    });
    const ws = new WebSocket(node.target.url.replace('http', 'ws'), subprotocol);
    await once(ws, 'open');
    ws.send(Buffer.alloc(101));
    expect((await once(ws, 'close'))[0]).toBe(1009);
  });
});

describe('a client of ours', () => {
  test.each([1, 126, 65_536, 1_000_000])(
    'understands another server and is understood, %i bytes at a time',
    async (size) => {
      const other = new WebSocketServer({ noServer: true });
      const http = createServer();
      http.on('upgrade', (request, socket, head) => {
        other.handleUpgrade(request, socket, head, (ws) => {
          ws.on('message', (data: Buffer) => {
            if (data[0] === 255) {
              ws.send(Buffer.concat([Buffer.of(3), Buffer.from('{"metadata":{},"status":"Success"}')]));
              ws.close(1000);
            } else if (data[0] === 0) ws.send(Buffer.concat([Buffer.of(1), data.subarray(1)]));
          });
        });
      });
      http.listen(0, '127.0.0.1');
      await once(http, 'listening');
      cleanups.push(() => void http.close());
      const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
      const client = await openRemoteCommand({ url }, { clock, dialect: 'websocket', streams });
      const amount = Math.min(total, size * 3_000);
      const back = digestOf(client.stdout!);
      for (const chunk of noise(amount, size)) await client.stdin!.write(chunk);
      await client.stdin!.close();
      expect(await client.outcome).toEqual({ exitCode: 0 });
      expect(await back).toBe(await digestOf(noise(amount, size)));
    },
  );
});
