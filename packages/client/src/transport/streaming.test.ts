import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { deferred } from '@virtual-kubelet/base';
import type { TransportConnection, TransportRequest } from '@virtual-kubelet/base';
import type { Credentials } from '../credentials/credentials.js';
import { localServers } from './local-server.test-kit.js';

const servers = localServers();
const { serving } = servers;
afterEach(() => servers.cleanUp());

const get: TransportRequest = { method: 'GET', path: '/api/v1/pods?watch=1' };

async function next(iterator: AsyncIterator<Uint8Array>): Promise<string | undefined> {
  const { done, value } = await iterator.next();
  return done ? undefined : Buffer.from(value).toString();
}

/** A server that writes nothing by itself: the test holds the response. */
async function watching() {
  const arrived = deferred<ServerResponse>();
  const { transport } = await serving((_, response) => {
    response.flushHeaders();
    arrived.resolve(response);
  });
  return { transport, arrived: arrived.promise };
}

describe('a stream', () => {
  it('gives each piece when it comes, and ends when the server ends it', async () => {
    const { transport, arrived } = await watching();
    const { status, body } = await transport.stream(get);
    const response = await arrived;
    const iterator = body[Symbol.asyncIterator]();
    expect(status).toBe(200);
    response.write('one');
    expect(await next(iterator)).toBe('one');
    response.write('two');
    expect(await next(iterator)).toBe('two');
    response.end();
    expect(await next(iterator)).toBeUndefined();
  });

  it('has a connection of its own, however many there are', async () => {
    const open: ServerResponse[] = [];
    const { transport } = await serving((_, response) => {
      open.push(response);
      response.write('x');
    });
    const streams = await Promise.all(Array.from({ length: 30 }, () => transport.stream(get)));
    expect(new Set(open.map((response) => response.socket?.remotePort)).size).toBe(30);
    expect(streams).toHaveLength(30);
  });

  it('closes its connection when its reader leaves', async () => {
    const { transport, arrived } = await watching();
    const { body } = await transport.stream(get);
    const response = await arrived;
    response.write('x');
    const closed = once(response, 'close');
    for await (const _ of body) break;
    expect(await closed).toBeDefined();
  });

  it('closes its connection when its reader leaves before the first piece', async () => {
    const { transport, arrived } = await watching();
    const { body } = await transport.stream(get);
    const closed = once(await arrived, 'close');
    const iterator = body[Symbol.asyncIterator]();
    await iterator.return?.();
    expect(await closed).toBeDefined();
  });

  it('ends with the reason of its signal', async () => {
    const { transport, arrived } = await watching();
    const controller = new AbortController();
    const { body } = await transport.stream({ ...get, signal: controller.signal });
    const closed = once(await arrived, 'close');
    const reading = next(body[Symbol.asyncIterator]());
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(reading).rejects.toMatchObject({ name: 'TransportError', kind: 'aborted', cause: reason });
    await closed;
  });

  it('that is cut in the middle is an error, not an end', async () => {
    const { transport, arrived } = await watching();
    const { body } = await transport.stream(get);
    const response = await arrived;
    const iterator = body[Symbol.asyncIterator]();
    response.write('{"half":');
    expect(await next(iterator)).toBe('{"half":');
    response.socket?.destroy();
    await expect(next(iterator)).rejects.toMatchObject({ kind: 'reset' });
  });

  it('that breaks while nobody reads harms nobody, and tells the one who reads later', async () => {
    const { transport, arrived } = await watching();
    const { body } = await transport.stream(get);
    const { socket } = await arrived;
    const closed = socket && once(socket, 'close');
    socket?.destroy();
    await closed;
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    await expect(next(body[Symbol.asyncIterator]())).rejects.toMatchObject({ kind: 'reset' });
  });

  it('that nobody reads holds the server back instead of filling memory', async () => {
    const { transport, arrived } = await watching();
    const { body } = await transport.stream(get);
    const response = await arrived;
    const chunk = Buffer.alloc(1024 * 1024);
    for (let i = 0; i < 64; i++) response.write(chunk);
    for (let i = 0; i < 300; i++) await new Promise(setImmediate);
    expect(response.writableLength).toBeGreaterThan(32 * chunk.length);
    response.end();
    let size = 0;
    for await (const piece of body) size += piece.length;
    expect(size).toBe(64 * chunk.length);
  });
});

/** A server that switches protocols and leaves the socket to the test. */
async function upgrading(credentials?: Credentials) {
  const { server, transport } = await serving(undefined, credentials === undefined ? {} : { credentials });
  const arrived = deferred<{ readonly request: IncomingMessage; readonly socket: Duplex }>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined);
    if (credentials !== undefined && request.headers['x-user'] !== 'new')
      return socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${request.headers.upgrade}\r\n\r\nhead`,
    );
    return arrived.resolve({ request, socket });
  });
  return { transport, arrived: arrived.promise };
}

const spdy: TransportRequest = {
  method: 'POST',
  path: '/exec',
  headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' },
};

describe('an upgrade', () => {
  it('asks for the protocol of its header and gives a two-way connection, with what came along', async () => {
    const { transport, arrived } = await upgrading();
    const connection = await transport.upgrade(spdy);
    const { request, socket } = await arrived;
    expect(request).toMatchObject({
      method: 'POST',
      headers: { connection: 'upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' },
    });
    expect(connection.headers['upgrade']).toBe('SPDY/3.1');
    const iterator = connection.readable[Symbol.asyncIterator]();
    expect(await next(iterator)).toBe('head');
    await connection.write(Buffer.from('ping'));
    expect(String((await once(socket, 'data'))[0])).toBe('ping');
    socket.write('pong');
    expect(await next(iterator)).toBe('pong');
    socket.resume();
    const ended = once(socket, 'end');
    await connection.end();
    await ended;
    socket.end();
    expect(await next(iterator)).toBeUndefined();
  });

  it('is refused by any other answer, which comes with the error', async () => {
    const { transport } = await serving((_, response) => response.writeHead(403, { 'x-why': 'rbac' }).end('forbidden'));
    const thrown = await transport.upgrade(spdy).catch((error: unknown) => error);
    expect(thrown).toMatchObject({
      kind: 'upgrade',
      response: { status: 403, headers: { 'x-why': 'rbac' } },
      message: expect.stringContaining('answered 403 instead of switching protocols'),
    });
    expect(thrown).toHaveProperty('response.body', Buffer.from('forbidden'));
  });

  it('is tried again with newer credentials', async () => {
    let user = 'old';
    const all = new Map(['old', 'new'].map((name) => [name, { headers: { 'x-user': name } }]));
    const { transport, arrived } = await upgrading({
      current: () => Promise.resolve(all.get(user) ?? {}),
      unauthorized: () => {
        user = 'new';
        return Promise.resolve(true);
      },
      close: () => undefined,
    });
    await transport.upgrade(spdy);
    expect((await arrived).request.headers['x-user']).toBe('new');
  });

  it('makes its writer wait while the peer does not read', async () => {
    const { transport, arrived } = await upgrading();
    const connection = await transport.upgrade(spdy);
    const { socket } = await arrived;
    const chunk = Buffer.alloc(4 * 1024 * 1024);
    let written = false;
    const writing = Promise.all([connection.write(chunk), connection.write(chunk)]).then(() => (written = true));
    await new Promise(setImmediate);
    expect(written).toBe(false);
    socket.resume();
    await writing;
  });

  async function open(signal?: AbortSignal): Promise<{ connection: TransportConnection; socket: Duplex }> {
    const { transport, arrived } = await upgrading();
    const connection = await transport.upgrade({ ...spdy, ...(signal === undefined ? {} : { signal }) });
    const { socket } = await arrived;
    socket.resume();
    return { connection, socket };
  }

  it('ends when it is destroyed, and then takes nothing', async () => {
    const { connection, socket } = await open();
    const closed = once(socket, 'end');
    connection.destroy();
    await closed;
    await expect(connection.write(Buffer.from('x'))).rejects.toMatchObject({ kind: 'reset' });
    await expect(connection.end()).rejects.toMatchObject({ kind: 'reset' });
  });

  it('fails a writer that waits when the peer goes away', async () => {
    const { transport, arrived } = await upgrading();
    const connection = await transport.upgrade(spdy);
    const { socket } = await arrived;
    const outcome = connection.write(Buffer.alloc(16 * 1024 * 1024)).catch((error: unknown) => error);
    await new Promise(setImmediate);
    socket.destroy();
    expect(await outcome).toMatchObject({ kind: 'reset' });
  });

  it('that the peer resets while nobody reads harms nobody', async () => {
    const { transport, arrived } = await upgrading();
    const connection = await transport.upgrade(spdy);
    const { socket } = await arrived;
    (socket as Socket).resetAndDestroy();
    const broken = async (): Promise<unknown> => {
      for (;;) {
        const thrown = await connection.write(Buffer.from('x')).catch((error: unknown) => error);
        if (thrown !== undefined) return thrown;
        await new Promise(setImmediate);
      }
    };
    expect(await broken()).toMatchObject({ kind: 'reset' });
  });

  it('ends when the transport is closed', async () => {
    const { transport, arrived } = await upgrading();
    await transport.upgrade(spdy);
    const { socket } = await arrived;
    socket.resume();
    const closed = once(socket, 'end');
    await transport.close();
    expect(await closed).toBeDefined();
  });

  it('ends with its signal', async () => {
    const controller = new AbortController();
    const { connection, socket } = await open(controller.signal);
    const closed = once(socket, 'end');
    controller.abort();
    await closed;
    await expect(connection.write(Buffer.from('x'))).rejects.toMatchObject({ kind: 'aborted' });
  });
});
