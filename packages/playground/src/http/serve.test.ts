import { request as plainRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';
import { once } from 'node:events';
import { seededIds, seededRandom, systemClock } from '@virtual-kubelet/base';
import { afterEach, describe, expect, it } from 'vitest';
import type { Playground, PlaygroundServerOptions, ServedPlayground, ServeOptions } from '../index.js';
import { createPlayground, createPlaygroundAuthority, servePlayground } from '../index.js';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

interface Open {
  readonly playground: Playground;
  readonly served: ServedPlayground;
}

async function open(
  options: Omit<ServeOptions, 'playground'> = {},
  settings: PlaygroundServerOptions['settings'] = {},
): Promise<Open> {
  const random = seededRandom(1);
  const authority = createPlaygroundAuthority({ clock: systemClock });
  const playground = createPlayground({
    clock: systemClock,
    random,
    ids: seededIds(random),
    settings: { rootCertificate: authority.certificatePem, ...settings },
  });
  const served = await servePlayground({ playground, authority, ...options });
  opened.push(async () => {
    await served.close();
    playground.close();
  });
  return { playground, served };
}

/** A client certificate of a user, as options of a request. */
function certified(served: ServedPlayground, username: string, groups: readonly string[] = []): RequestOptions {
  const { certificatePem, keyPem } = served.authority.client({ username, groups });
  return { cert: certificatePem, key: keyPem };
}

async function send(served: ServedPlayground, options: RequestOptions, body = ''): Promise<IncomingMessage> {
  const request = served.url.startsWith('https:') ? tlsRequest : plainRequest;
  const sent = request({
    host: '127.0.0.1',
    port: served.port,
    ca: served.authority.certificatePem,
    agent: false,
    ...options,
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

interface Tree {
  readonly kind?: string;
  readonly reason?: string;
  readonly status?: { readonly userInfo?: { readonly username?: string; readonly groups?: readonly string[] } };
  readonly type?: string;
  readonly object?: Tree;
  readonly metadata?: { readonly name?: string };
}

async function call(served: ServedPlayground, options: RequestOptions, body?: object) {
  const headers = Object.assign({ 'content-type': 'application/json' }, options.headers);
  const sent = body === undefined ? '' : JSON.stringify(body);
  const response = await send(served, { ...options, headers }, sent);
  let text = '';
  for await (const chunk of response) text += String(chunk);
  const { statusCode: status } = response;
  return { status, text, body: (text.startsWith('{') ? JSON.parse(text) : {}) as Tree };
}

const whoAmI = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const configMaps = '/api/v1/namespaces/default/configmaps';

async function identity(served: ServedPlayground, options: RequestOptions) {
  const { status, body } = await call(served, { method: 'POST', path: whoAmI, ...options }, {});
  return { status, ...body.status?.userInfo };
}

describe('a served playground', () => {
  it('tells health and version to everybody, and nothing else to who does not say who they are', async () => {
    const { served } = await open();
    expect((await call(served, { path: '/readyz' })).text).toBe('ok');
    expect((await call(served, { path: '/version?timeout=32s' })).status).toBe(200);
    expect(await call(served, { path: '/api/v1/nodes' })).toMatchObject({
      status: 401,
      body: { kind: 'Status', reason: 'Unauthorized' },
    });
  });

  it('knows users and groups by their client certificates', async () => {
    const { served } = await open();
    expect(await identity(served, certified(served, 'ann', ['testers', 'makers']))).toEqual({
      status: 201,
      username: 'ann',
      groups: ['testers', 'makers', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
    });
  });

  it('lets nobody in with the certificate of another authority', async () => {
    const { served } = await open();
    const { certificatePem, keyPem } = createPlaygroundAuthority({ clock: systemClock }).client({ username: 'ann' });
    expect(await identity(served, { cert: certificatePem, key: keyPem })).toMatchObject({ status: 401 });
  });

  it('knows users by bearer token: given ones, and those of service accounts', async () => {
    const { served } = await open({ tokens: new Map([['secret', { username: 'bot' }]]) });
    const bearer = (token: string): RequestOptions => ({ headers: { authorization: `Bearer ${token}` } });
    expect(await identity(served, bearer('secret'))).toMatchObject({ status: 201, username: 'bot' });
    expect(await identity(served, bearer('wrong'))).toMatchObject({ status: 401 });
    const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
    const made = await call(served, { method: 'POST', path, ...certified(served, 'ann') }, {});
    const { token } = made.body.status as { token: string };
    expect(await identity(served, bearer(token))).toMatchObject({ username: 'system:serviceaccount:default:default' });
  });

  it('lets users speak for others, where they may', async () => {
    const { served } = await open(
      {},
      { authorize: ({ user, verb }) => ({ allowed: verb !== 'impersonate' || user.username === 'root' }) },
    );
    const headers = { 'impersonate-user': 'bob', 'impersonate-group': ['a', 'b'] };
    expect(await identity(served, { headers, ...certified(served, 'root') })).toMatchObject({
      username: 'bob',
      groups: ['a', 'b', 'system:authenticated'],
    });
    expect(await identity(served, { headers, ...certified(served, 'ann') })).toMatchObject({ status: 403 });
  });

  it('lets users do only what they may', async () => {
    const { served } = await open(
      {},
      { authorize: ({ verb, resource }) => ({ allowed: verb !== 'list' || resource === undefined }) },
    );
    const answer = await call(served, {
      path: '/apis/apps/v1/namespaces/default/deployments',
      ...certified(served, 'ann'),
    });
    expect(answer).toMatchObject({ status: 403, body: { reason: 'Forbidden' } });
    expect(answer.text).toContain(
      String.raw`deployments.apps is forbidden: User \"ann\" cannot list resource \"deployments\" in API group \"apps\" in the namespace \"default\"`,
    );
  });

  it('streams a watch while objects change, and ends it when it closes', async () => {
    const { served } = await open();
    const admin = certified(served, 'ann');
    const response = await send(served, { path: `${configMaps}?watch=true&resourceVersion=0`, ...admin });
    const seen: Tree[] = [];
    const reading = (async () => {
      for await (const chunk of response)
        seen.push(
          ...String(chunk)
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line) as Tree),
        );
    })();
    const made = { metadata: { name: 'made' } };
    expect((await call(served, { method: 'POST', path: configMaps, ...admin }, made)).status).toBe(201);
    await expect
      .poll(() => seen.map(({ type, object }) => `${type} ${object?.metadata?.name}`))
      .toEqual(['ADDED kube-root-ca.crt', 'ADDED made']);
    await opened.pop()?.();
    await reading;
    expect(response.complete).toBe(true);
  });

  it('lets go of a watch whose reader is gone', async () => {
    const { served, playground } = await open();
    const path = `${configMaps}?watch=true&resourceVersion=0`;
    const response = await send(served, { path, ...certified(served, 'ann') });
    await once(response, 'readable');
    response.destroy();
    await expect.poll(() => playground.server.openWatches).toBe(0);
  });

  it('refuses bodies that are too large', async () => {
    const { served } = await open();
    const big = { metadata: { name: 'big' }, data: { big: 'x'.repeat(4 * 1024 * 1024) } };
    const answer = call(served, { method: 'POST', path: configMaps, ...certified(served, 'ann') }, big);
    expect(await answer).toMatchObject({ status: 413, body: { reason: 'RequestEntityTooLarge' } });
  });

  it('can be served without TLS, to whom it is told to trust', async () => {
    const { served } = await open({ plain: true, anonymous: { username: 'demo' } });
    expect(served.url).toMatch(/^http:/);
    expect(await identity(served, {})).toMatchObject({ username: 'demo' });
  });
});
