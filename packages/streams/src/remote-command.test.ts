import { once } from 'node:events';
import { deferred, systemClock } from '@virtual-kubelet/base';
import { afterEach, describe, expect, test } from 'vitest';
import { acceptRemoteCommand, openRemoteCommand } from './index.js';
import type {
  OpenRemoteCommandOptions,
  RemoteCommandClient,
  RemoteCommandSession,
  RemoteCommandStreams,
} from './index.js';
import { digestOf, noise, textOf, upgradeServers } from './upgrade-server.test-kit.js';
import type { UpgradeServer } from './upgrade-server.test-kit.js';

const clock = systemClock;
const servers = upgradeServers();
afterEach(() => servers.cleanUp());

const everything: RemoteCommandStreams = { stdin: true, stdout: true, stderr: true, tty: false };
const terminal: RemoteCommandStreams = { stdin: true, stdout: true, stderr: true, tty: true };

interface Dialect {
  readonly name: string;
  readonly dialect: OpenRemoteCommandOptions['dialect'];
  readonly protocols: readonly string[];
  /** What the session must say it speaks. */
  readonly agreed: string;
  readonly endOfInput: boolean;
  readonly exitCodes: boolean;
}

function spdy(version: string, exitCodes: boolean): Dialect {
  return {
    name: `SPDY ${version}`,
    dialect: 'spdy',
    protocols: [version],
    agreed: version,
    endOfInput: true,
    exitCodes,
  };
}

function webSocket(version: string, exitCodes: boolean): Dialect {
  const protocols = version === '' ? [] : [version];
  const agreed = version || 'channel.k8s.io';
  const endOfInput = version.startsWith('v5');
  return { name: `WebSocket ${version || 'without'}`, dialect: 'websocket', protocols, agreed, endOfInput, exitCodes };
}

const dialects: readonly Dialect[] = [
  spdy('v4.channel.k8s.io', true),
  spdy('v3.channel.k8s.io', false),
  spdy('v2.channel.k8s.io', false),
  spdy('channel.k8s.io', false),
  webSocket('v5.channel.k8s.io', true),
  webSocket('v4.channel.k8s.io', true),
  webSocket('v4.base64.channel.k8s.io', true),
  webSocket('channel.k8s.io', false),
  webSocket('base64.channel.k8s.io', false),
  webSocket('', false),
];

const current = dialects.filter(({ name }) => name === 'SPDY v4.channel.k8s.io' || name.includes('v5'));

async function serve(
  streams: RemoteCommandStreams,
  run: (session: RemoteCommandSession) => Promise<unknown>,
): Promise<UpgradeServer> {
  return servers.plain(async (upgraded) => run(await acceptRemoteCommand(upgraded, { clock, streams })));
}

function open(server: UpgradeServer, dialect: Dialect, streams: RemoteCommandStreams): Promise<RemoteCommandClient> {
  return openRemoteCommand(server.target, { clock, streams, dialect: dialect.dialect, protocols: dialect.protocols });
}

describe.each(dialects)('a remote command over $name', (dialect) => {
  test('gets its input, and gives output, errors and its end to the client', async () => {
    const server = await serve(everything, async (session) => {
      expect(session.protocol).toBe(dialect.agreed);
      const { value } = await session.stdin![Symbol.asyncIterator]().next();
      await session.stdout!.write(Buffer.from(`out ${String(value)}`));
      await session.stderr!.write(Buffer.from('err'));
      await session.end({ exitCode: 0 });
    });
    const client = await open(server, dialect, everything);
    await client.stdin!.write(Buffer.from('hello'));
    expect(await Promise.all([textOf(client.stdout), textOf(client.stderr)])).toEqual(['out hello', 'err']);
    expect(await client.outcome).toEqual({ exitCode: 0 });
    await server.empty();
  });

  test('tells how it failed', async () => {
    const server = await serve(everything, (session) => session.end({ exitCode: 7 }));
    const client = await open(server, dialect, everything);
    expect(await client.outcome).toEqual(
      dialect.exitCodes ? { exitCode: 7 } : { error: 'command terminated with non-zero exit code: 7' },
    );
  });

  test('tells why it could not run', async () => {
    const server = await serve(everything, (session) => session.end({ error: 'no such shell' }));
    const client = await open(server, dialect, everything);
    expect(await client.outcome).toEqual({ error: 'Internal error occurred: no such shell' });
  });

  test('ends its input when the client half-closes or goes', async () => {
    const input = deferred<string>();
    const server = await serve(everything, async (session) => {
      input.resolve(await textOf(session.stdin));
      await session.end({ exitCode: 0 });
    });
    const client = await open(server, dialect, everything);
    await client.stdin!.write(Buffer.from('all of it'));
    await client.stdin!.close();
    if (!dialect.endOfInput) await client.close();
    expect(await input.promise).toBe('all of it');
    await server.empty();
  });
});

describe.each(current)('a session over $name', (dialect) => {
  test('tells the sizes of the terminal, and gives it no stderr', async () => {
    const sizes: unknown[] = [];
    const server = await serve(terminal, async (session) => {
      expect(session.stderr).toBeUndefined();
      for await (const size of session.resize!) if (sizes.push(size) === 2) break;
      await session.end({ exitCode: 0 });
    });
    const client = await open(server, dialect, terminal);
    await client.resize({ width: 101, height: 31 });
    await client.resize({ width: 100, height: 30 });
    expect(await client.outcome).toEqual({ exitCode: 0 });
    expect(sizes).toEqual([
      { width: 101, height: 31 },
      { width: 100, height: 30 },
    ]);
  });

  test('delivers everything before the status, however slow the reader is', async () => {
    const total = 3_000_000;
    const server = await serve(everything, async (session) => {
      for (const chunk of noise(total)) void session.stdout!.write(chunk);
      await session.end({ exitCode: 3 });
    });
    const client = await open(server, dialect, everything);
    let received = 0;
    for await (const chunk of client.stdout!) {
      received += chunk.length;
      await clock.turn();
    }
    expect(received).toBe(total);
    expect(await client.outcome).toEqual({ exitCode: 3 });
  });

  test('carries 20 MB there and back unchanged', async () => {
    const total = 20_000_000;
    const server = await servers.tls(async (upgraded) => {
      const session = await acceptRemoteCommand(upgraded, { clock, streams: everything });
      for await (const chunk of session.stdin!) await session.stdout!.write(chunk);
      await session.end({ exitCode: 0 });
    });
    const client = await open(server, dialect, everything);
    const back = digestOf(client.stdout!);
    for (const chunk of noise(total)) await client.stdin!.write(chunk);
    await client.stdin!.close();
    expect(await back).toBe(await digestOf(noise(total)));
    expect(await client.outcome).toEqual({ exitCode: 0 });
  });

  test('makes a writer wait for a reader that does not read', async () => {
    let written = 0;
    let stalled!: () => void;
    const stall = new Promise<void>((resolve) => (stalled = resolve));
    const server = await serve(everything, async (session) => {
      for (;;) {
        const done = session.stdout!.write(Buffer.alloc(64 * 1024)).then(
          () => 'done',
          () => 'gone',
        );
        const first = await Promise.race([done, clock.sleep(300).then(() => 'waits')]);
        if (first !== 'done') break;
        written += 64 * 1024;
      }
      stalled();
      await once(session.gone, 'abort');
    });
    const client = await open(server, dialect, everything);
    await stall;
    expect(written).toBeLessThan(16 * 1024 * 1024);
    client.destroy();
  });

  test('makes the client wait for a command that does not read', async () => {
    const server = await serve(everything, (session) => once(session.gone, 'abort'));
    const client = await open(server, dialect, everything);
    let written = 0;
    for (;;) {
      const done = client.stdin!.write(Buffer.alloc(64 * 1024)).then(() => 'done');
      if ((await Promise.race([done, clock.sleep(300).then(() => 'waits')])) === 'waits') break;
      written += 64 * 1024;
    }
    expect(written).toBeLessThan(16 * 1024 * 1024);
    client.destroy();
  });

  test('ends well although the client still sends what nobody reads', async () => {
    const stalled = deferred();
    const server = await servers.tls(async (upgraded) => {
      const session = await acceptRemoteCommand(upgraded, { clock, streams: everything });
      await stalled.promise;
      await session.stdout!.write(Buffer.from('enough'));
      await session.end({ exitCode: 9 });
    });
    const client = await open(server, dialect, everything);
    const pour = async (): Promise<void> => {
      for (;;) await client.stdin!.write(Buffer.alloc(64 * 1024));
    };
    pour().catch(() => undefined);
    await clock.sleep(300);
    stalled.resolve();
    expect(await textOf(client.stdout)).toBe('enough');
    expect(await client.outcome).toEqual({ exitCode: 9 });
    await server.empty();
  });

  test('fails a command that writes without a pause as soon as its client leaves', async () => {
    const failure = deferred<unknown>();
    const server = await serve(everything, async (session) => {
      const pour = async (): Promise<void> => {
        for (;;) await session.stdout!.write(Buffer.from('y\n'));
      };
      failure.resolve(await pour().catch((error: unknown) => error));
    });
    const client = await open(server, dialect, everything);
    await client.stdout![Symbol.asyncIterator]().next();
    await client.close();
    expect(await failure.promise).toMatchObject({ code: expect.stringMatching(/PEER_GONE|RESET/) as unknown });
    await server.empty();
  });

  test.each(['reading', 'not reading'])('knows within a second that a client vanished while it is %s', async (how) => {
    let gone!: (after: number) => void;
    const noticed = new Promise<number>((resolve) => (gone = resolve));
    let destroyedAt = 0;
    const server = await serve(everything, async (session) => {
      session.gone.addEventListener('abort', () => gone(performance.now() - destroyedAt));
      if (how === 'reading') await textOf(session.stdin);
    });
    const client = await open(server, dialect, everything);
    if (how === 'not reading') {
      for (;;) {
        const done = client.stdin!.write(Buffer.alloc(64 * 1024)).then(
          () => 'done',
          () => 'gone',
        );
        if ((await Promise.race([done, clock.sleep(300).then(() => 'waits')])) === 'waits') break;
      }
    }
    destroyedAt = performance.now();
    client.destroy();
    expect(await noticed).toBeLessThan(1_000);
    await server.empty();
  });
});
