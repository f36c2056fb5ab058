import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import { openPki } from './harness/pki.js';
import { userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';
import { startVirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();
const user = userOf(plane);
const node = 'vk-bootstrapped';
const tokenId = 'e2eb00';
const tokenSecret = '0123456789abcdef';

const roles = {
  'e2e-bootstrappers': ['system:node-bootstrapper', 'system:bootstrappers'],
  'e2e-nodeclient': ['system:certificates.k8s.io:certificatesigningrequests:nodeclient', 'system:bootstrappers'],
  'e2e-selfnodeclient': ['system:certificates.k8s.io:certificatesigningrequests:selfnodeclient', 'system:nodes'],
} as const;

function binding(name: keyof typeof roles): object {
  const [role, group] = roles[name];
  const rbac = 'rbac.authorization.k8s.io';
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: rbac, kind: 'Group', name: group }],
  };
}

const bootstrapToken = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: `bootstrap-token-${tokenId}`, namespace: 'kube-system' },
  type: 'bootstrap.kubernetes.io/token',
  stringData: { 'token-id': tokenId, 'token-secret': tokenSecret, 'usage-bootstrap-authentication': 'true' },
};

const { handle } = plane;

describe.runIf(handle.kind === 'own')('TLS bootstrap of a node', () => {
  let folder = '';
  let vk: VirtualKubelet | undefined;

  const start = (kubeconfig: string, ...flags: readonly string[]): VirtualKubelet =>
    startVirtualKubelet([
      ...['--provider', 'mock', '--nodename', node, '--identity', 'node', '--metrics-addr', 'none', '--port', '0'],
      ...['--bootstrap-kubeconfig', kubeconfig, '--cert-dir', folder, ...flags],
    ]);

  const fails = async (kubeconfig: string, ...flags: readonly string[]): Promise<string> => {
    const failing = start(kubeconfig, ...flags);
    await once(failing.process, 'close');
    expect(failing.process.exitCode).not.toBe(0);
    return failing.log();
  };

  const requests = async (): Promise<readonly string[]> =>
    (await user.kubectl('get', 'csr', '-o', 'name')).split('\n').filter((name) => name !== '');

  const ready = (): Promise<string> => user.kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=60s');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-bootstrap-'));
    await user.create(bootstrapToken, binding('e2e-bootstrappers'));
  });

  afterAll(async () => {
    await user.stopNode(node, vk);
    for (const name of Object.keys(roles)) await plane.kubectl(['delete', 'clusterrolebinding', name]);
    await plane.kubectl(['delete', 'secret', '-n', 'kube-system', bootstrapToken.metadata.name]);
    await plane.kubectl(['delete', 'csr', '--all']);
    await rm(folder, { recursive: true, force: true });
  });

  const certificate = (): string => join(folder, `${node}-client.pem`);
  const good = (): string => plane.kubeconfig({ token: `${tokenId}.${tokenSecret}` });

  test('a token that is not valid is told, with how to make another', async () => {
    const log = await fails(plane.kubeconfig({ token: 'aaaaaa.0123456789abcdef' }));
    expect(log).toContain('VK_BOOTSTRAP_CREDENTIALS');
    expect(log).not.toContain('0123456789abcdef');
    expect(await readdir(folder)).toEqual([]);
  });

  test('where nobody approves, the command to do so is told, and the approval counts at the next start', async () => {
    const log = await fails(good(), '--startup-timeout', '5s');
    expect(log).toContain('VK_BOOTSTRAP_NOT_APPROVED');
    const [, request = ''] = /kubectl certificate approve (csr-\w+)/.exec(log) ?? [];
    const before = await requests();
    await user.kubectl('certificate', 'approve', request);
    vk = start(good());
    await user.kubectl('wait', `node/${node}`, '--for=create', '--timeout=60s');
    await ready();
    expect(await requests()).toEqual(before);
    await vk.stop();
  });

  test('a request that was denied is told', async () => {
    await rm(folder, { recursive: true });
    const denied = start(good());
    const ended = once(denied.process, 'close');
    const [request = ''] = await waitFor('the request is there', async () =>
      /certificate approve (csr-\w+)/.exec(denied.log())?.slice(1),
    );
    await user.kubectl('certificate', 'deny', request);
    await ended;
    expect(denied.log()).toContain('VK_BOOTSTRAP_DENIED');
  });

  test('where the cluster approves by itself, the node comes up as itself and nobody else reads its key', async () => {
    await user.create(binding('e2e-nodeclient'), binding('e2e-selfnodeclient'));
    const mark = plane.auditPosition();
    vk = start(good());
    await waitFor(
      'the node has its certificate',
      async () => (await readdir(folder).catch((): string[] => [])).includes(`${node}-client.pem`) || undefined,
    );
    await waitFor(
      'the node acts as itself',
      async () =>
        plane
          .auditEvents(mark)
          .some(({ user: by, verb }) => by.username === `system:node:${node}` && verb === 'patch') || undefined,
    );
    await ready();
    expect((await readdir(folder)).toSorted()).toEqual([`${node}-client.pem`]);
    expect((await stat(join(folder, `${node}-client.pem`))).mode & 0o077).toBe(0);
    const byToken = plane.auditEvents(mark).filter(({ user: by }) => by.username === `system:bootstrap:${tokenId}`);
    expect([...new Set(byToken.map(({ objectRef }) => objectRef?.resource))]).toEqual(['certificatesigningrequests']);
    await vk.stop();
  });

  test('the certificate is used again after a restart, also when the token has ended', async () => {
    const before = await requests();
    vk = start(plane.kubeconfig({ token: 'aaaaaa.0123456789abcdef' }));
    const kept = await waitFor('it starts', async () => /kept from before/.exec(vk?.log() ?? '')?.[0]);
    expect(kept).toBe('kept from before');
    await ready();
    expect(await requests()).toEqual(before);
    await vk.stop();
  });

  test('what is no certificate of this node is not used', async () => {
    const path = join(folder, `${node}-client.pem`);
    const whole = await readFile(path, 'utf8');
    await writeFile(path, whole.slice(whole.indexOf('-----BEGIN PRIVATE KEY-----')));
    vk = start(good());
    await waitFor('a new one was signed', async () => /signed by the cluster/.exec(vk?.log() ?? '')?.[0]);
    await ready();
    expect(await readFile(path, 'utf8')).toContain('-----BEGIN CERTIFICATE-----');
  });

  /** Starts the node with a certificate of its own that ends soon. */
  const startWithLast = async (milliseconds: number, kubeconfig: string): Promise<{ ends: number; mark: number }> => {
    await vk?.stop();
    const ends = Date.now() + milliseconds;
    const life = { notBefore: Date.now() - 3_600_000, notAfter: ends };
    const old = openPki(join(handle.folder, 'pki')).clientCertificate(`system:node:${node}`, ['system:nodes'], life);
    await writeFile(certificate(), `${old.certificatePem}${old.keyPem}`, { mode: 0o600 });
    const mark = plane.auditPosition();
    vk = start(kubeconfig);
    await waitFor(
      'a new one was kept',
      async () => !(await readFile(certificate(), 'utf8')).includes(old.certificatePem) || undefined,
      { timeout: 60_000 },
    );
    return { ends, mark };
  };

  const askers = (mark: number): readonly (string | undefined)[] =>
    plane
      .auditEvents(mark)
      .filter(({ verb, objectRef }) => verb === 'create' && objectRef?.resource === 'certificatesigningrequests')
      .map(({ user: by }) => by.username);

  const outlives = async (ends: number): Promise<void> => {
    const lease = ['get', 'lease', node, '-n', 'kube-node-lease', '-o', 'jsonpath={.spec.renewTime}'] as const;
    await waitFor(
      'the lease is renewed after the old one has ended',
      async () => Date.parse(await user.kubectl(...lease)) > ends + 5_000 || undefined,
      { timeout: 60_000, interval: 1_000 },
    );
    await ready();
  };

  test('a certificate that is about to end renews itself, and the node outlives it', async () => {
    const { ends, mark } = await startWithLast(20_000, plane.kubeconfig({ token: 'aaaaaa.0123456789abcdef' }));
    expect(askers(mark)).toEqual([`system:node:${node}`]);
    await outlives(ends);
  });

  test('one whose renewal nobody approves is followed by one of the bootstrap credentials when it has ended', async () => {
    await user.kubectl('delete', 'clusterrolebinding', 'e2e-selfnodeclient');
    const { ends, mark } = await startWithLast(10_000, good());
    expect(askers(mark)).toEqual([`system:node:${node}`, `system:bootstrap:${tokenId}`]);
    await outlives(ends);
  });
});
