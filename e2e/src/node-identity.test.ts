import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import { userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';
import { startVirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();
const user = userOf(plane);
const node = 'vk-own-identity';
const namespace = 'vk-own-identity';

function pod(name: string, secret: string): object {
  const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: secret, key: 'a' } } }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      nodeName: node,
      containers: [{ name: 'c', image: 'busybox', env }],
      tolerations: [{ operator: 'Exists' }],
    },
  };
}

describe.runIf(plane.handle.kind === 'own')('with the credential of a node', () => {
  let vk: VirtualKubelet | undefined;

  beforeAll(async () => {
    await plane.createNamespace(namespace);
    const kubeconfig = plane.kubeconfig({ user: `system:node:${node}`, groups: ['system:nodes'] });
    const flags = [
      '--provider',
      'mock',
      '--nodename',
      node,
      '--identity',
      'node',
      '--metrics-addr',
      'none',
      '--port',
      '0',
    ];
    vk = startVirtualKubelet([...flags, '--kubeconfig', kubeconfig]);
    await user.kubectl('wait', `node/${node}`, '--for=create', '--timeout=60s');
    await user.kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=60s');
  });

  afterAll(async () => {
    await plane.kubectl(['delete', 'namespace', namespace, '--wait=false']);
    await user.stopNode(node, vk);
  });

  test('pods run, read the Secrets they name, and go', async () => {
    await user.kubectl('create', 'secret', 'generic', 'own', '-n', namespace, '--from-literal=a=1');
    await user.create(pod('reads', 'own'));
    await user.kubectl('wait', 'pod/reads', '-n', namespace, '--for=condition=Ready', '--timeout=60s');
    await user.kubectl('delete', 'pod', 'reads', '-n', namespace, '--timeout=20s');
  });

  test('a deleted Node is made again', async () => {
    const uid = (): Promise<string> => user.kubectl('get', 'node', node, '-o', 'jsonpath={.metadata.uid}');
    const before = await uid();
    await user.kubectl('delete', 'node', node);
    await waitFor('the Node is back', async () => ((await uid()) === before ? undefined : true));
    await user.kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=60s');
  });

  test('nothing it did was refused, but looks at what is public to service accounts alone', () => {
    const refused = plane
      .auditEvents()
      .filter((event) => event.user.username === `system:node:${node}` && event.responseStatus?.code === 403);
    expect(
      [...new Set(refused.map(({ verb, requestURI }) => `${verb} ${requestURI.split('?')[0]}`))].toSorted(),
    ).toEqual([
      'get /api/v1/namespaces/kube-system',
      'get /api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication',
    ]);
  });
});
