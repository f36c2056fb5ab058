import type { Container, PodSpec } from '@virtual-kubelet/kubernetes';
import { literal } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import type { Asked } from '../pod-world.test-kit.js';
import { asked, container as c, openWorld, podOf } from '../pod-world.test-kit.js';

const emptyDir = { name: 'v', emptyDir: {} };
const freePath = { name: 'v', hostPath: { path: '/free/x', type: 'Directory' } };

describe('mounts', () => {
  it.each<readonly [string, object, object, object]>([
    ['an empty folder', emptyDir, {}, { source: '/pods/u1/volumes/v', readOnly: false, propagation: 'private' }],
    ['readOnly', emptyDir, { readOnly: true }, { readOnly: true }],
    ['subPath', emptyDir, { subPath: 'a/b' }, { source: '/pods/u1/volumes/v/a/b' }],
    ['mountPropagation None', emptyDir, { mountPropagation: 'None' }, { propagation: 'private' }],
    ['mountPropagation HostToContainer', emptyDir, { mountPropagation: 'HostToContainer' }, { propagation: 'rslave' }],
    ['mountPropagation Bidirectional', emptyDir, { mountPropagation: 'Bidirectional' }, { propagation: 'rshared' }],
    ['a folder of the machine', freePath, {}, { source: '/free/x', readOnly: false }],
    ['a folder of the machine, read only', freePath, { readOnly: true }, { source: '/free/x', readOnly: true }],
  ])('%s', async (_what, volume, mount, engine) => {
    const pod = podOf({
      volumes: [{ name: 'v', ...volume }],
      containers: [c({ volumeMounts: [{ name: 'v', mountPath: '/data', ...mount }] })],
    });
    const { container } = await asked(pod);
    expect(container.mounts[0]).toMatchObject({ target: '/data', ...engine });
  });

  it('subPathExpr is known when the container starts', async () => {
    const volumeMounts = [{ name: 'v', mountPath: '/data', subPathExpr: 'logs/$(IP)' }];
    const podIP = { from: 'runtime', field: 'status.podIP' } as const;
    const path = { parts: [...literal('logs/').parts, podIP] };
    const containers = [{ name: 'a', env: [], subPaths: [{ mountPath: '/data', path }] }];
    const pod = podOf({ volumes: [emptyDir], containers: [c({ volumeMounts })] });
    const { container } = await asked(pod, { inputs: { containers } });
    expect(container.mounts[0]).toMatchObject({ source: '/pods/u1/volumes/v/logs/10.0.0.1', target: '/data' });
  });

  it('contents from the cluster are read only, whatever the mount says', async () => {
    const pod = podOf({
      volumes: [{ name: 'v', configMap: { name: 'm' } }],
      containers: [c({ volumeMounts: [{ name: 'v', mountPath: '/etc/app', readOnly: false }] })],
    });
    const volume = { kind: 'contents', name: 'v', revision: '1', sensitive: false, files: [] } as const;
    const { container } = await asked(pod, { inputs: { volumes: [volume] } });
    expect(container.mounts[0]).toMatchObject({ target: '/etc/app', readOnly: true });
  });

  it.each([
    [false, false],
    [true, true],
  ])('a claim that is read only (%s) is so in every container', async (readOnly, expected) => {
    const pod = podOf({
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'x' } }],
      containers: [c({ volumeMounts: [{ name: 'v', mountPath: '/data' }] })],
    });
    const volume = {
      kind: 'claim',
      name: 'v',
      claimName: 'x',
      volumeName: 'pv',
      readOnly,
      volume: { local: { path: '/free/pv' } },
    } as const;
    const { container } = await asked(pod, { inputs: { volumes: [volume] } });
    expect(container.mounts[0]).toMatchObject({ source: '/free/pv', readOnly: expected });
  });

  it('hosts file and last words are ours, unless the pod mounts something there', async () => {
    const targets = ({ container }: Asked): readonly string[] => container.mounts.map(({ target }) => target);
    expect(targets(await asked(podOf()))).toEqual(['/etc/hosts', '/dev/termination-log']);
    expect(targets(await asked(podOf({ hostNetwork: true })))).toEqual(['/etc/hosts', '/dev/termination-log']);
    const dns = { dns: { nameservers: ['10.0.0.10'], searches: [], options: [] } };
    expect(targets(await asked(podOf(), { inputs: dns }))).toContain('/etc/resolv.conf');
    const volumeMounts = [
      { name: 'v', mountPath: '/etc/hosts', subPath: 'hosts' },
      { name: 'v', mountPath: '/last' },
    ];
    const own = podOf({ volumes: [emptyDir], containers: [c({ volumeMounts, terminationMessagePath: '/last' })] });
    const made = await asked(own);
    expect(targets(made)).toEqual(['/etc/hosts', '/last']);
    expect(made.container.mounts.map(({ source }) => source)).toEqual([
      '/pods/u1/volumes/v/hosts',
      '/pods/u1/volumes/v',
    ]);
  });

  it('of a volume that does not exist are an error of configuration', async () => {
    const w = await openWorld();
    await w.create(podOf({ containers: [c({ volumeMounts: [{ name: 'gone', mountPath: '/x' }] })] }));
    const message = 'volume "gone" does not exist';
    expect(w.seen('a')?.state).toEqual({ waiting: { reason: 'CreateContainerConfigError', message } });
  });
});

describe('empty folders', () => {
  const limited = (memory: string): Container => c({ resources: { limits: { memory } } });
  it.each<readonly [string, object, Partial<PodSpec>, object]>([
    ['on the disk', {}, {}, { memory: false, mode: 0o777 }],
    ['with a limit', { sizeLimit: '1Mi' }, {}, { memory: false, limit: 1_048_576 }],
    ['with a limit of zero, which is none', { sizeLimit: '0' }, {}, { memory: false }],
    ['with a group', {}, { securityContext: { fsGroup: 5 } }, { memory: false, group: 5 }],
    ['in memory', { medium: 'Memory' }, {}, { memory: true }],
    ['in memory with a limit', { medium: 'Memory', sizeLimit: '1Mi' }, {}, { limit: 1_048_576, size: 1_048_576 }],
    ['in memory of a limited pod', { medium: 'Memory' }, { containers: [limited('2Mi')] }, { size: 2_097_152 }],
    [
      'in memory, the lesser of the two',
      { medium: 'Memory', sizeLimit: '8Mi' },
      { containers: [limited('2Mi')] },
      { limit: 8_388_608, size: 2_097_152 },
    ],
    [
      'in memory of a pod with one container without a limit',
      { medium: 'Memory' },
      { containers: [limited('2Mi'), c({ name: 'b' })] },
      {},
    ],
  ])('%s', async (_what, volume, spec, plan) => {
    const { world: w } = await asked(podOf({ volumes: [{ name: 'v', emptyDir: volume }], ...spec }));
    const expected = { kind: 'emptyDir', name: 'v', memory: 'medium' in volume, mode: 0o777, ...plan };
    expect(w.storage.volumes.get('/pods/u1/volumes/v')).toEqual(expected);
  });
});
