import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import { userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';
import { startVirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();
const user = userOf(plane);
const node = 'vk-restart';
const namespace = 'vk-restart';

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly uid: string; readonly name: string };
    readonly status: {
      readonly phase: string;
      readonly containerStatuses?: readonly {
        readonly restartCount: number;
        readonly containerID?: string;
        readonly state: object;
      }[];
    };
  }[];
}

/** A line of the mock's journal: a workload after a change. */
interface JournalLine {
  readonly put?: { readonly ref: { readonly uid: string; readonly name: string }; readonly revision: number };
}

async function pods(): Promise<PodList['items']> {
  return (JSON.parse(await user.kubectl('get', 'pods', '-n', namespace, '-o', 'json')) as PodList).items;
}

describe('an agent that is killed and started again', () => {
  let folder = '';
  let vk: VirtualKubelet | undefined;
  const start = (): Promise<VirtualKubelet> => user.startNode(node, '--provider-config', join(folder, 'mock.json'));

  afterAll(async () => {
    await user.stopNode(node, vk);
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  test('disturbs no pod, creates none twice, and learns what ended meanwhile', async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-restart-'));
    await writeFile(
      join(folder, 'mock.json'),
      JSON.stringify({ [node]: { cpu: '100', memory: '1Ti', pods: '500', journal: 'workloads' } }),
    );
    vk = await start();
    await plane.createNamespace(namespace);
    const spec = {
      nodeName: node,
      restartPolicy: 'Never',
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'c', image: 'nginx' }],
    };
    const object = (name: string, annotations: Record<string, string>): object => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, annotations },
      spec,
    });
    const items = [
      ...Array.from({ length: 40 }, (_, i) => object(`steady-${i}`, {})),
      object('short', { 'mock.virtual-kubelet.io/run-time': '6s', 'mock.virtual-kubelet.io/exit-code': '4' }),
    ];
    await user.create(...items);
    await waitFor('all pods run', async () => (await pods()).every((p) => p.status.phase === 'Running') || undefined);
    const before = new Map((await pods()).map((p) => [p.metadata.uid, p.status.containerStatuses]));

    await vk.stop('SIGKILL');
    const log = vk.log();
    await user.kubectl('delete', 'pod', 'steady-0', '-n', namespace, '--wait=false');
    vk = await start();
    await waitFor('the pod deleted meanwhile is gone', async () =>
      (await pods()).some((p) => p.metadata.name === 'steady-0') ? undefined : true,
    );
    const short = await waitFor('the pod that ended is reported with its exit code', async () =>
      (await pods()).find((p) => p.metadata.name === 'short' && p.status.phase === 'Failed'),
    );
    expect(short.status.containerStatuses?.[0]?.state).toMatchObject({ terminated: { exitCode: 4 } });
    const after = (await pods()).filter((p) => p.metadata.name !== 'short');
    expect(after).toHaveLength(39);
    for (const { metadata, status } of after)
      expect([status.phase, status.containerStatuses]).toEqual(['Running', before.get(metadata.uid)]);
    expect(log + vk.log()).not.toMatch(/Warning|Error:/);
  });

  test('while it creates 200 pods loses none and creates none twice', async () => {
    const births = async (): Promise<readonly string[]> => {
      const lines = (await readFile(join(folder, 'workloads'), 'utf8')).split('\n').slice(0, -1);
      return lines
        .map((line) => JSON.parse(line) as JournalLine)
        .flatMap(({ put }) => (put?.revision === 1 && put.ref.name.startsWith('burst-') ? [put.ref.uid] : []));
    };
    const spec = { nodeName: node, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'nginx' }] };
    const annotations = { 'mock.virtual-kubelet.io/create-latency': '1s' };
    const items = Array.from({ length: 200 }, (_, i) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `burst-${i}`, namespace, annotations },
      spec,
    }));
    await user.create(...items);
    await waitFor('some are created', async () => ((await births()).length > 20 ? true : undefined), { interval: 20 });
    await vk?.stop('SIGKILL');
    const before = await births();
    expect(before.length).toBeLessThan(200);
    vk = await start();
    const burst = async (): Promise<PodList['items']> =>
      (await pods()).filter(({ metadata }) => metadata.name.startsWith('burst-'));
    await waitFor('all run', async () => {
      const found = await burst();
      return (found.length === 200 && found.every((pod) => pod.status.phase === 'Running')) || undefined;
    });
    const uids = (await burst()).map(({ metadata }) => metadata.uid);
    const born = await births();
    expect(born.toSorted()).toEqual(uids.toSorted());
    expect(born).toEqual(expect.arrayContaining([...before]));
    expect((await burst()).every(({ status }) => status.containerStatuses?.[0]?.restartCount === 0)).toBe(true);
  });

  test('with a second agent of the same name: the second is refused while the first lives', async () => {
    const other = startVirtualKubelet([
      '--provider',
      'mock',
      '--nodename',
      node,
      '--kubeconfig',
      plane.kubeconfig(),
      '--metrics-addr',
      'none',
      '--instance',
      'somebody-else',
    ]);
    const status = await waitFor('the second agent ends', async () => other.process.exitCode ?? undefined, {
      timeout: 60_000,
    });
    expect(status).toBe(1);
    expect(other.log()).toContain('VK_NODE_HELD');
    await user.kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=10s');
  });

  test('with a second agent in its place: the first stands by, says so, and ends with status 1', async () => {
    const first = vk;
    vk = await start();
    await waitFor('the first agent stands by', async () => /VK_NODE_TAKEN_OVER/.exec(first?.log() ?? '')?.[0], {
      timeout: 60_000,
    });
    expect(await first?.stop()).toBe(1);
    expect(first?.log()).toContain('this one stands by until the other has gone');
    await user.kubectl('wait', `node/${node}`, '--for=condition=Ready', '--timeout=10s');
    expect(vk.process.exitCode).toBeNull();
  });
});
