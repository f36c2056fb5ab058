import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import { userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();
const user = userOf(plane);
const own = plane.handle.kind === 'own';
const node = 'vk-outage';
const namespace = 'vk-outage';

function steadyPods(names: readonly string[]): readonly object[] {
  const spec = { nodeName: node, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'nginx' }] };
  return names.map((name) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec,
  }));
}

async function phases(): Promise<ReadonlyMap<string, string>> {
  const lines = await user.kubectl(
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
    vk = await user.startNode(node);
    await plane.createNamespace(namespace);
  });

  afterAll(async () => {
    await user.stopNode(node, vk);
    await plane.kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });

  test('is made again when its Node is deleted, and its pods go on', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `steady-${i}`);
    await user.create(...steadyPods(names));
    await allRun(100);
    const uid = (): Promise<string> => user.kubectl('get', 'node', node, '-o', 'jsonpath={.metadata.uid}');
    const before = await uid();
    await user.kubectl('delete', 'node', node);
    await waitFor('the Node is back', async () => ((await uid()) === before ? undefined : true));
    await user.kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=60s');
    await allRun(100);
  });

  test.runIf(own)(
    'goes on when the API server was killed and is back: pods created and deleted meanwhile are followed',
    async () => {
      const before = await phases();
      await plane.killApiServer();
      // Frozen, the agent cannot have connected again before the pods were created and deleted.
      vk?.process.kill('SIGSTOP');
      try {
        await plane.startApiServer();
        await user.create(...steadyPods(['late']));
        await user.kubectl('delete', 'pod', 'steady-0', '-n', namespace, '--wait=false');
        expect((await phases()).get('late')).toBe('Pending');
      } finally {
        vk?.process.kill('SIGCONT');
      }
      await user.kubectl('wait', 'pod/steady-0', '-n', namespace, '--for=delete', '--timeout=60s');
      await allRun(100);
      expect(new Set((await phases()).keys())).toEqual(
        new Set([...before.keys(), 'late'].filter((name) => name !== 'steady-0')),
      );
      await user.kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=60s');
    },
  );

  test('leaves nothing in a namespace that is deleted', async () => {
    await user.kubectl('delete', 'namespace', namespace, '--timeout=90s');
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
    await user.create(set);
    const lines = (): Promise<string> => user.kubectl('get', 'pods', '-n', `${namespace}-refused`, '--no-headers');
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
