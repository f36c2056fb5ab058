import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import { onVirtualNode, userOf } from './user.js';
import type { VirtualKubelet } from './virtual-kubelet.js';

const plane = sharedControlPlane();
const user = userOf(plane);
const node = 'vk-workloads';
const namespace = 'vk-workloads';
const where = { ...onVirtualNode, nodeSelector: { 'kubernetes.io/hostname': node } };

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string };
    readonly spec: { readonly nodeName?: string };
    readonly status: { readonly phase: string; readonly containerStatuses?: readonly { readonly state: object }[] };
  }[];
}

async function pods(selector: string): Promise<PodList['items']> {
  const text = await user.kubectl('get', 'pods', '-n', namespace, '-l', selector, '-o', 'json');
  return (JSON.parse(text) as PodList).items;
}

function template(app: string, spec: object, annotations: Readonly<Record<string, string>> = {}): object {
  return {
    metadata: { labels: { app }, annotations },
    spec: { containers: [{ name: 'c', image: 'busybox' }], ...where, ...spec },
  };
}

function ofApps(kind: string, name: string, spec: object): object {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: { selector: { matchLabels: { app: name } }, ...spec },
  };
}

describe('what controllers make', () => {
  let vk: VirtualKubelet | undefined;

  beforeAll(async () => {
    await plane.createNamespace(namespace);
    vk = await user.startNode(node);
  });

  afterAll(async () => {
    await plane.kubectl(['delete', 'namespace', namespace, '--timeout=60s']);
    await user.stopNode(node, vk);
  });

  test('a StatefulSet comes up in order, and a deleted member comes back under its name', async () => {
    await user.create(ofApps('StatefulSet', 'db', { serviceName: 'db', replicas: 3, template: template('db', {}) }));
    await user.kubectl('rollout', 'status', 'statefulset/db', '-n', namespace, '--timeout=60s');
    const before = new Map((await pods('app=db')).map(({ metadata }) => [metadata.name, metadata.uid]));
    expect([...before.keys()].toSorted()).toEqual(['db-0', 'db-1', 'db-2']);
    await user.kubectl('delete', 'pod', 'db-1', '-n', namespace, '--timeout=30s');
    await user.kubectl('wait', 'pod/db-1', '-n', namespace, '--for=create', '--timeout=30s');
    await user.kubectl('wait', 'pod/db-1', '-n', namespace, '--for=condition=Ready', '--timeout=30s');
    const after = new Map((await pods('app=db')).map(({ metadata }) => [metadata.name, metadata.uid]));
    expect(after.get('db-0')).toBe(before.get('db-0'));
    expect(after.get('db-1')).not.toBe(before.get('db-1'));
  });

  test('a CronJob makes a Job, whose pod completes', async () => {
    const job = {
      template: template('cron', { restartPolicy: 'Never' }, { 'mock.virtual-kubelet.io/run-time': '100ms' }),
    };
    await user.create({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'cron', namespace },
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: job } },
    });
    await user.kubectl('create', 'job', 'from-cron', '--from=cronjob/cron', '-n', namespace);
    await user.kubectl('wait', 'job/from-cron', '-n', namespace, '--for=condition=Complete', '--timeout=60s');
    const [pod] = await pods('app=cron');
    expect(pod?.status.phase).toBe('Succeeded');
  });

  test('a Job with a failing pod makes another one until its limit, each with its exit code', async () => {
    await user.create({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'fails', namespace },
      spec: {
        backoffLimit: 1,
        podReplacementPolicy: 'Failed',
        template: template(
          'fails',
          { restartPolicy: 'Never' },
          { 'mock.virtual-kubelet.io/run-time': '100ms', 'mock.virtual-kubelet.io/exit-code': '7' },
        ),
      },
    });
    await user.kubectl('wait', 'job/fails', '-n', namespace, '--for=condition=Failed', '--timeout=100s');
    const found = await pods('app=fails');
    expect(found.map(({ status }) => status.phase)).toEqual(['Failed', 'Failed']);
    expect(found[0]?.status.containerStatuses?.[0]?.state).toMatchObject({ terminated: { exitCode: 7 } });
  });

  test('a DaemonSet that means virtual nodes runs; one that tolerates everything is held with the reason', async () => {
    const meant = { tolerations: [{ key: 'virtual-kubelet.io/provider', operator: 'Exists' }] };
    await user.create(
      ofApps('DaemonSet', 'meant', { template: template('meant', meant) }),
      ofApps('DaemonSet', 'everywhere', { template: template('everywhere', {}) }),
    );
    await waitFor('the first one runs', async () => {
      const [pod] = (await pods('app=meant')).filter(({ spec }) => spec.nodeName === node);
      return pod?.status.phase === 'Running' || undefined;
    });
    const held = await waitFor('the second one is held', async () => {
      const [pod] = (await pods('app=everywhere')).filter(({ spec }) => spec.nodeName === node);
      return pod?.status.phase === 'Pending' ? pod : undefined;
    });
    await waitFor('it says why', async () => {
      const text = await user.kubectl('get', 'pod', held.metadata.name, '-n', namespace, '-o', 'json');
      return (
        /DaemonSet/.test((JSON.parse(text) as { status: { message?: string } }).status.message ?? text) || undefined
      );
    });
  });

  test('a thousand pods of one Deployment run, and are gone after it', async () => {
    await user.create(ofApps('Deployment', 'many', { replicas: 1000, template: template('many', {}) }));
    await waitFor(
      'a thousand are available',
      async () => {
        const ready = await user.kubectl(
          'get',
          'deployment',
          'many',
          '-n',
          namespace,
          '-o',
          'jsonpath={.status.availableReplicas}',
        );
        return ready === '1000' || undefined;
      },
      { timeout: 100_000, interval: 500 },
    );
    await user.kubectl('delete', 'deployment', 'many', '-n', namespace, '--cascade=foreground', '--timeout=100s');
    expect(await pods('app=many')).toEqual([]);
  }, 240_000);
});
