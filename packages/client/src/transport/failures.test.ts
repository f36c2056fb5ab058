import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { Transport } from '@virtual-kubelet/base';
import { failure, get, localServers, text } from './local-server.test-kit.js';

const servers = localServers();
const { serving, transportTo, listening } = servers;
afterEach(() => servers.cleanUp());

describe('a broken exchange is named', () => {
  async function raw(talk: (socket: Socket) => void): Promise<Transport> {
    return transportTo(await listening(createTcpServer((socket) => void socket.once('data', () => talk(socket)))));
  }

  it('refused when nobody listens, for all that wait, and works again once somebody does', async () => {
    const server = createServer((_, response) => response.end('back'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const transport = transportTo(port, { connections: { pods: 2 } });
    const errors = await Promise.all(Array.from({ length: 20 }, () => failure(transport.request(get))));
    expect(new Set(errors.map((error) => error.kind))).toEqual(new Set(['refused']));
    expect(errors[0]).toMatchObject({ code: 'VK_API_UNREACHABLE', exit: 4, maybeSent: false });
    expect(errors[0]?.message).toBe(`cannot talk to http://127.0.0.1:${port}: nothing listens there (ECONNREFUSED)`);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    servers.defer(() => server.close());
    expect(text((await transport.request(get)).body)).toBe('back');
  });

  it('dns when the name has no address', async () => {
    const transport = transportTo(0, { server: 'http://no-such-name.invalid:1' });
    expect(await failure(transport.request(get))).toMatchObject({ kind: 'dns', maybeSent: false });
  });

  it('reset when the connection ends before the answer', async () => {
    const transport = await raw((socket) => socket.destroy());
    expect(await failure(transport.request(get))).toMatchObject({ kind: 'reset', maybeSent: true });
  });

  it('reset when the connection ends inside the answer', async () => {
    const transport = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'));
    expect(await failure(transport.request(get))).toMatchObject({ kind: 'reset' });
  });

  it('headers when the answer is not HTTP', async () => {
    const transport = await raw((socket) => socket.end('SSH-2.0-canary\r\n'));
    const error = await failure(transport.request(get));
    expect(error).toMatchObject({ kind: 'headers', maybeSent: true });
    expect(inspect(error, { depth: 5 })).not.toContain('canary');
  });

  it('headers when they are endless', async () => {
    const transport = await raw((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`));
    expect(await failure(transport.request(get))).toMatchObject({ kind: 'headers' });
  });

  it('timeout when no answer comes within the limit', async () => {
    const { port } = await serving(() => undefined);
    const transport = transportTo(port, { timeouts: { headers: 100 } });
    expect(await failure(transport.request(get))).toMatchObject({ kind: 'timeout', maybeSent: true });
  });
});
