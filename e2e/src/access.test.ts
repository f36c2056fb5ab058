import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Permission } from '@virtual-kubelet/agent';
import { permissions } from '@virtual-kubelet/agent';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEvent } from './harness/index.js';
import { sharedControlPlane, waitFor } from './harness/index.js';
import { onVirtualNode, userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';
import { startVirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();
const user = userOf(plane);
const own = plane.handle.kind === 'own';
const namespace = 'vk-access';
const node = 'vk-access';
const account = 'vk-access';
const command = fileURLToPath(new URL('../../bin/virtual-kubelet', import.meta.url));
const flags = ['--provider', 'mock', '--nodename', node, '--metrics-addr', 'none', '--port', '0'];

function pod(name: string, spec: object): object {
  const container = { name: 'c', image: 'busybox' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { containers: [container], ...onVirtualNode, nodeName: node, ...spec },
  };
}

const claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'disk', namespace },
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: '',
    volumeName: 'vk-access-disk',
    resources: { requests: { storage: '1Gi' } },
  },
};
const volume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'vk-access-disk' },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: '',
    claimRef: { namespace, name: 'disk' },
    nfs: { server: '192.0.2.1', path: '/' },
  },
};

/** A pod that makes the agent use everything the mock provider consumes. */
const greedy = pod('greedy', {
  containers: [
    {
      name: 'c',
      image: 'busybox',
      envFrom: [{ configMapRef: { name: 'settings' } }],
      env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'password', key: 'p' } } }],
      volumeMounts: [{ name: 'disk', mountPath: '/disk' }],
    },
  ],
  volumes: [{ name: 'disk', persistentVolumeClaim: { claimName: 'disk' } }],
});

/** What an account did, one word for each verb and resource; what was refused counts too. */
function usedBy(name: string, events: readonly AuditEvent[]): readonly string[] {
  const used = events
    .filter((event) => event.user.username === `system:serviceaccount:kube-system:${name}`)
    .flatMap(({ verb, objectRef }) => {
      if (objectRef?.resource === undefined) return [];
      const { apiGroup = '', resource, subresource } = objectRef;
      return [`${verb} ${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`];
    });
  return [...new Set(used)].toSorted();
}

function granted(features: readonly string[], rows: readonly Permission[]): readonly string[] {
  return [
    ...new Set(
      rows
        .filter(({ feature }) => features.includes(feature))
        .flatMap(({ group, resource, verbs }) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
    ),
  ].toSorted();
}

describe('what the agent may do', () => {
  let vk: VirtualKubelet | undefined;

  beforeAll(async () => {
    await plane.createNamespace(namespace);
  });

  afterAll(async () => {
    await user.stopNode(node, vk);
    await plane.kubectl(['delete', 'namespace', namespace, '--wait=false']);
    await plane.kubectl(['delete', 'pv', 'vk-access-disk', '--wait=false']);
  });

  test.runIf(own)('is exactly what the generated roles grant: nothing is refused, nothing is left unused', async () => {
    const roles = await promisify(execFile)(command, ['rbac', '--provider', 'mock', '--account', account]);
    await user.create(roles.stdout);
    const token = await plane.serviceAccountToken('kube-system', account, 3600);
    const since = plane.auditPosition();
    vk = startVirtualKubelet([...flags, '--kubeconfig', plane.kubeconfig({ token })]);
    await user.kubectl('wait', `node/${node}`, '--for=create', '--timeout=60s');
    await user.kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=60s');

    await user.create(volume, claim, greedy, pod('waits', { containers: [missingConfig] }));
    await user.kubectl('create', 'configmap', 'settings', '-n', namespace, '--from-literal=a=1');
    await user.kubectl('create', 'secret', 'generic', 'password', '-n', namespace, '--from-literal=p=canary');
    await user.kubectl('wait', 'pod/greedy', '-n', namespace, '--for=condition=Ready', '--timeout=90s');
    await user.kubectl('delete', 'pod', 'greedy', '-n', namespace, '--timeout=30s');

    await user.kubectl('taint', 'node', node, 'virtual-kubelet.io/provider-');

    const features = ['node', 'pods', 'environment', 'volumes'];
    const expected = granted(
      features,
      permissions.filter(({ seldom }) => seldom === undefined),
    );
    const seldom = granted(
      features,
      permissions.filter((row) => row.seldom !== undefined),
    );
    await waitFor('everything granted was used', async () => {
      const used = usedBy(account, plane.auditEvents(since));
      return expected.every((word) => used.includes(word)) || undefined;
    }).catch(() => undefined);
    const events = plane.auditEvents(since);
    expect(usedBy(account, events).filter((word) => !seldom.includes(word))).toEqual(expected);
    const refused = events.filter(
      ({ user, responseStatus }) => user.username.endsWith(`:${account}`) && responseStatus?.code === 403,
    );
    expect(refused.map(({ requestURI }) => requestURI)).toEqual([]);
    expect(vk.log()).not.toContain('canary');
  });
});

const missingConfig = {
  name: 'c',
  image: 'busybox',
  env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'never-there', key: 'a' } } }],
};

/** Runs the command until it ends by itself. */
async function ends(args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const child = startVirtualKubelet(args);
  const code = await child.ended();
  return { code: code ?? -1, text: child.log() };
}

describe('a way to the cluster that does not work', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-access-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('a kubeconfig that is not there: one cause, a remedy, a code, exit status 3', async () => {
    const { code, text } = await ends([...flags, '--kubeconfig', join(folder, 'none')]);
    expect(code).toBe(3);
    expect(text).toMatch(/error: .*none/);
    expect(text).toMatch(/remedy: /);
    expect(text).toMatch(/code: VK_/);
    expect(text).not.toMatch(/\n\s+at /);
  });

  test('a kubeconfig with a syntax error says where', async () => {
    const path = join(folder, 'broken');
    await writeFile(path, 'apiVersion: v1\nkind: Config\nclusters: [\n');
    const { code, text } = await ends([...flags, '--kubeconfig', path]);
    expect(code).toBe(3);
    expect(text).toMatch(/broken:\d+:\d+/);
  });

  test('a server nobody listens at: exit status 4 when the node must be up in time', async () => {
    const path = join(folder, 'nobody');
    const text = await readFile(plane.kubeconfig(), 'utf8');
    await writeFile(path, text.replace(plane.baseUrl, 'https://127.0.0.1:1'));
    const ended = await ends([...flags, '--kubeconfig', path, '--startup-timeout', '2s']);
    expect(ended.code).toBe(4);
    expect(ended.text).toMatch(/127\.0\.0\.1:1/);
  });

  test.runIf(own)('a token that has expired is called that', async () => {
    const path = join(folder, 'expired');
    const token = await plane.serviceAccountToken('default', 'default', -60);
    await writeFile(path, await readFile(plane.kubeconfig({ token }), 'utf8'));
    const ended = await ends([...flags, '--kubeconfig', path, '--startup-timeout', '5s']);
    expect(ended.code).toBe(4);
    expect(ended.text).toMatch(/VK_API_UNAUTHORIZED/);
  });
});
