import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import type { VirtualKubelet } from './virtual-kubelet.js';
import { startVirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();
const own = plane.handle.kind === 'own';
const node = 'vk-outage';
const namespace = 'vk-outage';

async function kubectl(...args: string[]): Promise<string> {
  const { stdout, stderr, code } = await plane.kubectl(args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout;
}

function podList(names: readonly string[], annotations: Record<string, string> = {}): string {
  const spec = { nodeName: node, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'nginx' }] };
  const items = names.map((name) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, annotations },
    spec,
  }));
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

async function phases(): Promise<ReadonlyMap<string, string>> {
  const lines = await kubectl(
    'get',
    'pods',
    '-n',
    namespace,
    '-o',
    'jsonpath={range .items[*]}{.metadata.name}={.status.phase}{"\\n"}{end}',
  );
  return new Map(
    lines
      .trim()
      .split('\n')
      .map((line) => line.split('=') as [string, string]),
  );
}

async function allRun(count: number): Promise<void> {
  await waitFor(`${count} pods run`, async () => {
    const found = [...(await phases()).values()];
    return (found.length === count && found.every((phase) => phase === 'Running')) || undefined;
  });
}

describe('a node under outages', () => {
  let vk: VirtualKubelet | undefined;

  beforeAll(async () => {
    vk = startVirtualKubelet([
      '--provider',
      'mock',
      '--nodename',
      node,
      '--kubeconfig',
      plane.kubeconfig(),
      '--metrics-addr',
      'none',
    ]);
    await kubectl('wait', `node/${node}`, '--for=create', '--timeout=60s');
    await kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=60s');
    await plane.createNamespace(namespace);
  });

  afterAll(async () => {
    await vk?.stop();
    await plane.kubectl(['delete', 'node', node, '--ignore-not-found']);
    await plane.kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });

  test('is made again when its Node is deleted, and its pods go on', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `steady-${i}`);
    expect(await plane.kubectl(['create', '-f', '-'], { input: podList(names) })).toMatchObject({ code: 0 });
    await allRun(100);
    const uid = (): Promise<string> => kubectl('get', 'node', node, '-o', 'jsonpath={.metadata.uid}');
    const before = await uid();
    await kubectl('delete', 'node', node);
    await waitFor('the Node is back', async () => ((await uid()) === before ? undefined : true));
    await kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=60s');
    await allRun(100);
  });

  test.runIf(own)(
    'goes on when the API server was killed and is back: pods created and deleted meanwhile are followed',
    async () => {
      await plane.killApiServer();
      await plane.startApiServer();
      expect(await plane.kubectl(['create', '-f', '-'], { input: podList(['late']) })).toMatchObject({ code: 0 });
      await kubectl('delete', 'pod', 'steady-0', '-n', namespace, '--timeout=60s');
      await allRun(100);
      await kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=60s');
    },
  );

  test('leaves nothing in a namespace that is deleted', async () => {
    await kubectl('delete', 'namespace', namespace, '--timeout=90s');
  });

  test('a refused ReplicaSet makes no storm: as many pods as replicas, with the reason on each', async () => {
    await plane.createNamespace(`${namespace}-refused`);
    const template = {
      metadata: {
        labels: { app: 'r' },
        annotations: {
          'mock.virtual-kubelet.io/create-fails': 'always',
          'mock.virtual-kubelet.io/create-failure': 'Unsupported',
        },
      },
      spec: { nodeName: node, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'nginx' }] },
    };
    const set = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'r', namespace: `${namespace}-refused` },
      spec: { replicas: 10, selector: { matchLabels: { app: 'r' } }, template },
    };
    expect(await plane.kubectl(['create', '-f', '-'], { input: JSON.stringify(set) })).toMatchObject({ code: 0 });
    const lines = (): Promise<string> => kubectl('get', 'pods', '-n', `${namespace}-refused`, '--no-headers');
    await waitFor('all are held with a reason', async () =>
      (await lines()).match(/ProviderFailed/g)?.length === 10 ? true : undefined,
    );
    const created = (
      await plane.request(`/api/v1/namespaces/${namespace}-refused/events?fieldSelector=reason=SuccessfulCreate`)
    ).text;
    expect((JSON.parse(created) as { items: unknown[] }).items).toHaveLength(10);
    expect((await lines()).trim().split('\n')).toHaveLength(10);
    await plane.kubectl(['delete', 'namespace', `${namespace}-refused`, '--wait=false']);
  });
});
