import { ManualClock, Sensitive, seededRandom } from '@virtual-kubelet/base';
import { expect, test } from 'vitest';
import { createApiClient } from './api-client.js';
import { createSubjectAccessReview, createTokenReview } from './reviews.js';
import { json, scriptedTransport } from './scripted-transport.test-kit.js';
import { clusterIdentity, serverVersion } from './server-version.js';

function world(body: unknown) {
  const clock = new ManualClock();
  const transport = scriptedTransport((_, count) => (count === 1 ? new Error('cut') : json(201, body)));
  const parts = { transport, clock, random: seededRandom(1) };
  return { ...parts, parts, client: createApiClient(parts) };
}

test('a token is reviewed for its audience, again when the answer was lost', async () => {
  const { client, clock, transport } = world({ status: { authenticated: true, user: { username: 'u' } } });
  const answer = createTokenReview(client, { token: new Sensitive('canary'), audiences: ['vk'] });
  await clock.advance(1_000);
  expect(await answer).toEqual({ authenticated: true, user: { username: 'u' } });
  expect(transport.requests[1]?.path).toBe('/apis/authentication.k8s.io/v1/tokenreviews');
  expect(JSON.parse(String(transport.requests[1]?.body))).toEqual({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token: 'canary', audiences: ['vk'] },
  });
});

test('access is reviewed', async () => {
  const { client, clock, transport } = world({ status: { allowed: false, reason: 'no' } });
  const spec = {
    user: 'u',
    resourceAttributes: { verb: 'create', resource: 'nodes', subresource: 'proxy', name: 'vk' },
  };
  const answer = createSubjectAccessReview(client, spec);
  await clock.advance(1_000);
  expect(await answer).toEqual({ allowed: false, reason: 'no' });
  expect(JSON.parse(String(transport.requests[1]?.body))).toMatchObject({ kind: 'SubjectAccessReview', spec });
});

test('an answer without a verdict is no yes, and its error holds no token', async () => {
  const { client, clock } = world({ spec: { token: 'canary' } });
  const token = createTokenReview(client, { token: new Sensitive('canary') }).catch((error: unknown) => error);
  const access = createSubjectAccessReview(client, { user: 'u' }).catch((error: unknown) => error);
  await clock.advance(1_000);
  for (const error of [await token, await access]) {
    expect(error).toMatchObject({ code: 'VK_API_MALFORMED' });
    expect(String(error)).not.toContain('canary');
  }
});

test('the version of a server and the identity of its cluster', async () => {
  const version = world({ major: '1', minor: '37', gitVersion: 'v1.37.2', platform: 'linux/amd64', goVersion: 'x' });
  const said = serverVersion(version.parts);
  await version.clock.advance(1_000);
  expect(await said).toEqual({ major: '1', minor: '37', gitVersion: 'v1.37.2', platform: 'linux/amd64' });

  const cluster = world({ metadata: { uid: 'c' } });
  const identity = clusterIdentity(cluster.client);
  await cluster.clock.advance(1_000);
  expect(await identity).toBe('c');
});

test('a server that is no API server has neither', async () => {
  const version = world([]);
  const said = serverVersion(version.parts).catch((error: unknown) => error);
  await version.clock.advance(1_000);
  expect(await said).toMatchObject({ code: 'VK_API_MALFORMED' });
  const cluster = world({});
  const identity = clusterIdentity(cluster.client).catch((error: unknown) => error);
  await cluster.clock.advance(1_000);
  expect(await identity).toMatchObject({ code: 'VK_API_MALFORMED' });
});
