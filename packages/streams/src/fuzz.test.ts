import { ManualClock } from '@virtual-kubelet/base';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { acceptPortForward, acceptRemoteCommand } from './index.js';
import type { UpgradedSocket } from './index.js';
import { dataHead, goAway, ping, rstStream, synReply, synStream } from './spdy/frame.js';
import { headerWriter } from './spdy/header-block.js';
import { upgradeServers } from './upgrade-server.test-kit.js';

const servers = upgradeServers();
afterEach(() => servers.cleanUp());

/** Sessions of each kind; FUZZ_RUNS=20000 makes a long run of it. */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 60);
const timeout = Math.max(20_000, numRuns * 200);

/** Gives every session a server that uses all of it, and counts those that have not come to an end. */
function serving(clock: ManualClock): { serve(upgraded: UpgradedSocket): Promise<void>; readonly open: () => number } {
  let open = 0;
  const streams = { stdin: true, stdout: true, stderr: true, tty: true };
  const command = async (upgraded: UpgradedSocket): Promise<void> => {
    const session = await acceptRemoteCommand(upgraded, { clock, streams });
    for await (const chunk of session.stdin!) await session.stdout!.write(chunk);
    await session.end({ exitCode: 0 });
  };
  const forward = async (upgraded: UpgradedSocket): Promise<void> => {
    const session = await acceptPortForward(upgraded, { clock });
    const all: Promise<void>[] = [];
    for await (const { readable, writable, closeWrite } of session.connections) {
      const echo = async (): Promise<void> => {
        for await (const chunk of readable) await writable.write(chunk);
        await closeWrite();
      };
      all.push(echo().catch(() => undefined));
    }
    await Promise.all(all);
  };
  const serve = async (upgraded: UpgradedSocket): Promise<void> => {
    open += 1;
    const run = upgraded.request.url?.startsWith('/portForward') ? forward : command;
    await run(upgraded).catch(() => undefined);
    open -= 1;
  };
  return { serve, open: () => open };
}

type Step = (write: ReturnType<typeof headerWriter>) => Buffer;

const id = fc.integer({ min: 0, max: 12 });
const payload = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const headers = fc.record({
  streamtype: fc.constantFrom('error', 'stdin', 'stdout', 'resize', 'data', 'junk'),
  port: fc.constantFrom('80', '0', '70000', 'http'),
  requestid: fc.constantFrom('0', '1', ''),
});

const spdyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(id, headers, fc.nat(3)).map(
    ([stream, fields, flags]): Step =>
      (write) =>
        synStream(stream, write(new Map(Object.entries(fields))), flags),
  ),
  fc.tuple(id, payload, fc.boolean()).map(
    ([stream, bytes, fin]): Step =>
      () =>
        Buffer.concat([dataHead(stream || 1, bytes.length, fin), bytes]),
  ),
  fc.tuple(id, fc.nat(12)).map(
    ([stream, status]): Step =>
      () =>
        rstStream(stream, status),
  ),
  id.map(
    (stream): Step =>
      (write) =>
        synReply(stream, write(new Map())),
  ),
  fc.nat(5).map(
    (number): Step =>
      () =>
        ping(number),
  ),
  id.map(
    (last): Step =>
      () =>
        goAway(last),
  ),
  payload.map(
    (bytes): Step =>
      () =>
        bytes,
  ),
);

const webSocketStep = fc
  .tuple(fc.nat(255), fc.nat(255), payload)
  .map(([first, second, bytes]) => Buffer.concat([Buffer.from([first, second]), bytes]));

const message = fc
  .tuple(fc.constantFrom(0, 1, 4, 48, 255), payload)
  .map(([channel, bytes]) =>
    Buffer.concat([Buffer.from([0x82, 0x80 | (bytes.length + 1), 0, 0, 0, 0, channel]), bytes]),
  );

const path = fc.constantFrom('/exec', '/portForward?port=80,81');

function request(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\nHost: a\r\nConnection: Upgrade\r\n\r\n`);
}

/** Sends the chunks, hangs up, and waits until the server has let go of everything. */
async function play(chunks: readonly Buffer[]): Promise<void> {
  const clock = new ManualClock();
  const { serve, open } = serving(clock);
  const server = await servers.plain(serve);
  const client = servers.raw(server);
  for (const chunk of chunks) {
    client.socket.write(chunk);
    await clock.settle();
  }
  client.socket.end();
  client.socket.resume();
  for (let turn = 0; turn < 50 && server.sockets.size > 0; turn += 1) await clock.settle();
  client.socket.destroy();
  await server.empty();
  for (let turn = 0; turn < 50 && open() > 0; turn += 1) await clock.settle();
  expect({ open: open(), timers: clock.pending }).toEqual({ open: 0, timers: 0 });
  await servers.cleanUp();
}

describe('whatever a client sends, nothing of its session remains', { timeout }, () => {
  test('over SPDY', async () => {
    await fc.assert(
      fc.asyncProperty(path, fc.array(spdyStep, { maxLength: 30 }), async (url, steps) => {
        const write = headerWriter();
        const version = url.startsWith('/exec') ? 'v4.channel.k8s.io' : 'portforward.k8s.io';
        const head = request([`POST ${url} HTTP/1.1`, 'Upgrade: SPDY/3.1', `X-Stream-Protocol-Version: ${version}`]);
        await play([head, ...steps.map((step) => step(write))]);
      }),
      { numRuns },
    );
  });

  test('over WebSocket', async () => {
    const subprotocol = fc.constantFrom(
      'v5.channel.k8s.io',
      'v4.channel.k8s.io',
      'base64.channel.k8s.io',
      'SPDY/3.1+portforward.k8s.io',
      'junk',
    );
    const chunks = fc.array(fc.oneof(webSocketStep, message), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(path, subprotocol, chunks, async (url, offer, sent) => {
        const head = request([
          `GET ${url} HTTP/1.1`,
          'Upgrade: websocket',
          'Sec-WebSocket-Version: 13',
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
          `Sec-WebSocket-Protocol: ${offer}`,
        ]);
        await play([head, ...sent]);
      }),
      { numRuns },
    );
  });
});
