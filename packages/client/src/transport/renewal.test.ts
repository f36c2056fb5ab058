import type { IncomingMessage, RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { Sensitive } from '@virtual-kubelet/base';
import { fixedCredentials } from '../credentials/credentials.js';
import type { Credentials } from '../credentials/credentials.js';
import { get, localServers, text } from './local-server.test-kit.js';

const servers = localServers();
const { serving } = servers;
afterEach(() => servers.cleanUp());

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

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
  const picky: RequestListener = (request, response) => {
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
    const never: RequestListener = (_, response) => response.writeHead(401).end('no');
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
