import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Ended } from '../command.test-kit.js';
import { kubeconfigFor, virtualKubelet } from '../command.test-kit.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vk-run-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
});

/** Starts the command against a server that stands in for the API server. */
async function startAgainst(answer: RequestListener, ...flags: readonly string[]): Promise<Ended> {
  const listening = createServer(answer);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return start(`http://127.0.0.1:${(listening.address() as AddressInfo).port}`, ...flags);
}

async function start(server: string, ...flags: readonly string[]): Promise<Ended> {
  const path = join(folder, 'kubeconfig');
  await writeFile(path, kubeconfigFor(server), { mode: 0o600 });
  const always = ['--provider', 'mock', '--kubeconfig', path, '--metrics-addr', 'none', '--port', '0'];
  return virtualKubelet([...always, '--shutdown-timeout', '1ms', ...flags]);
}

/** Says which cluster it is, and nothing about nodes and pods. */
const cluster: RequestListener = ({ url }, response) => {
  response.setHeader('content-type', 'application/json');
  if (url === '/api/v1/namespaces/kube-system') response.end('{"metadata":{"name":"kube-system","uid":"c1"}}');
  if (url?.includes('/configmaps/')) response.writeHead(404).end('{"kind":"Status","reason":"NotFound","code":404}');
};

describe('a start that takes too long ends by itself, with what was wrong', () => {
  test('where nobody listens', async () => {
    const ended = await start('https://127.0.0.1:1', '--startup-timeout', '3s');
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('code: VK_API_UNREACHABLE');
    // The client's own attempts would take several seconds before anything is told: the wait between two looks is ours.
    expect(ended.stderr).toContain('waiting for the API server');
  });

  test('where the server never answers', async () => {
    const ended = await startAgainst(() => undefined, '--startup-timeout', '300ms');
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('the API server has not answered yet');
    expect(ended.stderr).toContain('code: VK_STARTUP_TIMEOUT');
    expect(ended.stderr).toContain('remedy: ');
  });

  test('where the server answers and the node cannot be registered', async () => {
    const ended = await startAgainst(cluster, '--startup-timeout', '3s');
    expect(ended.stderr).toContain('the node was not ready after 3s: ');
    expect(ended.stderr).toContain('node virtual-kubelet is not registered yet');
    expect(ended.code).toBe(1);
  });
});
