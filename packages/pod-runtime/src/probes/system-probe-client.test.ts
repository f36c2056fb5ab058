import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemProbeClient } from '../index.js';

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

const never = new AbortController().signal;

describe('probes over sockets', () => {
  it('HTTP gives status, place and start of the body, and sends headers as they are', async () => {
    const seen: unknown[] = [];
    const port = await listen(
      createServer((request, response) => {
        seen.push(request.headers['user-agent'], request.headers.host, request.url);
        response.writeHead(302, { location: '/next' }).end('x'.repeat(20_000));
      }),
    );
    const headers = [
      ['User-Agent', 'kube-probe/1'],
      ['Host', 'shop'],
    ] as const;
    const answer = await systemProbeClient.http(
      { scheme: 'http', host: '127.0.0.1', port, path: '/a', headers },
      never,
    );
    expect(answer).toMatchObject({ status: 302, location: '/next' });
    expect(answer.body).toHaveLength(10_240);
    expect(seen).toEqual(['kube-probe/1', 'shop', '/a']);
  });

  it('TCP is content with a connection', async () => {
    const port = await listen(createServer());
    await systemProbeClient.tcp('127.0.0.1', port, never);
    await expect(systemProbeClient.tcp('127.0.0.1', 1, never)).rejects.toThrow('ECONNREFUSED');
  });

  it('gRPC asks the health service for one service', async () => {
    const asked: string[] = [];
    const server = createHttp2Server();
    server.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const service = Buffer.concat(chunks).subarray(7).toString();
        asked.push(`${String(headers[':path'])} ${service}`);
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': service === 'gone' ? '5' : '0' }));
        stream.end(service === 'gone' ? undefined : Buffer.from([0, 0, 0, 0, 2, 8, service === 'sick' ? 2 : 1]));
      });
    });
    const port = await listen(server);
    const ask = (service: string): Promise<string> =>
      systemProbeClient.grpc({ host: '127.0.0.1', port, service }, never);
    expect(await ask('well')).toBe('SERVING');
    expect(await ask('sick')).toBe('NOT_SERVING');
    await expect(ask('gone')).rejects.toThrow('status 5');
    expect(asked[0]).toBe('/grpc.health.v1.Health/Check well');
  });

  it('give up when told to', async () => {
    const port = await listen(createServer(() => undefined));
    const cancel = new AbortController();
    const asked = systemProbeClient.http(
      { scheme: 'http', host: '127.0.0.1', port, path: '/', headers: [] },
      cancel.signal,
    );
    cancel.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});
