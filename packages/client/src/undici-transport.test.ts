import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { deferred } from '@virtual-kubelet/base';
import { fixedCredentials } from './credentials/credentials.js';
import type { Credentials } from './credentials/credentials.js';
import { failure, get, localServers, text } from './transport/local-server.test-kit.js';

const servers = localServers();
const { serving, transportTo } = servers;
afterEach(() => servers.cleanUp());

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
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
