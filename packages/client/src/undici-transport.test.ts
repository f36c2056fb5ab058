import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server as TcpServer, Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { deferred, metricRegistry, Sensitive } from '@virtual-kubelet/base';
import type { Transport, TransportRequest } from '@virtual-kubelet/base';
import { fixedCredentials } from './credentials/credentials.js';
import type { Credentials } from './credentials/credentials.js';
import { TransportError } from './transport/transport-error.js';
import { undiciTransport } from './undici-transport.js';
import type { UndiciTransportOptions } from './undici-transport.js';

const systemAuthorities = { current: () => Promise.resolve(undefined), distrusted: () => Promise.resolve(false) };

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function listening(server: Server | TcpServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

function transportTo(port: number, options: Partial<UndiciTransportOptions> = {}): Transport {
  const transport = undiciTransport({
    server: `http://127.0.0.1:${port}`,
    credentials: fixedCredentials({}),
    authorities: systemAuthorities,
    ...options,
  });
  cleanups.push(() => transport.close());
  return transport;
}

async function serving(handler: Handler, options: Partial<UndiciTransportOptions> = {}) {
  const server = createServer(handler);
  let connections = 0;
  server.on('connection', () => (connections += 1));
  const port = await listening(server);
  return { server, port, transport: transportTo(port, options), connections: () => connections };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const get: TransportRequest = { method: 'GET', path: '/' };
const text = (body: Uint8Array): string => Buffer.from(body).toString();

async function failure(promise: Promise<unknown>): Promise<TransportError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof TransportError) return thrown;
  throw new Error('expected a TransportError', { cause: thrown });
}

describe('a request', () => {
  it('sends what it is made of and gives the whole answer', async () => {
    const { port, transport } = await serving((request, response) => {
      void bodyOf(request).then((body) => {
        const { method, url, headers } = request;
        response.writeHead(201, { 'x-answer': ['a', 'b'] });
        response.end(JSON.stringify({ method, url, headers, body }));
      });
    });
    const answer = await transport.request({
      method: 'PATCH',
      path: '/api/v1/pods?x=%2F',
      headers: { accept: 'application/json' },
      body: '{"é":1}',
    });
    expect(answer.status).toBe(201);
    expect(answer.headers['x-answer']).toBe('a, b');
    expect(JSON.parse(text(answer.body))).toEqual({
      method: 'PATCH',
      url: '/api/v1/pods?x=%2F',
      headers: {
        host: `127.0.0.1:${port}`,
        connection: 'keep-alive',
        'user-agent': 'virtual-kubelet',
        accept: 'application/json',
        'content-length': '8',
      },
      body: '{"é":1}',
    });
  });

  it('puts the path of the server before its own, and names its user agent', async () => {
    const { port } = await serving(({ url, headers }, response) => response.end(url + String(headers['user-agent'])));
    const transport = transportTo(port, { server: `http://127.0.0.1:${port}/k8s/c1/`, userAgent: 'vk/1' });
    expect(text((await transport.request({ ...get, path: '/api' })).body)).toBe('/k8s/c1/apivk/1');
  });

  it('takes every status for an answer and follows no redirect', async () => {
    const { transport } = await serving((_, response) => response.writeHead(307, { location: '/elsewhere' }).end('x'));
    const answer = await transport.request({ ...get, headers: { authorization: 'Bearer t' } });
    expect([answer.status, answer.headers['location'], text(answer.body)]).toEqual([307, '/elsewhere', 'x']);
  });

  it('leaves its connection to the next one, whatever the method and the body', async () => {
    const lengths: unknown[] = [];
    const { transport, connections } = await serving(
      (request, response) => {
        lengths.push(request.headers['content-length'] ?? request.headers['transfer-encoding']);
        request.resume().on('end', () => response.end('x'.repeat(5000)));
      },
      { connections: { pods: 1 } },
    );
    await transport.request(get);
    await transport.request({ method: 'DELETE', path: '/' });
    await transport.request({ method: 'DELETE', path: '/', body: '{}' });
    await transport.request({ method: 'POST', path: '/', body: '{}' });
    expect(lengths).toEqual([undefined, undefined, '2', '2']);
    expect(connections()).toBe(1);
  });

  it('gives a body in many pieces as one', async () => {
    const { transport } = await serving((_, response) => {
      for (let i = 0; i < 50; i++) response.write(`${i},`.repeat(1000));
      response.end();
    });
    const expected = Array.from({ length: 50 }, (_, i) => `${i},`.repeat(1000)).join('');
    expect(text((await transport.request(get)).body)).toBe(expected);
  });

  it('ends with an error when the body is larger than the limit', async () => {
    const { transport } = await serving((_, response) => response.end('x'.repeat(1001)), { mostBytes: 1000 });
    const error = await failure(transport.request(get));
    expect(error).toMatchObject({ kind: 'size', code: 'VK_API_UNREACHABLE', exit: 4 });
    expect(error.message).toContain('larger than 1000 bytes');
  });

  it('waits for nobody on another lane, and lanes have their number of connections', async () => {
    const waiting: ServerResponse[] = [];
    const arrived = deferred();
    const { transport, connections } = await serving(
      ({ url }, response) => {
        if (url === '/now') return void response.end();
        waiting.push(response);
        if (waiting.length === 3) arrived.resolve();
      },
      { connections: { pods: 3 } },
    );
    const stuck = Array.from({ length: 10 }, () => transport.request({ ...get, path: '/stuck' }));
    await arrived.promise;
    const quick = { ...get, path: '/now' };
    const beats = Array.from({ length: 5 }, () => transport.request({ ...quick, lane: 'heartbeat' }));
    const events = Array.from({ length: 5 }, () => transport.request({ ...quick, lane: 'events' }));
    await Promise.all([...beats, ...events]);
    expect(waiting).toHaveLength(3);
    expect(connections()).toBe(3 + 2 + 1);
    for (let done = 0; done < 10; done += 1) {
      while (waiting.length === 0) await new Promise(setImmediate);
      waiting.shift()?.end();
    }
    await Promise.all(stuck);
  });
});

describe('a request that is given up', () => {
  it('ends at once with the reason as its cause, and its connection is not used again', async () => {
    const arrived = deferred<ServerResponse>();
    const { transport } = await serving((_, response) => arrived.resolve(response));
    const controller = new AbortController();
    const pending = failure(transport.request({ ...get, signal: controller.signal }));
    const response = await arrived.promise;
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await pending).toMatchObject({ kind: 'aborted', cause: reason, maybeSent: true });
    if (!response.closed) await once(response, 'close');
  });

  it('ends at once even while it waits for a connection', async () => {
    const arrived = deferred();
    const { transport } = await serving(() => arrived.resolve(), { connections: { pods: 1 } });
    void transport.request(get).catch(() => undefined);
    await arrived.promise;
    const controller = new AbortController();
    const pending = failure(transport.request({ ...get, signal: controller.signal }));
    await new Promise(setImmediate);
    controller.abort();
    expect(await pending).toMatchObject({ kind: 'aborted' });
  });

  it('before it began is never sent', async () => {
    const { transport, connections } = await serving((_, response) => response.end());
    const error = await failure(transport.request({ ...get, signal: AbortSignal.abort() }));
    expect(error.kind).toBe('aborted');
    expect((await failure(transport.stream({ ...get, signal: AbortSignal.abort() }))).kind).toBe('aborted');
    expect(connections()).toBe(0);
  });

  it('does not wait for credentials that are slow', async () => {
    const credentials: Credentials = { ...fixedCredentials({}), current: () => new Promise(() => undefined) };
    const { transport } = await serving((_, response) => response.end(), { credentials });
    const controller = new AbortController();
    const pending = failure(transport.request({ ...get, signal: controller.signal }));
    controller.abort();
    expect((await pending).kind).toBe('aborted');
  });
});

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
    cleanups.push(() => void server.close());
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

describe('credentials', () => {
  /** Gives `old` until it is refused, then `new`. */
  function renewable(renews = true): Credentials & { refusals: number } {
    const of = (token: string) => ({ authorization: new Sensitive(`Bearer ${token}`) });
    let current = of('old');
    return {
      refusals: 0,
      current: () => Promise.resolve(current),
      unauthorized() {
        this.refusals += 1;
        if (renews) current = of('new');
        return Promise.resolve(renews);
      },
      close: () => undefined,
    };
  }
  const seen: unknown[] = [];
  const picky: Handler = (request, response) => {
    void bodyOf(request).then((body) => {
      seen.push([request.headers.authorization, body]);
      response.statusCode = request.headers.authorization === 'Bearer new' ? 200 : 401;
      response.end('x');
    });
  };

  it('are shown with every request, impersonation included', async () => {
    const credentials = fixedCredentials({
      authorization: new Sensitive('Bearer t'),
      headers: { 'impersonate-user': 'bob', 'impersonate-group': ['a,b', 'c'] },
    });
    const { transport } = await serving(({ rawHeaders }, response) => response.end(JSON.stringify(rawHeaders)), {
      credentials,
    });
    const raw = JSON.parse(text((await transport.request(get)).body)) as string[];
    expect(raw.join('|')).toContain('impersonate-user|bob|impersonate-group|a,b|impersonate-group|c');
    expect(raw.join('|')).toContain('authorization|Bearer t');
  });

  it('are renewed when the server refuses them, and the request is repeated whole', async () => {
    seen.length = 0;
    const { transport } = await serving(picky, { credentials: renewable() });
    const answer = await transport.request({ method: 'POST', path: '/', body: 'body' });
    expect(answer.status).toBe(200);
    expect(seen).toEqual([
      ['Bearer old', 'body'],
      ['Bearer new', 'body'],
    ]);
    const { transport: other } = await serving(picky, { credentials: renewable() });
    const stream = await other.stream(get);
    expect(stream.status).toBe(200);
  });

  it('are renewed once for a request, and not at all where there is nothing newer', async () => {
    seen.length = 0;
    const never: Handler = (_, response) => response.writeHead(401).end('no');
    const credentials = renewable();
    const { transport } = await serving(never, { credentials });
    const answer = await transport.request(get);
    expect([answer.status, text(answer.body), credentials.refusals]).toEqual([401, 'no', 1]);

    const fixed = renewable(false);
    const { transport: other } = await serving(picky, { credentials: fixed });
    expect((await other.request(get)).status).toBe(401);
    expect(seen).toHaveLength(1);
  });

  it('that cannot be had fail the request with their own error', async () => {
    const broken = new Error('no credentials');
    const credentials: Credentials = { ...fixedCredentials({}), current: () => Promise.reject(broken) };
    const { transport } = await serving(picky, { credentials });
    await expect(transport.request(get)).rejects.toBe(broken);
  });
});

describe('the count of requests', () => {
  it('is kept by lane, method, resource and outcome, without names of objects', async () => {
    const metrics = metricRegistry();
    const { transport } = await serving((_, response) => response.writeHead(409).end(), { metrics });
    const request: TransportRequest = { method: 'PATCH', path: '/api/v1/namespaces/n/pods/secret-name/status?x=1' };
    await transport.request(request);
    await transport.request(request);
    await failure(transport.request({ ...request, signal: AbortSignal.abort() }));
    await transport.stream({ method: 'GET', path: '/api/v1/pods?watch=1' });
    await transport.request({ method: 'GET', path: '/version', lane: 'heartbeat' });
    const lines = metrics
      .render()
      .split('\n')
      .filter((line) => line.startsWith('virtual_kubelet_api'));
    expect(lines).toEqual([
      'virtual_kubelet_api_requests_total{lane="pods",method="PATCH",resource="pods/status",status="409"} 2',
      'virtual_kubelet_api_requests_total{lane="watch",method="GET",resource="pods",status="409"} 1',
      'virtual_kubelet_api_requests_total{lane="heartbeat",method="GET",resource="other",status="409"} 1',
    ]);
  });
});

describe('closing', () => {
  it('ends what is under way and refuses what comes later', async () => {
    const arrived = deferred();
    let requests = 0;
    const { transport } = await serving((_, response) => {
      requests += 1;
      if (requests === 1) response.write('first');
      else arrived.resolve();
    });
    const stream = await transport.stream(get);
    const pending = failure(transport.request(get));
    await arrived.promise;
    await transport.close();
    expect(await pending).toMatchObject({ kind: 'closed' });
    const read = async (): Promise<void> => {
      for await (const _ of stream.body);
    };
    expect(await failure(read())).toMatchObject({ kind: 'closed' });
    expect(await failure(transport.request(get))).toMatchObject({ kind: 'closed', maybeSent: false });
    expect(await failure(transport.upgrade(get))).toMatchObject({ kind: 'closed' });
  });

  it('closes the credentials too', async () => {
    let closed = 0;
    const credentials: Credentials = { ...fixedCredentials({}), close: () => (closed += 1) };
    const { transport } = await serving((_, response) => response.end(), { credentials });
    await transport.close();
    expect(closed).toBe(1);
  });
});
