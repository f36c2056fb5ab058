import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { ServerOptions } from 'node:https';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock, recordingLogger, Sensitive } from '@virtual-kubelet/base';
import type { LogLine, Transport } from '@virtual-kubelet/base';
import { createCertificateAuthority } from '@virtual-kubelet/certificates';
import type { CertificateAuthority, IssuedCertificate } from '@virtual-kubelet/certificates';
import type { ClusterConfig } from './cluster-config.js';
import { connect } from './connect.js';
import { get, localServers } from './transport/local-server.test-kit.js';

const servers = localServers();
const { listening } = servers;
afterEach(() => servers.cleanUp());

const validity = { notBefore: Date.UTC(2020, 0, 1), notAfter: Date.UTC(2049, 0, 1) };

function authorityNamed(commonName: string): CertificateAuthority {
  return createCertificateAuthority({ commonName, ...validity });
}

const authority = authorityNamed('cluster');
const other = authorityNamed('other');

function servingCertificate(by: CertificateAuthority, dnsNames: readonly string[] = [], ip = '127.0.0.1') {
  const names = { dnsNames, ipAddresses: ip === '' ? [] : [ip] };
  return by.issue({ commonName: 'server', ...validity, ...names, usages: ['server'] });
}

function clientCertificate(commonName: string, by: CertificateAuthority = authority): IssuedCertificate {
  return by.issue({ commonName, ...validity, usages: ['client'] });
}

function tlsOf({ certificatePem, keyPem }: IssuedCertificate): ServerOptions {
  return { cert: certificatePem, key: keyPem };
}

/** Answers with the common name of the client's certificate and its Authorization header. */
const whoami: RequestListener = (request, response) => {
  const { subject } = (request.socket as TLSSocket).getPeerCertificate();
  response.end(`${subject?.CN ?? 'nobody'} ${request.headers.authorization ?? 'no token'}`);
};

async function serving(options: ServerOptions, handler: RequestListener = whoami) {
  const server = createServer({ requestCert: true, rejectUnauthorized: false, ...options }, handler);
  let connections = 0;
  server.on('secureConnection', () => (connections += 1));
  const port = await listening(server);
  return { server, port, connections: () => connections };
}

interface World {
  readonly transport: Transport;
  readonly clock: ManualClock;
  readonly contents: Map<string, string>;
  readonly lines: LogLine[];
}

function connecting(port: number, config: Partial<ClusterConfig> = {}, host = '127.0.0.1'): World {
  const contents = new Map<string, string>();
  const clock = new ManualClock();
  const lines: LogLine[] = [];
  const files = { readText: (path: string) => Promise.resolve(contents.get(path)) };
  const trust = { authority: { kind: 'inline', pem: authority.certificatePem } } as const;
  const user = { origin: 'test', authentication: { kind: 'none' } } as const;
  const transport = connect(
    { origin: 'test', server: `https://${host}:${port}`, trust, namespace: 'default', user, ...config },
    { files, clock, logger: recordingLogger(lines) },
  );
  servers.defer(() => transport.close());
  return { transport, clock, contents, lines };
}

async function body(transport: Transport): Promise<string> {
  return Buffer.from((await transport.request(get)).body).toString();
}

describe('a connection', () => {
  it('shows the token of the configuration to a server that its authority vouches for', async () => {
    const { port } = await serving(tlsOf(servingCertificate(authority)));
    const authentication = { kind: 'token', token: new Sensitive('t') } as const;
    const { transport } = connecting(port, { user: { origin: 'test', authentication } });
    expect(await body(transport)).toBe('nobody Bearer t');
  });

  it.each([
    ['is signed by another authority', () => servingCertificate(other), {}, /certificate/],
    ['is for another host', () => servingCertificate(authority, ['api'], '10.0.0.1'), {}, /altnames|list/],
    [
      'does not have the demanded name',
      () => servingCertificate(authority, ['api']),
      { serverName: 'x' },
      /altnames|list/,
    ],
    [
      'does not have the demanded address',
      () => servingCertificate(authority),
      { serverName: '10.0.0.9' },
      /10\.0\.0\.9/,
    ],
  ])('is refused when the server certificate %s, before anything is sent', async (...[, issue, trust, message]) => {
    const seen: IncomingMessage[] = [];
    const { port } = await serving(tlsOf(issue()), (request) => void seen.push(request));
    const trusted = { authority: { kind: 'inline', pem: authority.certificatePem } } as const;
    const { transport } = connecting(port, { trust: { ...trusted, ...trust } });
    const thrown = await transport.request(get).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ kind: 'tls', code: 'VK_API_TLS', exit: 4, maybeSent: false });
    expect(thrown).toHaveProperty('message', expect.stringMatching(message));
    expect(seen).toHaveLength(0);
  });

  it.each([
    ['a name', () => servingCertificate(authority, ['api'], ''), 'api'],
    ['an address', () => servingCertificate(authority, [], '10.0.0.9'), '10.0.0.9'],
  ])('may demand %s that is not the host', async (...[, issue, serverName]) => {
    const { port } = await serving(tlsOf(issue()));
    const trust = { authority: { kind: 'inline', pem: authority.certificatePem }, serverName } as const;
    expect(await body(connecting(port, { trust }).transport)).toBe('nobody no token');
  });

  it('asks for no proof when it is told to', async () => {
    const { port } = await serving(tlsOf(servingCertificate(other, ['x'], '')));
    expect(await body(connecting(port, { trust: { insecure: true } }).transport)).toBe('nobody no token');
  });

  it('to a server that speaks no TLS is refused as such', async () => {
    const port = await listening(createHttpServer());
    const { transport } = connecting(port);
    await expect(transport.request(get)).rejects.toMatchObject({ kind: 'tls' });
  });

  it('is refused by a server that wants another client certificate', async () => {
    const server = { ...tlsOf(servingCertificate(authority)), ca: authority.certificatePem, rejectUnauthorized: true };
    const { port } = await serving(server);
    const stranger = clientCertificate('stranger', other);
    const clientCertificateSource = {
      certificate: { kind: 'inline', pem: stranger.certificatePem },
      key: { kind: 'inline', pem: new Sensitive(stranger.keyPem) },
    } as const;
    const user = {
      origin: 'test',
      authentication: { kind: 'none' },
      clientCertificate: clientCertificateSource,
    } as const;
    const { transport } = connecting(port, { user });
    await expect(transport.request(get)).rejects.toMatchObject({ name: 'TransportError', exit: 4 });
  });

  it('shows nothing secret when it fails', async () => {
    const { port } = await serving(tlsOf(servingCertificate(other)));
    const authentication = { kind: 'token', token: new Sensitive('canary') } as const;
    const { transport, lines } = connecting(port, { user: { origin: 'test', authentication } });
    const thrown = await transport.request(get).catch((error: unknown) => error);
    expect(inspect([thrown, lines], { depth: 10 })).not.toContain('canary');
  });
});

describe('a client certificate in files', () => {
  const clientCertificate_ = {
    certificate: { kind: 'file', path: '/crt' },
    key: { kind: 'file', path: '/key' },
  } as const;
  const user = { origin: 'test', authentication: { kind: 'none' }, clientCertificate: clientCertificate_ } as const;

  function put(contents: Map<string, string>, { certificatePem, keyPem }: IssuedCertificate): void {
    contents.set('/crt', certificatePem).set('/key', keyPem);
  }

  it('is shown on new connections once it has changed, and the old ones are closed', async () => {
    const tls = { ...tlsOf(servingCertificate(authority)), ca: authority.certificatePem };
    const { server, port, connections } = await serving(tls);
    const first = once(server, 'secureConnection');
    const { transport, clock, contents } = connecting(port, { user });
    put(contents, clientCertificate('before'));
    expect(await body(transport)).toBe('before no token');
    const [oldSocket] = (await first) as [TLSSocket];
    put(contents, clientCertificate('after'));
    expect(await body(transport)).toBe('before no token');
    const closed = once(oldSocket, 'close');
    await clock.advance(60_000);
    expect(await body(transport)).toBe('after no token');
    await closed;
    expect(connections()).toBeLessThanOrEqual(3);
  });

  it('is shown by every lane once it has changed: heartbeats, pods, events and the next watch', async () => {
    const { port } = await serving(tlsOf(servingCertificate(authority)));
    const { transport, clock, contents } = connecting(port, { user });
    const lanes = ['heartbeat', 'pods', 'events', 'watch'] as const;
    const shown = async (): Promise<readonly string[]> =>
      Promise.all(
        lanes.map(async (lane) => {
          const pieces: Uint8Array[] = [];
          for await (const piece of (await transport.stream({ ...get, lane })).body) pieces.push(piece);
          return Buffer.concat(pieces).toString();
        }),
      );
    put(contents, clientCertificate('before'));
    expect(new Set(await shown())).toEqual(new Set(['before no token']));
    put(contents, clientCertificate('after'));
    await clock.advance(60_000);
    expect(new Set(await shown())).toEqual(new Set(['after no token']));
  });

  it('that changes lets a running stream go on to its end', async () => {
    const held: (() => void)[] = [];
    const { port } = await serving(tlsOf(servingCertificate(authority)), (request, response) => {
      if (request.url === '/') return void response.end();
      response.write('first');
      return held.push(() => response.end('last'));
    });
    const { transport, clock, contents } = connecting(port, { user });
    put(contents, clientCertificate('before'));
    const stream = await transport.stream({ ...get, path: '/watch' });
    put(contents, clientCertificate('after'));
    await clock.advance(60_000);
    await transport.request(get);
    held[0]?.();
    const pieces: string[] = [];
    for await (const piece of stream.body) pieces.push(Buffer.from(piece).toString());
    expect(pieces.join('')).toBe('firstlast');
  });

  it('is read again at once when the server does not accept it', async () => {
    const { port } = await serving(tlsOf(servingCertificate(authority)), (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      response.statusCode = subject?.CN === 'after' ? 200 : 401;
      response.end();
    });
    const { transport, contents } = connecting(port, { user });
    put(contents, clientCertificate('before'));
    expect((await transport.request(get)).status).toBe(401);
    put(contents, clientCertificate('after'));
    expect((await transport.request(get)).status).toBe(200);
  });
});

describe('an authority in a file', () => {
  it('is read again at once when it does not vouch for the server any more', async () => {
    const { server, port } = await serving(tlsOf(servingCertificate(authority)));
    const { transport, contents } = connecting(port, { trust: { authority: { kind: 'file', path: '/ca' } } });
    contents.set('/ca', authority.certificatePem);
    expect(await body(transport)).toBe('nobody no token');
    server.setSecureContext(tlsOf(servingCertificate(other)));
    server.closeAllConnections();
    contents.set('/ca', `${authority.certificatePem}${other.certificatePem}`);
    const answer = await transport.request({ ...get, lane: 'heartbeat' });
    expect(answer.status).toBe(200);
  });

  it('is not asked for again and again when it still does not vouch', async () => {
    const { port } = await serving(tlsOf(servingCertificate(other)));
    const { transport, contents } = connecting(port, { trust: { authority: { kind: 'file', path: '/ca' } } });
    contents.set('/ca', authority.certificatePem);
    await expect(transport.request(get)).rejects.toMatchObject({ kind: 'tls' });
  });
});

describe('a proxy', () => {
  /** A proxy that opens tunnels for those who know the password. */
  async function proxying(): Promise<{ readonly port: number; readonly asked: string[] }> {
    const asked: string[] = [];
    const proxy = createHttpServer();
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      asked.push(request.url ?? '');
      socket.on('error', () => undefined);
      const expected = `Basic ${Buffer.from('me:pass').toString('base64')}`;
      if (request.headers['proxy-authorization'] !== expected)
        return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      const [host = '', port = ''] = (request.url ?? '').split(':');
      const upstream = connectTcp(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(upstream).pipe(socket);
      });
      return upstream.on('error', () => socket.destroy());
    });
    return { port: await listening(proxy), asked };
  }

  it('tunnels to the server, which still has to prove who it is', async () => {
    const proxy = await proxying();
    const { port } = await serving(tlsOf(servingCertificate(authority)));
    const url = new Sensitive(`http://me:pass@127.0.0.1:${proxy.port}`);
    const { transport } = connecting(port, { proxy: url });
    expect(await body(transport)).toBe('nobody no token');
    const stream = await transport.stream(get);
    const pieces: Uint8Array[] = [];
    for await (const piece of stream.body) pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toBe('nobody no token');
    expect(new Set(proxy.asked)).toEqual(new Set([`127.0.0.1:${port}`]));

    const stranger = await serving(tlsOf(servingCertificate(other)));
    const { transport: distrustful } = connecting(stranger.port, { proxy: url });
    await expect(distrustful.request(get)).rejects.toMatchObject({ kind: 'tls' });
  });

  it('that opens no tunnel is told, without its password', async () => {
    const proxy = await proxying();
    const { transport } = connecting(1, { proxy: new Sensitive(`http://me:canary@127.0.0.1:${proxy.port}`) });
    const thrown = await transport.request(get).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ kind: 'refused', maybeSent: false });
    expect(inspect(thrown, { depth: 10 })).not.toContain('canary');
  });
});
