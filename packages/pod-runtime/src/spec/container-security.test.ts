import type { Container, PodSpec } from '@virtual-kubelet/kubernetes';
import { describe, expect, it } from 'vitest';
import type { ContainerSpec } from '../index.js';
import { allRights, asked, container as c, inputsFor, openWorld, podOf, ref } from '../pod-world.test-kit.js';

const usualSecurity: ContainerSpec['security'] = {
  groups: [],
  privileged: false,
  readOnlyRoot: false,
  noNewPrivileges: false,
  addCapabilities: [],
  dropCapabilities: [],
  unmaskedProc: false,
};

type SecurityRow = readonly [
  what: string,
  pod: PodSpec['securityContext'],
  container: Container['securityContext'],
  engine: Partial<ContainerSpec['security']>,
  imageUser?: string,
];

const rows: readonly SecurityRow[] = [
  ['that says nothing leaves everything to image and engine', {}, {}, {}],
  ['runAsUser of the pod', { runAsUser: 7 }, {}, { user: '7' }],
  ['runAsUser of the container wins', { runAsUser: 7 }, { runAsUser: 8 }, { user: '8' }],
  ['runAsUser 0 is said, too', { runAsUser: 0 }, {}, { user: '0' }],
  ['runAsUser and runAsGroup', { runAsUser: 7, runAsGroup: 9 }, {}, { user: '7:9' }],
  ['runAsGroup of the container wins', { runAsUser: 7, runAsGroup: 9 }, { runAsGroup: 10 }, { user: '7:10' }],
  ['runAsGroup alone keeps the user of the image', { runAsGroup: 9 }, {}, { user: 'web:9' }, 'web:www'],
  ['runAsGroup alone with an image of root', { runAsGroup: 9 }, {}, { user: '0:9' }],
  ['supplementalGroups', { supplementalGroups: [3, 4] }, {}, { groups: [3, 4] }],
  ['fsGroup is a group of every process', { supplementalGroups: [3], fsGroup: 5 }, {}, { groups: [3, 5] }],
  ['privileged', {}, { privileged: true }, { privileged: true }],
  ['readOnlyRootFilesystem', {}, { readOnlyRootFilesystem: true }, { readOnlyRoot: true }],
  ['allowPrivilegeEscalation false', {}, { allowPrivilegeEscalation: false }, { noNewPrivileges: true }],
  ['allowPrivilegeEscalation true', {}, { allowPrivilegeEscalation: true }, { noNewPrivileges: false }],
  [
    'capabilities',
    {},
    { capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } },
    { addCapabilities: ['NET_ADMIN'], dropCapabilities: ['ALL'] },
  ],
  ['seccomp RuntimeDefault is the engine’s own', { seccompProfile: { type: 'RuntimeDefault' } }, {}, {}],
  ['seccomp Unconfined', { seccompProfile: { type: 'Unconfined' } }, {}, { seccomp: 'unconfined' }],
  [
    'seccomp Localhost is a file of the folder of profiles',
    { seccompProfile: { type: 'Localhost', localhostProfile: 'my/profile.json' } },
    {},
    { seccomp: '/profiles/my/profile.json' },
  ],
  [
    'seccomp Localhost with the name of another type is a file all the same',
    { seccompProfile: { type: 'Localhost', localhostProfile: 'unconfined' } },
    {},
    { seccomp: '/profiles/unconfined' },
  ],
  [
    'seccomp of the container wins',
    { seccompProfile: { type: 'Unconfined' } },
    { seccompProfile: { type: 'RuntimeDefault' } },
    {},
  ],
  ['AppArmor RuntimeDefault is the engine’s own', { appArmorProfile: { type: 'RuntimeDefault' } }, {}, {}],
  ['AppArmor Unconfined', { appArmorProfile: { type: 'Unconfined' } }, {}, { apparmor: 'unconfined' }],
  [
    'AppArmor Localhost of the container wins',
    { appArmorProfile: { type: 'Unconfined' } },
    { appArmorProfile: { type: 'Localhost', localhostProfile: 'mine' } },
    { apparmor: 'mine' },
  ],
  ['SELinux of the pod', { seLinuxOptions: { level: 's0:c1' } }, {}, { selinux: { level: 's0:c1' } }],
  [
    'SELinux of the container wins',
    { seLinuxOptions: { level: 's0:c1' } },
    { seLinuxOptions: { type: 't', role: 'r', user: 'u' } },
    { selinux: { type: 't', role: 'r', user: 'u' } },
  ],
  ['procMount Unmasked', {}, { procMount: 'Unmasked' }, { unmaskedProc: true }],
  ['procMount Default', {}, { procMount: 'Default' }, {}],
  ['runAsNonRoot with a user', { runAsNonRoot: true, runAsUser: 7 }, {}, { user: '7' }],
  ['runAsNonRoot with a user of the image by number', { runAsNonRoot: true }, {}, {}, '1000:1000'],
  ['runAsNonRoot false of the container wins', { runAsNonRoot: true }, { runAsNonRoot: false }, {}],
];

describe('the security context', () => {
  const named = rows.map(([what, base, own, engine, imageUser = '']) => ({ what, base, own, engine, imageUser }));
  it.each(named)('$what', async ({ base = {}, own = {}, engine, imageUser }) => {
    const pod = podOf({ securityContext: base, containers: [c({ securityContext: own })] });
    const { container } = await asked(pod, { options: { seccompFolder: '/profiles' }, imageUser });
    expect(container.security).toEqual({ ...usualSecurity, ...engine });
  });

  it.each([
    [
      'a root of the pod’s own',
      { runAsNonRoot: true, runAsUser: 0 },
      '',
      "container's runAsUser breaks non-root policy",
    ],
    ['an image without a user', { runAsNonRoot: true }, '', 'container has runAsNonRoot and image will run as root'],
    ['an image of root', { runAsNonRoot: true }, 'root', 'container has runAsNonRoot and image will run as root'],
    ['root in other digits', { runAsNonRoot: true }, '00:7', 'container has runAsNonRoot and image will run as root'],
    [
      'a user by name, which could be root',
      { runAsNonRoot: true },
      'web',
      'container has runAsNonRoot and image has non-numeric user (web), cannot verify user is non-root',
    ],
  ])('is not broken by %s', async (_what, securityContext, user, message) => {
    const w = await openWorld();
    w.backend.images.set('img:1', { user });
    await w.create(podOf({ securityContext }));
    expect(w.seen('a')?.state).toEqual({ waiting: { reason: 'CreateContainerConfigError', message } });
    expect(w.backend.containerSpecs).toEqual([]);
  });
});

describe('what the operator does not allow', () => {
  const path = (at: string): Partial<PodSpec> => ({ volumes: [{ name: 'v', hostPath: { path: at } }] });
  it.each<readonly [string, Partial<PodSpec>, string]>([
    ['hostNetwork', { hostNetwork: true }, 'spec.hostNetwork'],
    ['hostPID', { hostPID: true }, 'spec.hostPID'],
    ['hostIPC', { hostIPC: true }, 'spec.hostIPC'],
    [
      'a privileged container',
      { containers: [c(), c({ name: 'b', securityContext: { privileged: true } })] },
      'spec.containers[1].securityContext.privileged',
    ],
    [
      'a privileged init container',
      { initContainers: [c({ name: 'i', securityContext: { privileged: true } })] },
      'spec.initContainers[0].securityContext.privileged',
    ],
    ['any folder of the machine', path('/free/x'), 'spec.volumes[0].hostPath'],
  ])('is refused before anything is made: %s', async (_what, spec, field) => {
    const w = await openWorld();
    await expect(w.create(podOf(spec))).rejects.toMatchObject({ failure: { kind: 'Unsupported', field } });
    expect([w.backend.history, w.storage.records.size, w.storage.volumes.size]).toEqual([[], 0, 0]);
  });

  it.each([['/etc'], ['/freedom'], ['/free/../etc'], ['free']])(
    'is refused although another folder is allowed: %s',
    async (at) => {
      const w = await openWorld({ rights: { ...allRights, hostPaths: ['/free/'] } });
      await expect(w.create(podOf(path(at)))).rejects.toMatchObject({ failure: { field: 'spec.volumes[0].hostPath' } });
    },
  );

  it('is refused for a volume of the cluster that is a folder of the machine', async () => {
    const pod = podOf({ volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'x' } }] });
    const claim = { kind: 'claim', name: 'v', claimName: 'x', volumeName: 'pv', readOnly: false } as const;
    const w = await openWorld();
    const create = (volume: object): Promise<void> => w.create(pod, { volumes: [{ ...claim, volume }] });
    await expect(create({ hostPath: { path: '/etc' } })).rejects.toMatchObject({
      failure: { field: 'spec.volumes[0]' },
    });
    await expect(create({ nfs: { server: 's', path: '/' } })).rejects.toThrow(
      'only volumes of kind local and hostPath',
    );
  });

  it('is refused to a container that comes later, too', async () => {
    const w = await openWorld();
    await w.create(podOf());
    const debug = { ...c({ name: 'debug' }), securityContext: { privileged: true } };
    const pod = podOf({ ephemeralContainers: [debug] });
    const changes = [{ change: 'ephemeralContainer', container: 'debug' }] as const;
    await w.runtime.provider.updatePod({ ref, pod, inputs: inputsFor(pod), attempt: 1, changes }, w.context);
    await w.clock.advance(100);
    const message = 'the operator of this node does not allow privileged containers';
    expect(w.seen('debug')?.state).toEqual({ waiting: { reason: 'CreateContainerConfigError', message } });
    expect(w.backend.containerSpecs.map(({ security }) => security.privileged)).toEqual([false]);
  });
});
