import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { deferred, systemClock } from '@virtual-kubelet/base';
import { afterEach, describe, expect, test } from 'vitest';
import { acceptPortForward, openPortForward } from './index.js';
import type { ForwardedConnection, OpenPortForwardOptions, PortForwardClient, PortForwardSession } from './index.js';
import { digestOf, noise, textOf, upgradeServers } from './upgrade-server.test-kit.js';
import type { UpgradeServer } from './upgrade-server.test-kit.js';

const clock = systemClock;
const servers = upgradeServers();
afterEach(() => servers.cleanUp());

interface Dialect {
  readonly name: string;
  readonly agreed: string;
  readonly options: Omit<OpenPortForwardOptions, 'clock'>;
}

const channels = (protocols: readonly string[], agreed: string): Dialect => ({
  name: `WebSocket channels ${agreed}`,
  agreed,
  options: { dialect: 'channels', protocols, ports: [80, 8080] },
});

const spdy: Dialect = { name: 'SPDY', agreed: 'portforward.k8s.io', options: { dialect: 'spdy' } };
const tunnel: Dialect = { name: 'tunnel', agreed: 'SPDY/3.1+portforward.k8s.io', options: { dialect: 'tunnel' } };
const legacy = channels(['v4.channel.k8s.io'], 'v4.channel.k8s.io');
const dialects: readonly Dialect[] = [
  spdy,
  tunnel,
  legacy,
  channels(['v4.base64.channel.k8s.io'], 'v4.base64.channel.k8s.io'),
  channels(['v5.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io'], 'v4.channel.k8s.io'),
  channels([], 'channel.k8s.io'),
];
const withStreams = [spdy, tunnel];

async function serve(
  onConnection: (connection: ForwardedConnection) => Promise<unknown>,
  onSession: (session: PortForwardSession) => void = () => undefined,
): Promise<UpgradeServer> {
  return servers.plain(async (upgraded) => {
    const session = await acceptPortForward(upgraded, { clock });
    onSession(session);
    const all: Promise<unknown>[] = [];
    for await (const connection of session.connections) all.push(onConnection(connection));
    await Promise.all(all);
  });
}

function open(server: UpgradeServer, { options }: Dialect): Promise<PortForwardClient> {
  return openPortForward(server.target, { clock, ...options });
}

async function echo({ readable, writable, closeWrite }: ForwardedConnection): Promise<void> {
  for await (const chunk of readable) await writable.write(chunk);
  await closeWrite();
}

describe.each(dialects)('port-forwarding over $name', (dialect) => {
  test('connects to each port, both ways', async () => {
    const protocols: string[] = [];
    const server = await serve(
      async ({ port, readable, writable, closeWrite }) => {
        const { value } = await readable[Symbol.asyncIterator]().next();
        await writable.write(Buffer.from(`${port} ${String(value)}`));
        await closeWrite();
      },
      ({ protocol }) => protocols.push(protocol),
    );
    const client = await open(server, dialect);
    const [first, second] = await Promise.all([client.connect(80), client.connect(8080)]);
    await Promise.all([first.writable.write(Buffer.from('a')), second.writable.write(Buffer.from('b'))]);
    expect(await Promise.all([textOf(first.readable), textOf(second.readable)])).toEqual(['80 a', '8080 b']);
    expect(await first.error).toBe('');
    expect(protocols).toEqual([dialect.agreed]);
    await client.close();
    await server.empty();
  });

  test('tells why a port cannot be reached, and serves the other one', async () => {
    const server = await serve((connection) =>
      connection.port === 80 ? connection.fail('connection refused') : connection.closeWrite(),
    );
    const client = await open(server, dialect);
    const bad = await client.connect(80);
    const good = await client.connect(8080);
    expect(await textOf(good.readable)).toBe('');
    expect(await bad.error).toBe('connection refused');
    await client.close();
    await server.empty();
  });

  test('tells all its connections when the client vanishes', async () => {
    const served = deferred();
    const noticed: string[] = [];
    const server = await serve(async ({ port, readable, gone }) => {
      gone.addEventListener('abort', () => noticed.push(`gone ${port}`));
      if (port === 8080) served.resolve();
      await textOf(readable);
      noticed.push(`ended ${port}`);
    });
    const client = await open(server, dialect);
    await client.connect(80);
    await client.connect(8080);
    await served.promise;
    client.destroy();
    await server.empty();
    await clock.turn();
    expect(noticed.toSorted()).toEqual(['ended 80', 'ended 8080', 'gone 80', 'gone 8080']);
  });
});

describe.each(withStreams)('a connection over $name', (dialect) => {
  test('can be half-closed by the client: the answer comes after the end of the question', async () => {
    const server = await serve(async ({ readable, writable, closeWrite }) => {
      await writable.write(Buffer.from(`got ${await textOf(readable)}`));
      await closeWrite();
    });
    const client = await open(server, dialect);
    const connection = await client.connect(80);
    await connection.writable.write(Buffer.from('question'));
    await connection.closeWrite();
    expect(await textOf(connection.readable)).toBe('got question');
  });

  test('can be half-closed by the pod: what the client still sends arrives', async () => {
    const rest = deferred<string>();
    const server = await serve(async ({ readable, closeWrite }) => {
      await closeWrite();
      rest.resolve(await textOf(readable));
    });
    const client = await open(server, dialect);
    const connection = await client.connect(80);
    expect(await textOf(connection.readable)).toBe('');
    expect(await connection.error).toBe('');
    await connection.writable.write(Buffer.from('the rest'));
    await connection.closeWrite();
    expect(await rest.promise).toBe('the rest');
  });

  test('is gone when the client resets it, and the session goes on', async () => {
    const gone = deferred<number>();
    const server = await serve(async (connection) => {
      connection.gone.addEventListener('abort', () => gone.resolve(connection.port));
      await echo(connection);
    });
    const client = await open(server, dialect);
    (await client.connect(80)).reset();
    expect(await gone.promise).toBe(80);
    const next = await client.connect(81);
    await next.closeWrite();
    expect(await textOf(next.readable)).toBe('');
  });

  test('ends without an error when the client resets it after the pod is done', async () => {
    const server = await serve((connection) => connection.closeWrite());
    const client = await open(server, dialect);
    const connection = await client.connect(80);
    expect(await textOf(connection.readable)).toBe('');
    connection.reset();
    expect(await connection.error).toBe('');
  });

  test('does not stop the others when nobody reads it', async () => {
    const server = await serve((connection) =>
      connection.port === 80 ? once(connection.gone, 'abort') : echo(connection),
    );
    const client = await open(server, dialect);
    const stuck = await client.connect(80);
    await stuck.writable.write(Buffer.alloc(100_000));
    const other = await client.connect(81);
    await other.writable.write(Buffer.from('still here'));
    await other.closeWrite();
    expect(await textOf(other.readable)).toBe('still here');
    client.destroy();
  });

  test('makes the client wait for a pod that does not read', async () => {
    const server = await serve((connection) => once(connection.gone, 'abort'));
    const client = await open(server, dialect);
    const { writable } = await client.connect(80);
    let written = 0;
    for (;;) {
      const done = writable.write(Buffer.alloc(64 * 1024)).then(() => 'done');
      if ((await Promise.race([done, clock.sleep(300).then(() => 'waits')])) === 'waits') break;
      written += 64 * 1024;
    }
    expect(written).toBeLessThan(16 * 1024 * 1024);
    client.destroy();
  });

  test('can be one of 200 at once, to a real port, with every byte in its place', async () => {
    const pod = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
    pod.listen(0, '127.0.0.1');
    await once(pod, 'listening');
    const { port } = pod.address() as AddressInfo;
    const server = await servers.tls(async (upgraded) => {
      const session = await acceptPortForward(upgraded, { clock });
      for await (const connection of session.connections) splice(connection).catch(() => undefined);
    });
    const client = await open(server, dialect);
    const size = 100_000;
    const digests = Array.from({ length: 200 }, async () => {
      const connection = await client.connect(port);
      const digest = digestOf(connection.readable);
      for (const chunk of noise(size, 10_000)) await connection.writable.write(chunk);
      await connection.closeWrite();
      return digest;
    });
    const sent = await digestOf(noise(size, 10_000));
    expect(new Set(await Promise.all(digests))).toEqual(new Set([sent]));
    await client.close();
    await server.empty();
    pod.close();
    await once(pod, 'close');
  });
});

async function splice({ port, readable, writable, closeWrite }: ForwardedConnection): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const up = async (): Promise<void> => {
    for await (const chunk of readable) if (!socket.write(chunk)) await once(socket, 'drain');
    socket.end();
  };
  const down = async (): Promise<void> => {
    for await (const chunk of socket) await writable.write(chunk as Buffer);
    await closeWrite();
  };
  await Promise.all([up(), down()]);
}
