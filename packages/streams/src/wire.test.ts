import { deferred, ManualClock } from '@virtual-kubelet/base';
import type { Clock } from '@virtual-kubelet/base';
import { afterEach, describe, expect, test } from 'vitest';
import { acceptPortForward, acceptRemoteCommand } from './index.js';
import type {
  AcceptOptions,
  PortForwardSession,
  RemoteCommandSession,
  RemoteCommandStreams,
  UpgradedSocket,
} from './index.js';
import { synStream } from './spdy/frame.js';
import { headerWriter } from './spdy/header-block.js';
import { textOf, upgradeServers } from './upgrade-server.test-kit.js';
import type { RawClient, UpgradeServer } from './upgrade-server.test-kit.js';

// What kubectl 1.37.2 put on the wire, recorded; and answers as kubernetes/kubernetes gives them.

const servers = upgradeServers();
afterEach(() => servers.cleanUp());

const everything: RemoteCommandStreams = { stdin: true, stdout: true, stderr: true, tty: false };

const spdyRequest = [
  'POST /exec/default/p/c?command=sh&input=1&output=1&error=1 HTTP/1.1',
  'Host: 127.0.0.1',
  'Content-Length: 0',
  'Connection: Upgrade',
  'Upgrade: SPDY/3.1',
];

const kubectlOffer = ['v5', 'v4', 'v3', 'v2'].map((version) => `X-Stream-Protocol-Version: ${version}.channel.k8s.io`);

const switched = [
  'HTTP/1.1 101 Switching Protocols',
  'Connection: Upgrade',
  'Upgrade: SPDY/3.1',
  'X-Stream-Protocol-Version: v4.channel.k8s.io',
  '\r\n',
].join('\r\n');

/** SYN_STREAM of the error, stdin, stdout and stderr stream, as kubectl sends them. */
const syn = {
  error: '80030001000000290000000100000000000078f9e3c6a7c26260606004a7b392a2d4c45c6851c29a0a0a6800000000ffff',
  stdin: '800300010000001700000003000000000000c22e555c92929907000000ffff',
  stdout: '800300010000001900000005000000000000c22ac5565c92925f5a02000000ffff',
  stderr: '800300010000001500000007000000000000c229975a5404000000ffff',
};

const opening = syn.error + syn.stdin + syn.stdout + syn.stderr;

/** SYN_REPLY without headers; the first block starts the compressed stream. */
const replies =
  '8003000200000018000000017820e3c6a7c2000400fbff00000000000000ffff' +
  ['03', '05', '07'].map((id) => `8003000200000012000000${id}000400fbff00000000000000ffff`).join('');

function ascii(text: string): string {
  return Buffer.from(text).toString('hex');
}

function data(id: number, text: string, fin = false): string {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(id, 0);
  head.writeUInt32BE(text.length, 4);
  head[4] = fin ? 1 : 0;
  return head.toString('hex') + ascii(text);
}

async function serveExec(
  run: (session: RemoteCommandSession) => Promise<unknown>,
  options: Partial<AcceptOptions> & { clock: Clock } = { clock: new ManualClock() },
): Promise<UpgradeServer> {
  return servers.plain(async (upgraded) =>
    run(await acceptRemoteCommand(upgraded, { streams: everything, ...options })),
  );
}

function dialSpdy(server: UpgradeServer, offer: readonly string[] = kubectlOffer): RawClient {
  const client = servers.raw(server);
  client.text(...spdyRequest, ...offer, '');
  return client;
}

/** Waits for as many bytes as expected behind the head of the answer, and gives them in hexadecimal. */
async function answerOf(client: RawClient, head: string, length: number): Promise<string> {
  const answer = await client.until((received) => received.length >= head.length + length);
  expect(answer.toString('latin1', 0, head.length)).toBe(head);
  return answer.toString('hex', head.length);
}

async function answerIs(client: RawClient, head: string, hex: string): Promise<void> {
  expect(await answerOf(client, head, hex.length / 2)).toBe(hex);
}

/** Accepts exec, and takes a refusal or a lost client for granted. */
function accept(upgraded: UpgradedSocket, clock: Clock = new ManualClock()): Promise<unknown> {
  return acceptRemoteCommand(upgraded, { streams: everything, clock }).catch((error: unknown) => error);
}

async function catOnce(session: RemoteCommandSession): Promise<void> {
  const input = await textOf(session.stdin);
  await session.stdout?.write(Buffer.from(input));
  await session.end({ exitCode: 7 });
}

const ended =
  data(5, 'hi\n') +
  data(
    1,
    '{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: 7",' +
      '"reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}',
  ) +
  [1, 3, 5, 7].map((id) => data(id, '', true)).join('') +
  '80030007000000080000000700000000';

describe('exec of kubectl over SPDY', () => {
  test('is answered byte by byte as recorded', async () => {
    const server = await serveExec(catOnce);
    const client = dialSpdy(server);
    await answerIs(client, switched, '');
    client.hex(opening);
    await answerIs(client, switched, replies);
    client.hex(`${data(3, 'hi\n')}${data(3, '', true)}`);
    await answerIs(client, switched, replies + ended);
    client.socket.end();
    await server.empty();
  });

  test('is answered the same when every byte comes alone, and when frames come with the request', async () => {
    const server = await serveExec(catOnce);
    const whole = Buffer.from(opening + data(3, 'hi\n') + data(3, '', true), 'hex');
    const slow = dialSpdy(server);
    slow.socket.setNoDelay(true);
    await answerIs(slow, switched, '');
    for (const byte of whole) {
      slow.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await answerIs(slow, switched, replies + ended);
    const early = servers.raw(server);
    const request = [...spdyRequest, ...kubectlOffer, '', ''].join('\r\n');
    early.socket.write(Buffer.concat([Buffer.from(request), whole]));
    await answerIs(early, switched, replies + ended);
  });

  test('answers a ping at once, also before all streams are open', async () => {
    const server = await servers.plain((upgraded) => accept(upgraded));
    const client = dialSpdy(server);
    client.hex('800300060000000400000001');
    await answerIs(client, switched, '800300060000000400000001');
    client.socket.destroy();
  });
});

describe('a session over SPDY', () => {
  test('drops what comes behind the end of a stream', async () => {
    const server = await serveExec(catOnce);
    const client = dialSpdy(server);
    client.hex(opening + data(3, 'hi\n') + data(3, '', true) + data(3, 'more'));
    await answerIs(client, switched, replies + ended);
  });

  test('reads a stream that was not announced to its end, so that it stops no other', async () => {
    const streams = { ...everything, stdin: false };
    const server = await servers.plain(async (upgraded) => {
      await acceptRemoteCommand(upgraded, { streams, clock: new ManualClock() });
    });
    const client = dialSpdy(server);
    client.hex(opening + data(3, 'x'.repeat(1_000_000)) + '800300060000000400000001');
    await answerIs(client, switched, `${replies}800300060000000400000001`);
    client.socket.destroy();
  });

  test('counts tiny chunks for what they cost', async () => {
    const paused = deferred<boolean>();
    const server = await servers.plain(async (upgraded) => {
      const limits = { streamBuffer: 20_000 };
      upgraded.socket.once('pause', () => paused.resolve(true));
      await acceptRemoteCommand(upgraded, { streams: everything, clock: new ManualClock(), limits });
    });
    const client = dialSpdy(server);
    client.hex(opening + data(3, 'x').repeat(200));
    expect(await paused.promise).toBe(true);
    client.socket.destroy();
  });

  test('is left after five seconds by a server whose client does not close what has ended', async () => {
    const clock = new ManualClock();
    const server = await serveExec((session) => session.end({ exitCode: 0 }), { clock });
    const client = dialSpdy(server);
    client.hex(opening);
    await client.until((received) => received.toString('hex').includes('80030007'));
    expect(server.sockets.size).toBe(1);
    await clock.settle();
    await clock.advance(5_000);
    await server.empty();
    expect(clock.pending).toBe(0);
  });
});

describe('a client over SPDY is refused', () => {
  const refusals: [string, string[], number, string][] = [
    [
      'without a protocol version',
      [],
      400,
      'unable to upgrade: header X-Stream-Protocol-Version is missing or names no protocol\n',
    ],
    [
      'with versions that nobody knows',
      ['X-Stream-Protocol-Version: v9.channel.k8s.io, v8.channel.k8s.io'],
      403,
      'unable to upgrade: unable to negotiate protocol: client supports [v9.channel.k8s.io v8.channel.k8s.io], server ' +
        'accepts [v4.channel.k8s.io v3.channel.k8s.io v2.channel.k8s.io channel.k8s.io]\n',
    ],
  ];
  test.each(refusals)('%s', async (_what, offer, status, body) => {
    const failures: unknown[] = [];
    const closed: boolean[] = [];
    const server = await servers.plain(async (upgraded) => {
      failures.push(await accept(upgraded));
      closed.push(upgraded.socket.closed);
    });
    const answer = (await dialSpdy(server, offer).closed()).toString();
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(answer.endsWith(`\r\n\r\n${body}`)).toBe(true);
    expect(failures).toMatchObject([{ code: 'VK_STREAMS_UPGRADE_REFUSED' }]);
    expect(closed).toEqual([true]);
  });

  test('and told which versions there are, one header for each', async () => {
    const server = await servers.plain((upgraded) =>
      acceptPortForward(upgraded, { clock: new ManualClock() }).catch(() => undefined),
    );
    const answer = (await dialSpdy(server).closed()).toString();
    expect(answer).toContain('\r\nX-Accepted-Stream-Protocol-Versions: portforward.k8s.io\r\n');
  });

  test('when it asks for another upgrade', async () => {
    const server = await servers.plain((upgraded) => accept(upgraded));
    const client = servers.raw(server);
    client.text('POST / HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: h2c', ...kubectlOffer, '');
    expect((await client.closed()).toString()).toContain('unable to upgrade: missing upgrade headers in request');
  });

  test('when it asks for no stream at all', async () => {
    const streams = { stdin: false, stdout: false, stderr: false, tty: false };
    const server = await servers.plain((upgraded) =>
      acceptRemoteCommand(upgraded, { streams, clock: new ManualClock() }).catch(() => undefined),
    );
    const answer = (await dialSpdy(server).closed()).toString();
    expect(answer).toContain('HTTP/1.1 400 Bad Request');
    expect(answer).toContain('you must specify at least 1 of stdin, stdout, stderr');
  });

  test('and what it sends behind the refused request is never read as another request', async () => {
    let upgrades = 0;
    const server = await servers.plain((upgraded) => {
      upgrades += 1;
      return accept(upgraded);
    });
    const client = servers.raw(server);
    client.text(...spdyRequest, '', ...spdyRequest, ...kubectlOffer, '');
    expect((await client.closed()).toString()).not.toContain('101 Switching');
    expect(upgrades).toBe(1);
  });
});

describe('a hostile client over SPDY', () => {
  const reasons: [string, string][] = [
    ['that announces a control frame of 16 MB', '8003000100ffffff'],
    ['whose first header block is not compressed', '80030001000000120000000100000000000000000000000000000000'],
    ['that sends data for stream 0', '000000000000000161'],
    ['that sends another version of SPDY', '8002000100000000'],
  ];
  test.each(reasons)('%s is dropped, and its session with it', async (_what, hex) => {
    const clock = new ManualClock();
    let failure: unknown;
    const server = await servers.plain(async (upgraded) => {
      failure = await accept(upgraded, clock);
    });
    const client = dialSpdy(server);
    client.hex(hex);
    await client.closed();
    await server.empty();
    await clock.settle();
    expect(failure).toMatchObject({ code: 'VK_STREAMS_PROTOCOL' });
    expect(clock.pending).toBe(0);
  });

  const resets: [string, string, string][] = [
    [
      'a stream id of the server',
      '80030001000000290000000200000000000078f9e3c6a7c26260606004a7b392a2d4c45c6851c29a0a0a6800000000ffff',
      '80030003000000080000000200000001',
    ],
    [
      'an unknown type of stream',
      '80030001000000230000000100000000000078f9e3c6a7c262000200000000ffff'.replace('00000023', '00000019'),
      '80030003000000080000000100000005',
    ],
  ];
  test.each(resets)('gets a reset for %s', async (_what, hex, reset) => {
    const server = await servers.plain((upgraded) => accept(upgraded));
    const client = dialSpdy(server);
    client.hex(hex);
    await answerIs(client, switched, reset);
    client.socket.destroy();
  });

  test('gets a reset for a stream id that was used, and one for a second stream of the same type', async () => {
    const server = await serveExec(async (session) => void (await textOf(session.stdin)));
    const client = dialSpdy(server);
    client.hex(opening);
    // A stored block in the middle of the stream: what a writer makes for any block but its first.
    const write = headerWriter();
    write(new Map());
    const stored = write(new Map([['streamtype', 'stdin']]));
    client.socket.write(Buffer.concat([synStream(3, stored), synStream(9, stored)]));
    const used = '80030003000000080000000300000001';
    const second = '80030003000000080000000900000005';
    await answerIs(client, switched, replies + used + second);
    client.socket.destroy();
  });

  test('opens no more streams than allowed', async () => {
    const server = await servers.plain(async (upgraded) => {
      await acceptPortForward(upgraded, { clock: new ManualClock(), limits: { streams: 2 } });
    });
    const client = servers.raw(server);
    client.text(...spdyRequest, 'X-Stream-Protocol-Version: portforward.k8s.io', '');
    const write = headerWriter();
    for (const id of [1, 3, 5])
      client.socket.write(
        synStream(
          id,
          write(
            new Map([
              ['streamtype', 'error'],
              ['port', '1'],
              ['requestid', String(id)],
            ]),
          ),
        ),
      );
    const answer = await client.until((received) => received.toString('hex').includes('80030003'));
    expect(answer.toString('hex')).toMatch(/80030003000000080000000500000003$/);
    client.socket.destroy();
  });

  test('that sends what nobody asked for, over and over, is dropped', async () => {
    const failure = deferred<unknown>();
    const server = await servers.plain(async (upgraded) => failure.resolve(await accept(upgraded)));
    const client = dialSpdy(server);
    const write = headerWriter();
    const blocks = Array.from({ length: 1001 }, () => write(new Map()));
    client.socket.write(Buffer.concat(blocks.map((block) => synStream(2, block))));
    expect(await failure.promise).toMatchObject({ code: 'VK_STREAMS_PROTOCOL' });
    await server.empty();
  });

  test('that sends pings and reads no answers costs bounded memory', async () => {
    let most = 0;
    const server = await servers.plain(async (upgraded) => {
      let read = 0;
      upgraded.socket.on('data', (chunk: Buffer) => {
        most = Math.max(most, upgraded.socket.writableLength);
        read += chunk.length;
        if (read > 20_000_000) upgraded.socket.destroy();
      });
      await accept(upgraded);
    });
    const client = dialSpdy(server);
    await answerIs(client, switched, '');
    client.socket.pause();
    client.hex(opening);
    const pings = Buffer.from('800300060000000400000001'.repeat(5000), 'hex');
    const flood = (): void => {
      while (!client.socket.destroyed && client.socket.write(pings)) continue;
    };
    client.socket.on('drain', flood);
    flood();
    await server.empty();
    expect(most).toBeLessThan(2 * 1024 * 1024);
  });
});

/** The first stream of kubectl for a forwarded connection. */
function errorStream(id: number): string {
  return `800300010000004000000${id.toString(16).padStart(3, '0')}00000000000078f9e3c6a7c202253a703a2b294a4dcc851625aca9a0808614cb45a024cc6a6c66646eccc0c0c0590489c74c50fa663400000000ffff`;
}

/** The second one, of the same request. */
function sameAgain(id: number): string {
  return `800300010000001800000${id.toString(16).padStart(3, '0')}000000000000c2aa1b54102512a119000000ffff`;
}

describe('port-forward of kubectl over SPDY', () => {
  test('is answered byte by byte', async () => {
    const server = await servers.plain(async (upgraded) => {
      const session = await acceptPortForward(upgraded, { clock: new ManualClock() });
      for await (const { readable, writable, closeWrite } of session.connections) {
        for await (const chunk of readable) await writable.write(chunk);
        await closeWrite();
      }
    });
    const client = servers.raw(server);
    client.text(...spdyRequest, 'X-Stream-Protocol-Version: portforward.k8s.io', '');
    const head = switched.replace('v4.channel.k8s.io', 'portforward.k8s.io');
    client.hex(errorStream(1));
    const first = '8003000200000018000000017820e3c6a7c2000400fbff00000000000000ffff';
    await answerIs(client, head, first);
    client.hex(data(1, '', true) + sameAgain(3));
    const second = '800300020000001200000003000400fbff00000000000000ffff';
    await answerIs(client, head, first + second);
    client.hex(data(3, 'ping'));
    await answerIs(client, head, first + second + data(3, 'ping'));
    client.hex(data(3, '', true));
    await answerIs(client, head, first + second + data(3, 'ping') + data(3, '', true) + data(1, '', true));
    // Goodbye: GOAWAY, which kubectl sends with 0 as the last stream.
    client.hex('80030007000000080000000000000000');
    const farewell = await client.until((received) => received.toString('hex').includes('80030007'));
    expect(farewell.toString('hex')).toMatch(/80030007000000080000000300000000$/);
    client.socket.end();
    await server.empty();
  });

  test('pairs the streams of very old clients, which send no request id, by their order', async () => {
    const ports: number[] = [];
    const server = await servers.plain(async (upgraded) => {
      const session = await acceptPortForward(upgraded, { clock: new ManualClock() });
      for await (const connection of session.connections) {
        ports.push(connection.port);
        await connection.closeWrite();
      }
    });
    const client = servers.raw(server);
    client.text(...spdyRequest, 'X-Stream-Protocol-Version: portforward.k8s.io', '');
    const write = headerWriter();
    const open = (id: number, streamtype: string, port: string): void =>
      void client.socket.write(synStream(id, write(new Map(Object.entries({ streamtype, port })))));
    open(1, 'error', '80');
    open(3, 'data', '80');
    open(5, 'error', '81');
    open(7, 'data', '81');
    await client.until((received) => received.toString('hex').includes('0000000701000000'));
    expect(ports).toEqual([80, 81]);
    client.socket.destroy();
  });

  test('tells when the second stream of a connection does not come', async () => {
    const clock = new ManualClock();
    const server = await servers.plain(async (upgraded) => void (await acceptPortForward(upgraded, { clock })));
    const client = servers.raw(server);
    client.text(...spdyRequest, 'X-Stream-Protocol-Version: portforward.k8s.io', '');
    client.hex(errorStream(1));
    await client.until((received) => received.toString('hex').includes('80030002'));
    await clock.advance(30_000);
    const answer = await client.until((received) => received.toString().includes('timed out'));
    expect(answer.toString()).toContain('request 0: timed out waiting for its other stream');
    client.socket.destroy();
    await server.empty();
  });
});

describe('a client that takes back the first stream of a connection', () => {
  test('leaves no timer', async () => {
    const clock = new ManualClock();
    const server = await servers.plain(async (upgraded) => void (await acceptPortForward(upgraded, { clock })));
    const client = servers.raw(server);
    client.text(...spdyRequest, 'X-Stream-Protocol-Version: portforward.k8s.io', '');
    client.hex('800300060000000400000001');
    await client.until((received) => received.toString('hex').includes('800300060000000400000001'));
    const before = clock.pending;
    client.hex(`${errorStream(1)}80030003000000080000000100000005800300060000000400000003`);
    await client.until((received) => received.toString('hex').includes('800300060000000400000003'));
    expect(clock.pending).toBe(before);
    client.socket.destroy();
  });
});

describe('time', () => {
  test('ends the wait for streams after 30 seconds, and says which are missing', async () => {
    const clock = new ManualClock();
    let failure: unknown;
    const server = await servers.plain(async (upgraded) => {
      failure = await accept(upgraded, clock);
    });
    const client = dialSpdy(server);
    client.hex(syn.error + syn.stdin);
    await client.until((received) => received.toString('hex').includes('80030002000000120000000'));
    await clock.advance(30_000);
    await client.closed();
    await clock.settle();
    expect(failure).toMatchObject({ code: 'VK_STREAMS_CREATION_TIMEOUT' });
    expect(String(failure)).toContain('stdout,stderr');
    expect(clock.pending).toBe(0);
  });

  test('ends a session without traffic after 4 hours, not before, with pings on the way', async () => {
    const clock = new ManualClock();
    let session: RemoteCommandSession | undefined;
    const server = await serveExec(async (accepted) => void (session = accepted), { clock });
    const client = dialSpdy(server);
    client.hex(opening);
    await answerIs(client, switched, replies);
    await clock.settle();
    await clock.advance(4 * 3_600_000 - 1);
    expect(session?.gone.aborted).toBe(false);
    expect(client.received().toString('hex')).toContain('800300060000000400000002');
    await clock.advance(1_001);
    await client.closed();
    expect(session?.gone.reason).toMatchObject({ code: 'VK_STREAMS_IDLE' });
    expect(clock.pending).toBe(0);
  });

  test('does not end a session whose client sent pings and then none: it may wait for its user', async () => {
    const clock = new ManualClock();
    let session: PortForwardSession | undefined;
    const server = await servers.plain(
      async (upgraded) => void (session = await acceptPortForward(upgraded, { clock })),
    );
    const client = servers.raw(server);
    client.text(...spdyRequest, 'X-Stream-Protocol-Version: portforward.k8s.io', '');
    client.hex('800300060000000400000001'.repeat(2));
    await client.until((received) => received.toString('hex').endsWith('800300060000000400000001'));
    await clock.advance(600_000);
    expect(session?.gone.aborted).toBe(false);
    client.socket.destroy();
  });
});
