import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestOptions } from 'node:https';
import { createServer, request as tlsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { seededIds, seededRandom, systemClock } from '@virtual-kubelet/base';
import { afterEach, describe, expect, it } from 'vitest';
import type { PlaygroundAuthority, ServedPlayground } from '../index.js';
import { createPlayground, createPlaygroundAuthority, servePlayground } from '../index.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Kubelet {
  readonly port: number;
  /** `METHOD path` of each request, with the client's name. */
  readonly asked: readonly string[];
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A kubelet that asks for client certificates, answers by a handler, and echoes in capitals after an upgrade. */
async function kubelet(authority: PlaygroundAuthority, handler: Handler): Promise<Kubelet> {
  const asked: string[] = [];
  const serving = authority.serving({ ipAddresses: ['127.0.0.1'] });
  const options = {
    cert: serving.certificatePem,
    key: serving.keyPem,
    ca: authority.certificatePem,
    requestCert: true,
    rejectUnauthorized: false,
  };
  const note = (request: IncomingMessage): void => {
    const socket = request.socket as TLSSocket;
    const { CN } = socket.getPeerCertificate().subject ?? {};
    asked.push(`${request.method} ${request.url} ${socket.authorized ? String(CN) : 'nobody'}`);
  };
  const server = createServer(options, (request, response) => {
    note(request);
    handler(request, response);
  });
  const sockets = new Set<Socket>();
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    note(request);
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${request.headers.upgrade}\r\n\r\n`,
    );
    socket.on('data', (chunk) => socket.write(String(chunk).toUpperCase()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { port: (server.address() as AddressInfo).port, asked };
}

interface World {
  readonly served: ServedPlayground;
  readonly kubelet: Kubelet;
  readonly admin: RequestOptions;
}

const twoContainers = ['a', 'b'].map((name) => ({ name, image: 'x' }));

/** A playground with one node, which runs pod `one` with container `c` and pod `two` with two containers. */
async function world(handler: Handler = (_request, response) => void response.end('ok')): Promise<World> {
  const random = seededRandom(1);
  const authority = createPlaygroundAuthority({ clock: systemClock });
  const playground = createPlayground({ clock: systemClock, random, ids: seededIds(random) });
  const node = await kubelet(authority, handler);
  const served = await servePlayground({ playground, authority });
  closers.push(async () => {
    await served.close();
    playground.close();
  });
  const status = {
    addresses: [
      { type: 'Hostname', address: 'nowhere.invalid' },
      { type: 'InternalIP', address: '127.0.0.1' },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: node.port } },
  };
  const make = (resource: string, body: { readonly metadata: { readonly name: string } }, namespace?: string): void => {
    const place = { apiVersion: 'v1', resource, ...(namespace === undefined ? {} : { namespace }) };
    playground.server.request({ verb: 'create', ...place, body });
  };
  make('nodes', { metadata: { name: 'n' }, ...{ status } });
  const pod = (name: string, containers: readonly object[], nodeName?: string) =>
    make(
      'pods',
      { metadata: { name }, ...{ spec: { containers, ...(nodeName === undefined ? {} : { nodeName }) } } },
      'default',
    );
  pod('one', [{ name: 'c', image: 'x' }], 'n');
  pod('two', twoContainers, 'n');
  pod('unbound', [{ name: 'c', image: 'x' }]);
  const { certificatePem, keyPem } = authority.client({ username: 'ann' });
  return { served, kubelet: node, admin: { cert: certificatePem, key: keyPem } };
}

function open({ served, admin }: World, options: RequestOptions) {
  const { certificatePem: ca } = served.authority;
  return tlsRequest({ host: '127.0.0.1', port: served.port, ca, agent: false, ...admin, ...options });
}

async function get(from: World, path: string, options: RequestOptions = {}) {
  const request = open(from, { path, ...options });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, text };
}

const pods = '/api/v1/namespaces/default/pods';
const server = 'kube-apiserver-kubelet-client';

describe('logs', () => {
  it('come from the kubelet, in its words, asked by a client it can believe', async () => {
    const from = await world((_request, response) => void response.end('line\n'));
    const query = 'follow=true&container=c&tailLines=2&sinceTime=2026-01-01T00:00:00Z&pretty=true';
    expect(await get(from, `${pods}/one/log?${query}`)).toEqual({ status: 200, text: 'line\n' });
    expect(from.kubelet.asked).toEqual([
      `GET /containerLogs/default/one/c?follow=true&sinceTime=2026-01-01T00%3A00%3A00Z&tailLines=2 ${server}`,
    ]);
  });

  it('arrive as they come', async () => {
    let write: (text: string) => void = () => undefined;
    const from = await world((_request, response) => {
      write = (text) => void response.write(text);
      write('first\n');
    });
    const request = open(from, { path: `${pods}/one/log?follow=true` });
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(String((await once(response, 'data'))[0])).toBe('first\n');
    write('second\n');
    expect(String((await once(response, 'data'))[0])).toBe('second\n');
    response.destroy();
  });

  it('end with the client: the kubelet sees it go', async () => {
    let gone = false;
    const from = await world((request, response) => {
      response.write('first\n');
      request.once('close', () => (gone = true));
    });
    const request = open(from, { path: `${pods}/one/log?follow=true` });
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response, 'data');
    response.destroy();
    await expect.poll(() => gone).toBe(true);
  });

  it('need a container where there are several, and one that is there', async () => {
    const from = await world();
    const several = await get(from, `${pods}/two/log`);
    expect(several.status).toBe(400);
    expect(several.text).toContain('a container name must be specified for pod two, choose one of: [a b]');
    expect((await get(from, `${pods}/two/log?container=b`)).status).toBe(200);
    expect((await get(from, `${pods}/two/log?container=z`)).text).toContain('container z is not valid for pod two');
    expect((await get(from, `${pods}/unbound/log`)).text).toContain('does not have a host assigned');
    expect((await get(from, `${pods}/missing/log`)).status).toBe(404);
  });

  it('are refused in the words of the kubelet', async () => {
    const from = await world((_request, response) => {
      response.statusCode = 400;
      response.end('container "c" in pod "one" is waiting to start: ContainerCreating\n');
    });
    const { status, text } = await get(from, `${pods}/one/log`);
    expect({ status, ...(JSON.parse(text) as object) }).toMatchObject({
      status: 'Failure',
      reason: 'BadRequest',
      message: 'container "c" in pod "one" is waiting to start: ContainerCreating',
      code: 400,
    });
  });

  it('fail with a reason where no kubelet listens', async () => {
    const from = await world();
    await closers.shift()?.();
    const { status, text } = await get(from, `${pods}/one/log`);
    expect(status).toBe(500);
    expect(text).toContain('error dialing backend');
  });
});

/** Upgrades, and gives the socket. */
async function upgrade(from: World, path: string, options: RequestOptions = {}) {
  const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };
  const request = open(from, { method: 'POST', path, headers, ...options });
  request.end();
  const upgraded = once(request, 'upgrade');
  const answered = once(request, 'response');
  upgraded.catch(() => undefined);
  answered.catch(() => undefined);
  const [response, more] = (await Promise.race([upgraded, answered])) as [IncomingMessage, unknown];
  const socket = more instanceof Socket ? more : undefined;
  return { status: response.statusCode, headers: response.headers, response, socket };
}

describe('exec, attach and port-forward', () => {
  it('are joined with the kubelet byte by byte', async () => {
    const from = await world();
    const { status, socket } = await upgrade(
      from,
      `${pods}/one/exec?command=sh&command=-c&stdin=true&stdout=true&tty=true`,
    );
    expect(status).toBe(101);
    expect(from.kubelet.asked).toEqual([
      `POST /exec/default/one/c?input=1&output=1&tty=1&command=sh&command=-c ${server}`,
    ]);
    socket?.write('echo');
    expect(String((await once(socket as Socket, 'data'))[0])).toBe('ECHO');
    socket?.destroy();
  });

  it('have paths of their own', async () => {
    const from = await world();
    (await upgrade(from, `${pods}/two/attach?container=a&stdout=true`)).socket?.destroy();
    (await upgrade(from, `${pods}/two/portforward?ports=80`, { method: 'GET' })).socket?.destroy();
    expect(from.kubelet.asked).toEqual([
      `POST /attach/default/two/a?output=1 ${server}`,
      `GET /portForward/default/two?port=80 ${server}`,
    ]);
  });

  it('are refused like all other requests', async () => {
    const from = await world();
    const missing = await upgrade(from, `${pods}/missing/exec?command=x`);
    expect(missing.status).toBe(404);
    let text = '';
    for await (const chunk of missing.response) text += String(chunk);
    expect(JSON.parse(text)).toMatchObject({ kind: 'Status', reason: 'NotFound' });
    const stranger = await upgrade(from, `${pods}/one/exec?command=x`, { cert: undefined, key: undefined });
    expect(stranger.status).toBe(401);
    stranger.response.resume();
    expect((await upgrade(from, '/api/v1/pods?watch=true', { method: 'GET' })).status).toBe(400);
    expect(from.kubelet.asked).toEqual([]);
  });

  it('end on both sides when the server closes', async () => {
    const from = await world();
    const { socket } = await upgrade(from, `${pods}/one/exec?command=x`);
    const closed = once(socket as Socket, 'close');
    socket?.resume();
    socket?.on('error', () => undefined);
    await closers.pop()?.();
    await closed;
  });
});

describe('the proxy of a node', () => {
  it('passes everything on: method, path, query, body and failures', async () => {
    const from = await world((request, response) => {
      response.statusCode = 404;
      request.pipe(response);
    });
    const request = open(from, {
      method: 'POST',
      path: '/api/v1/nodes/n/proxy/run/x%2Fy/?a=b%20c',
      headers: { 'x-mine': '1' },
    });
    request.end('body');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(404);
    expect(String((await once(response, 'data'))[0])).toBe('body');
    expect(from.kubelet.asked).toEqual([`POST /run/x%2Fy/?a=b%20c ${server}`]);
    expect((await get(from, '/api/v1/nodes/missing/proxy/healthz')).status).toBe(404);
  });

  it('does not tell the kubelet who asked the API server, or how', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const from = await world((request, response) => {
      seen.push(request.headers);
      response.end();
    });
    await get(from, '/api/v1/nodes/n/proxy/pods', { headers: { cookie: 'secret', accept: 'text/plain' } });
    expect(seen[0]).toMatchObject({ accept: 'text/plain' });
    expect(JSON.stringify(seen)).not.toMatch(/secret|authorization|impersonate/);
  });
});

describe('the metrics API', () => {
  const summary = (uid: string) => ({
    node: { nodeName: 'n', cpu: { usageNanoCores: 2_000_000 }, memory: { workingSetBytes: 2_097_152 } },
    pods: [
      {
        podRef: { name: 'one', namespace: 'default', uid },
        containers: [{ name: 'c', cpu: { usageNanoCores: 1_000_000 }, memory: { workingSetBytes: 1_048_576 } }],
      },
    ],
  });
  const metrics = '/apis/metrics.k8s.io/v1beta1';

  async function measured(): Promise<World> {
    let uid = '';
    const from = await world((_request, response) => void response.end(JSON.stringify(summary(uid))));
    const { metadata } = JSON.parse((await get(from, `${pods}/one`)).text) as { metadata: { uid: string } };
    ({ uid } = metadata);
    return from;
  }

  it('tells what kubelets say of their nodes and pods', async () => {
    const from = await measured();
    expect(JSON.parse((await get(from, `${metrics}/nodes`)).text)).toMatchObject({
      kind: 'NodeMetricsList',
      items: [{ metadata: { name: 'n' }, usage: { cpu: '2000000n', memory: '2048Ki' } }],
    });
    expect(JSON.parse((await get(from, `${metrics}/namespaces/default/pods/one`)).text)).toMatchObject({
      kind: 'PodMetrics',
      metadata: { name: 'one', namespace: 'default' },
      containers: [{ name: 'c', usage: { cpu: '1000000n', memory: '1024Ki' } }],
    });
    expect(from.kubelet.asked).toEqual(Array.from({ length: 2 }, () => `GET /stats/summary ${server}`));
  });

  it('leaves out what no kubelet knows, and says so where one is asked for by name', async () => {
    const from = await measured();
    const { items } = JSON.parse((await get(from, `${metrics}/pods`)).text) as { items: readonly unknown[] };
    expect(items).toHaveLength(1);
    expect((await get(from, `${metrics}/namespaces/default/pods/two`)).status).toBe(404);
    await closers.shift()?.();
    expect(JSON.parse((await get(from, `${metrics}/nodes`)).text)).toMatchObject({ items: [] });
  });
});
