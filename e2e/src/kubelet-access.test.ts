import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import { userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();
const user = userOf(plane);
const node = 'vk-kubelet-access';
const namespace = 'vk-kubelet-access';

/** The subject of the certificate that a new connection sees. */
async function subjectOf(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.subject ?? '';
  } finally {
    socket.destroy();
  }
}

/** Status of a request with a bearer token, as Prometheus sends it. */
function statusOf(port: number, path: string, call: { token?: string; method?: string } = {}): Promise<number> {
  const { token, method = 'GET' } = call;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const options = { host: '127.0.0.1', port, path, method, headers, rejectUnauthorized: false, agent: false };
  return new Promise((resolve, reject) => {
    httpsRequest(options, (response) => resolve(response.resume().statusCode ?? 0))
      .once('error', reject)
      .end();
  });
}

describe('the port of a node in a real cluster', () => {
  const accounts = ['vk-scraper', 'vk-reader'];
  let vk: VirtualKubelet | undefined;
  let folder = '';
  let port = 0;

  const write = async (commonName: string): Promise<void> => {
    const pair = plane.servingCertificate({ commonName, ipAddresses: ['127.0.0.1'] });
    await writeFile(join(folder, 'tls.key'), pair.keyPem, { mode: 0o600 });
    await writeFile(join(folder, 'tls.crt'), pair.certificatePem);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-kubelet-access-'));
    await plane.createNamespace(namespace);
    await write('first');
    const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
    vk = await user.startNode(node, '--tls-cert-file', cert, '--tls-private-key-file', key);
    port = await user.portOf(node);
  });

  afterAll(async () => {
    await plane.kubectl(['delete', 'clusterrole,clusterrolebinding', ...accounts, '--ignore-not-found']);
    await user.stopNode(node, vk);
    await rm(folder, { recursive: true, force: true });
  });

  test('lets nobody in without credentials, or with a token nobody knows', async () => {
    expect(await statusOf(port, '/pods')).toBe(401);
    expect(await statusOf(port, '/pods', { token: 'rubbish' })).toBe(401);
    expect(vk?.log()).not.toContain('rubbish');
  });

  test('lets a ServiceAccount do what its role grants: metrics, and no more', async () => {
    const token = await user.tokenOf({ name: 'vk-scraper', namespace, resource: 'nodes/metrics' });
    await waitFor('the role is known', async () => {
      return (await statusOf(port, '/metrics/resource', { token })) === 200 || undefined;
    });
    expect(await statusOf(port, '/pods', { token })).toBe(403);
    expect(await statusOf(port, '/exec/default/x/c?command=id&output=1', { token, method: 'POST' })).toBe(403);
    expect(vk?.log()).not.toContain(token);
  });

  test('lets who may get nodes/proxy read, and run nothing, not even by GET', async () => {
    const token = await user.tokenOf({ name: 'vk-reader', namespace, resource: 'nodes/proxy' });
    await waitFor('the role is known', async () => (await statusOf(port, '/pods', { token })) === 200 || undefined);
    expect(await statusOf(port, '/exec/default/x/c?command=id&output=1', { token })).toBe(403);
    expect(await statusOf(port, '/run/default/x/c?cmd=id', { token, method: 'POST' })).toBe(403);
  });

  test('shows the next serving certificate soon after its files were replaced', async () => {
    expect(await subjectOf(port)).toBe('CN=first');
    await write('second');
    await waitFor('the second is served', async () => (await subjectOf(port)) === 'CN=second' || undefined);
  });
});
