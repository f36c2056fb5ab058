import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import { onVirtualNode, userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();
const user = userOf(plane);
const node = 'vk-configuration';
const namespace = 'vk-configuration';

function inPod(...command: readonly string[]): Promise<string> {
  return user.kubectl('exec', 'reads', '-n', namespace, '--', ...command);
}

describe('what a pod is configured with', () => {
  let vk: VirtualKubelet | undefined;

  beforeAll(async () => {
    await plane.createNamespace(namespace);
    vk = await user.startNode(node);
    const ofNamespace = (kind: string, name: string, fields: object): object => ({
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace },
      ...fields,
    });
    await user.create(
      ofNamespace('ConfigMap', 'settings', { data: { colour: 'red', greeting: 'hello' } }),
      ofNamespace('Secret', 'password', { stringData: { word: 'before' } }),
      ofNamespace('Service', 'web', { spec: { ports: [{ port: 80 }], selector: { app: 'web' } } }),
    );
    const env = [
      { name: 'WHO', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'WORD', valueFrom: { secretKeyRef: { name: 'password', key: 'word' } } },
      { name: 'BOTH', value: '$(WHO) says $(WORD) and $$(WHO)' },
    ];
    const container = {
      name: 'c',
      image: 'busybox',
      env,
      envFrom: [{ prefix: 'CFG_', configMapRef: { name: 'settings' } }],
      volumeMounts: [
        { name: 'settings', mountPath: '/settings' },
        { name: 'password', mountPath: '/password' },
        { name: 'about', mountPath: '/about' },
      ],
    };
    const volumes = [
      { name: 'settings', configMap: { name: 'settings' } },
      { name: 'password', secret: { secretName: 'password' } },
      { name: 'about', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    ];
    await user.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'reads', namespace, labels: { app: 'reads' } },
      spec: { ...onVirtualNode, nodeName: node, containers: [container], volumes },
    });
    await user.kubectl('wait', 'pod/reads', '-n', namespace, '--for=condition=Ready', '--timeout=30s');
  });

  afterAll(async () => {
    await plane.kubectl(['delete', 'namespace', namespace, '--wait=false']);
    await user.stopNode(node, vk);
  });

  test('reaches it as environment, expanded, with variables of Services', async () => {
    const lines = (await inPod('env')).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'CFG_colour=red',
        'CFG_greeting=hello',
        'WORD=before',
        'BOTH=reads says before and $(WHO)',
      ]),
    );
    expect(lines.some((line) => line.startsWith('WEB_SERVICE_HOST='))).toBe(true);
    expect(lines.some((line) => line.startsWith('KUBERNETES_SERVICE_HOST='))).toBe(true);
  });

  test('reaches it as files, which follow changes of ConfigMap, Secret and labels', async () => {
    expect(await inPod('cat', '/settings/colour', '/password/word')).toBe('redbefore');
    expect(await inPod('cat', '/about/labels')).toContain('app="reads"');
    await user.kubectl('patch', 'configmap', 'settings', '-n', namespace, '-p', '{"data":{"colour":"blue"}}');
    await user.kubectl('patch', 'secret', 'password', '-n', namespace, '-p', '{"stringData":{"word":"after"}}');
    await user.kubectl('label', 'pod', 'reads', '-n', namespace, 'stage=two');
    await waitFor(
      'the files have changed',
      async () => ((await inPod('cat', '/settings/colour', '/password/word')) === 'blueafter' ? true : undefined),
      { timeout: 110_000, interval: 1_000 },
    );
    await waitFor(
      'the labels have changed',
      async () => (await inPod('cat', '/about/labels')).includes('stage="two"') || undefined,
    );
    // Variables are what they were when the container started, as on every node.
    expect((await inPod('env')).split('\n')).toContain('WORD=before');
    expect(vk?.log()).not.toMatch(/before|after/);
  });

  test('tells pods of the API server where the agent was told that they reach it', async () => {
    const elsewhere = await user.startNode('vk-elsewhere', '--pod-api-server', 'https://api.example.com:6443');
    const spec = { ...onVirtualNode, nodeName: 'vk-elsewhere', containers: [{ name: 'c', image: 'busybox' }] };
    await user.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'reads-elsewhere', namespace }, spec });
    await user.kubectl('wait', 'pod/reads-elsewhere', '-n', namespace, '--for=condition=Ready', '--timeout=30s');
    const env = await user.kubectl('exec', 'reads-elsewhere', '-n', namespace, '--', 'env');
    expect(env.split('\n')).toEqual(
      expect.arrayContaining(['KUBERNETES_SERVICE_HOST=api.example.com', 'KUBERNETES_SERVICE_PORT=6443']),
    );
    await user.kubectl('delete', 'pod', 'reads-elsewhere', '-n', namespace);
    await user.stopNode('vk-elsewhere', elsewhere);
  });
});
