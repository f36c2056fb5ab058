import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ControlPlane } from './harness/index.js';
import { sharedControlPlane, startControlPlane, waitFor } from './harness/index.js';
import type { User } from './user.js';
import { userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';

const node = 'vk-serving';
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'talks' },
  spec: { nodeName: node, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'busybox' }] },
};

describe.runIf(sharedControlPlane().handle.kind === 'own')(
  'a serving certificate of the cluster, where the API server checks it',
  () => {
    let plane: ControlPlane;
    let user: User;
    let vk: VirtualKubelet | undefined;
    let folder = '';

    const start = async (): Promise<void> => {
      vk = await user.startNode(node, '--rotate-server-certificates', '--cert-dir', folder);
    };

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'vk-pki-'));
      plane = await startControlPlane({ verifyKubelets: true });
      user = userOf(plane);
      await start();
    });

    afterAll(async () => {
      await user.stopNode(node, vk);
      await plane.close();
      await rm(folder, { recursive: true, force: true });
    });

    test('until it is approved pods run, the port refuses, and the command to approve it is told', async () => {
      await user.create(pod);
      await user.kubectl('wait', 'pod/talks', '--for=condition=Ready', '--timeout=30s');
      expect((await plane.kubectl(['logs', 'talks'])).code).not.toBe(0);
      const command = await waitFor(
        'the command is told',
        async () => /kubectl (certificate approve \S+)"/.exec(vk?.log() ?? '')?.[1],
      );
      const condition = (field: string): Promise<string> =>
        user.kubectl(
          'get',
          'node',
          node,
          '-o',
          `jsonpath={.status.conditions[?(@.type=="ServingCertificateIssued")].${field}}`,
        );
      await waitFor('the Node tells of it', async () => (await condition('status')) === 'False' || undefined);
      expect(await condition('message')).toContain(`: kubectl ${command}`);
      await user.kubectl(...command.split(' '));
      await user.kubectl('wait', `node/${node}`, '--for=condition=ServingCertificateIssued', '--timeout=60s');
      await waitFor('logs can be read', async () => (await plane.kubectl(['logs', 'talks'])).code === 0 || undefined);
    });

    test('it is kept over a restart, where nobody else can read it', async () => {
      const requests = await user.kubectl('get', 'csr', '-o', 'name');
      await vk?.stop();
      await start();
      await waitFor('logs can be read', async () => (await plane.kubectl(['logs', 'talks'])).code === 0 || undefined);
      expect(await user.kubectl('get', 'csr', '-o', 'name')).toBe(requests);
      const modes = await Promise.all(
        (await readdir(folder)).map(async (file) => (await stat(join(folder, file))).mode & 0o077),
      );
      expect(modes).toEqual([0]);
    });
  },
);
