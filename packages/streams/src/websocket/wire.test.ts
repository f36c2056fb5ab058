import { ManualClock } from '@virtual-kubelet/base';
import type { Clock } from '@virtual-kubelet/base';
import { afterEach, describe, expect, test } from 'vitest';
import { acceptPortForward, acceptRemoteCommand } from '../index.js';
import type { AcceptOptions, RemoteCommandSession, RemoteCommandStreams } from '../index.js';
import { textOf, upgradeServers } from '../upgrade-server.test-kit.js';
import type { RawClient, UpgradeServer } from '../upgrade-server.test-kit.js';

// Frames of RFC 6455 by hand; the exchange of exec is what kubectl 1.37.2 does, recorded.

const servers = upgradeServers();
afterEach(() => servers.cleanUp());

const everything: RemoteCommandStreams = { stdin: true, stdout: true, stderr: true, tty: false };

function serve(
  run: (session: RemoteCommandSession) => Promise<unknown>,
  options: Partial<AcceptOptions> & { streams?: RemoteCommandStreams } = {},
): Promise<UpgradeServer> {
  return servers.plain(async (upgraded) =>
    run(await acceptRemoteCommand(upgraded, { clock: new ManualClock(), streams: everything, ...options })),
  );
}

function dial(server: UpgradeServer, subprotocol?: string, path = '/'): RawClient {
  const client = servers.raw(server);
  client.text(
    `GET ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
    '',
  );
  return client;
}

/** A frame of a client, masked with zeroes. */
function frame(firstByte: number, payload: Buffer): Buffer {
  const length =
    payload.length < 126
      ? Buffer.from([0x80 | payload.length])
      : Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([Buffer.from([firstByte]), length, Buffer.alloc(4), payload]);
}

function message(channel: number, text: string): Buffer {
  return frame(0x82, Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
}

/** What came behind the head of the answer, in hexadecimal, once it is long enough. */
async function frames(client: RawClient, length: number): Promise<string> {
  const bodyOf = (received: Buffer): Buffer => received.subarray(received.indexOf('\r\n\r\n') + 4);
  const received = await client.until((bytes) => bytes.includes('\r\n\r\n') && bodyOf(bytes).length >= length);
  return bodyOf(received).toString('hex');
}

function headerOf(client: RawClient, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(client.received().toString())?.[1]?.trim();
}

const ready = '820101';
const success = Buffer.from('{"metadata":{},"status":"Success"}').toString('hex');
const closeNormal = '880203e8';

describe('exec of kubectl over WebSocket', () => {
  test('is answered byte by byte', async () => {
    const server = await serve(async (session) => {
      await session.stdout?.write(Buffer.from(await textOf(session.stdin)));
      await session.end({ exitCode: 0 });
    });
    const client = dial(server, 'v5.channel.k8s.io');
    expect(await frames(client, 3)).toBe(ready);
    expect(headerOf(client, 'Sec-WebSocket-Accept')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(headerOf(client, 'Sec-WebSocket-Protocol')).toBe('v5.channel.k8s.io');
    client.socket.write(message(0, 'hi'));
    client.socket.write(frame(0x82, Buffer.from([255, 0])));
    const answer = `${ready}8203016869822303${success}${closeNormal}`;
    expect(await frames(client, answer.length / 2)).toBe(answer);
    client.socket.write(frame(0x88, Buffer.from('03e8', 'hex')));
    await client.closed();
    await server.empty();
  });

  test.each([
    ['the lowest writable channel', { ...everything, stdout: false }, '820102'],
    ['the error channel when there is no output', { ...everything, stdout: false, stderr: false }, '820103'],
  ])('is told that it is open on %s', async (_what, streams, expected) => {
    const server = await serve((session) => textOf(session.stdin), { streams });
    const client = dial(server, 'v4.channel.k8s.io');
    expect(await frames(client, 3)).toBe(expected);
    client.socket.destroy();
  });
});

describe('a subprotocol', () => {
  test.each([
    ['v4.channel.k8s.io, channel.k8s.io', 'v4.channel.k8s.io'],
    ['v3.channel.k8s.io, v4.base64.channel.k8s.io', 'v4.base64.channel.k8s.io'],
    ['v4.channel.k8s.io, v5.channel.k8s.io', 'v5.channel.k8s.io'],
    [undefined, undefined],
  ])('of the offer "%s" is chosen as a kubelet does: %s', async (offer, chosen) => {
    const server = await serve((session) => textOf(session.stdin));
    const client = dial(server, offer);
    await frames(client, 3);
    expect(headerOf(client, 'Sec-WebSocket-Protocol')).toBe(chosen);
    client.socket.destroy();
  });

  test('that nobody knows is refused', async () => {
    const server = await servers.plain((upgraded) =>
      acceptRemoteCommand(upgraded, { clock: new ManualClock(), streams: everything }).catch(() => undefined),
    );
    const answer = (await dial(server, 'v9.channel.k8s.io').closed()).toString();
    expect(answer).toMatch(/^HTTP\/1.1 403 Forbidden\r\n/);
  });

  test.each([
    ['is not given', '/', 'query parameter "port" is required'],
    ['is no number', '/?port=http', 'unable to parse "http" as a port'],
    ['is out of range', '/?port=80,65536', 'unable to parse "65536" as a port'],
    ['occurs too often', `/?port=${'80,'.repeat(127)}80`, 'more than 127 ports'],
  ])('with channels for ports is refused when the port %s', async (_what, path, why) => {
    const server = await servers.plain((upgraded) =>
      acceptPortForward(upgraded, { clock: new ManualClock() }).catch(() => undefined),
    );
    const answer = (await dial(server, 'v4.channel.k8s.io', path).closed()).toString();
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(answer).toContain(why);
  });

  test.each([
    ['another version', 'Sec-WebSocket-Version: 8', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
    ['no version', 'X: y', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
    ['no key', 'Sec-WebSocket-Version: 13', 'X: y'],
    ['a key of another length', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j'],
  ])('is not agreed on in a request with %s, which is told the version', async (_what, ...headers) => {
    const server = await servers.plain((upgraded) =>
      acceptRemoteCommand(upgraded, { clock: new ManualClock(), streams: everything }).catch(() => undefined),
    );
    const client = servers.raw(server);
    client.text('GET / HTTP/1.1', 'Host: h', 'Connection: Upgrade', 'Upgrade: websocket', ...headers, '');
    const answer = (await client.closed()).toString();
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\nSec-WebSocket-Version: 13\r\n/);
  });

  test('with channels for ports begins each channel with the number of its port, the data channel first', async () => {
    const server = await servers.plain((upgraded) => acceptPortForward(upgraded, { clock: new ManualClock() }));
    const client = dial(server, 'v4.channel.k8s.io', '/?port=80,443&port=8080');
    const numbers = '8203005000 8203015000 820302bb01 820303bb01 820304901f 820305901f'.replaceAll(' ', '');
    expect(await frames(client, numbers.length / 2)).toBe(numbers);
    client.socket.destroy();
  });
});

describe('a message', () => {
  test('may come in fragments, with a ping between them', async () => {
    const server = await serve(async (session) => {
      for await (const bytes of session.stdin!) await session.stdout?.write(bytes);
    });
    const client = dial(server, 'v4.channel.k8s.io');
    const answers = [`${ready}82020168`, '8a0462656174', '82020169'];
    client.socket.write(frame(0x02, Buffer.from([0, 0x68])));
    expect(await frames(client, 7)).toBe(answers[0]);
    client.socket.write(frame(0x89, Buffer.from('beat')));
    client.socket.write(frame(0x80, Buffer.from('i')));
    const answer = answers.join('');
    expect(await frames(client, answer.length / 2)).toBe(answer);
    client.socket.destroy();
  });

  test('is handed on as it comes, before it is whole', async () => {
    const server = await serve(async (session) => {
      for await (const bytes of session.stdin!) await session.stdout?.write(bytes);
    });
    const client = dial(server, 'v4.channel.k8s.io');
    const whole = message(0, 'x'.repeat(1_000));
    client.socket.write(whole.subarray(0, 12));
    const first = `${ready}820401787878`;
    expect(await frames(client, first.length / 2)).toBe(first);
    client.socket.write(whole.subarray(12));
    await frames(client, first.length / 2 + 4 + 1 + 997);
    client.socket.destroy();
  });

  test('without bytes, for no channel, or for one that only the server writes, says nothing', async () => {
    const inputs: string[] = [];
    const server = await serve(async (session) => void inputs.push(await textOf(session.stdin)));
    const client = dial(server, 'v5.channel.k8s.io');
    for (const channel of [0, 1, 2, 3, 5, 77]) client.socket.write(message(channel, channel === 0 ? '' : 'x'));
    client.socket.write(frame(0x82, Buffer.alloc(0)));
    client.socket.write(message(0, 'real'));
    client.socket.write(frame(0x82, Buffer.from([255, 0])));
    client.socket.write(frame(0x88, Buffer.from('03e8', 'hex')));
    await client.closed();
    await server.empty();
    expect(inputs).toEqual(['real']);
  });
});

describe('time', () => {
  test('ends a session whose client sent pings and then nothing', async () => {
    const clock = new ManualClock();
    let session: RemoteCommandSession | undefined;
    const server = await serve(async (accepted) => void (session = accepted), { clock });
    const client = dial(server, 'v5.channel.k8s.io');
    client.socket.write(Buffer.concat([frame(0x89, Buffer.alloc(0)), frame(0x89, Buffer.alloc(0))]));
    expect(await frames(client, 7)).toBe(`${ready}8a008a00`);
    await clock.advance(85_000);
    expect(session?.gone.aborted).toBe(false);
    await clock.advance(10_000);
    expect(session?.gone.reason).toMatchObject({ code: 'VK_STREAMS_PEER_GONE' });
    await client.closed();
  });

  test('ends a session without traffic after the idle timeout; its own pings do not count', async () => {
    const clock = new ManualClock();
    let session: RemoteCommandSession | undefined;
    const server = await serve(async (accepted) => void (session = accepted), { clock, idleTimeout: 300_000 });
    const client = dial(server, 'v5.channel.k8s.io');
    await frames(client, 3);
    await clock.advance(299_000);
    expect(session?.gone.aborted).toBe(false);
    expect(await frames(client, 5)).toMatch(/^8201018900/);
    await clock.advance(2_001);
    expect(session?.gone.reason).toMatchObject({ code: 'VK_STREAMS_IDLE' });
    await client.closed();
    expect(clock.pending).toBe(0);
  });

  test('ends the wait for a client that does not close what has ended after five seconds', async () => {
    const clock = new ManualClock();
    const server = await serve((session) => session.end({ exitCode: 0 }), { clock });
    const client = dial(server, 'v5.channel.k8s.io');
    await frames(client, 3 + 37 + 4);
    expect(server.sockets.size).toBe(1);
    await clock.settle();
    await clock.advance(5_000);
    await server.empty();
    expect(clock.pending).toBe(0);
  });
});

describe('a hostile client over WebSocket', () => {
  const attacks: [string, Buffer][] = [
    ['that does not mask', Buffer.from('820100', 'hex')],
    ['that announces a message of 2^63 bytes', Buffer.from('82ff7fffffffffffffff00000000', 'hex')],
    ['that announces a message above the limit', Buffer.from('82ff000000000001000100000000', 'hex')],
    ['that sends a long control frame', Buffer.concat([Buffer.from('89fe0080', 'hex'), Buffer.alloc(4 + 128)])],
    ['that compresses', frame(0xc2, Buffer.from('00', 'hex'))],
    ['that sends text which is none', frame(0x81, Buffer.from('ff', 'hex'))],
    ['that ends a channel without naming it', frame(0x82, Buffer.from([255]))],
    ['that ends a channel that is none', frame(0x82, Buffer.from([255, 9]))],
  ];
  test.each(attacks)('%s is dropped, and its session with it', async (_what, bytes) => {
    const clock = new ManualClock();
    let session: RemoteCommandSession | undefined;
    const server = await serve(
      async (accepted) => {
        session = accepted;
        await textOf(accepted.stdin);
      },
      { clock, limits: { message: 65_536 } },
    );
    const client = dial(server, 'v5.channel.k8s.io');
    await frames(client, 3);
    client.socket.write(bytes);
    await client.closed();
    await server.empty();
    await clock.settle();
    expect(session?.gone.reason).toMatchObject({ code: 'VK_STREAMS_PROTOCOL' });
    expect(clock.pending).toBe(0);
  });

  test('that sends pings and reads no pongs costs bounded memory', async () => {
    let most = 0;
    let pings = 0;
    const server = await servers.plain(async (upgraded) => {
      upgraded.socket.on('data', (chunk: Buffer) => {
        most = Math.max(most, upgraded.socket.writableLength);
        pings += chunk.length;
        if (pings > 40_000_000) upgraded.socket.destroy();
      });
      const session = await acceptRemoteCommand(upgraded, { clock: new ManualClock(), streams: everything });
      await textOf(session.stdin);
    });
    const client = dial(server, 'v5.channel.k8s.io');
    await frames(client, 3);
    client.socket.pause();
    const many = Buffer.concat(Array.from({ length: 500 }, () => frame(0x89, Buffer.alloc(125))));
    const flood = (): void => {
      while (!client.socket.destroyed && client.socket.write(many)) continue;
    };
    client.socket.on('drain', flood);
    flood();
    await server.empty();
    expect(most).toBeLessThan(2 * 1024 * 1024);
  });

  test('that floods the resize channel gets the newest sizes through, in bounded memory', async () => {
    const sizes: unknown[] = [];
    const clock: Clock = new ManualClock();
    const terminal = { ...everything, tty: true };
    const server = await serve(
      async (session) => {
        await session.stdin![Symbol.asyncIterator]().next();
        await session.end({ exitCode: 0 });
        for await (const size of session.resize!) sizes.push(size);
      },
      { clock, streams: terminal },
    );
    const client = dial(server, 'v5.channel.k8s.io');
    await frames(client, 3);
    for (let width = 1; width <= 1000; width += 1) client.socket.write(message(4, `{"Width":${width},"Height":9}`));
    client.socket.write(message(4, '{"Width":0,"Height":9}{"Width":70000,"Height":1}[]}{"junk'));
    client.socket.write(message(0, 'go'));
    await frames(client, 3 + 40);
    client.socket.write(frame(0x88, Buffer.from('03e8', 'hex')));
    await client.closed();
    await server.empty();
    await new ManualClock().settle();
    expect(sizes).toHaveLength(16);
    expect(sizes.at(-1)).toEqual({ width: 1000, height: 9 });
  });
});
