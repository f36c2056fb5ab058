import type { BackendSecurity, ContainerSpec } from '@virtual-kubelet/pod-runtime';
import { describe, expect, it } from 'vitest';
import { difference } from './difference.test-kit.js';
import { dockerContainerBody } from './docker/docker-bodies.js';
import { containerBody } from './podman/podman-bodies.js';

const plainSecurity: BackendSecurity = {
  groups: [],
  privileged: false,
  readOnlyRoot: false,
  noNewPrivileges: false,
  addCapabilities: [],
  dropCapabilities: [],
  unmaskedProc: false,
};

const plain: ContainerSpec = {
  name: 'c',
  sandboxId: 's',
  image: 'localhost/img:1',
  labels: {},
  env: new Map(),
  mounts: [],
  security: plainSecurity,
  limits: {},
  stdin: false,
  stdinOnce: false,
  tty: false,
  hostPid: false,
  hostIpc: false,
  hostNetwork: false,
};

interface ContainerRow {
  readonly spec: Partial<ContainerSpec>;
  readonly podman: object;
  readonly docker: object;
  readonly sharePid?: boolean;
}

const secured = (security: Partial<BackendSecurity>): Partial<ContainerSpec> => ({
  security: { ...plainSecurity, ...security },
});
const host = (HostConfig: object): object => ({ HostConfig });
const mounted = (readOnly: boolean, propagation?: 'private' | 'rslave' | 'rshared'): Partial<ContainerSpec> => ({
  mounts: [{ source: '/v', target: '/data', readOnly, ...(propagation ? { propagation } : {}) }],
});
const podmanMount = (...options: readonly string[]): object => ({
  mounts: [{ type: 'bind', source: '/v', destination: '/data', options: ['rbind', ...options] }],
});
const dockerMount = (ReadOnly: boolean, Propagation: string): object =>
  host({ Mounts: [{ Type: 'bind', Source: '/v', Target: '/data', ReadOnly, BindOptions: { Propagation } }] });

const rows: Readonly<Record<string, ContainerRow>> = {
  command: { spec: { command: ['a', 'b'] }, podman: { entrypoint: ['a', 'b'] }, docker: { Entrypoint: ['a', 'b'] } },
  args: { spec: { args: ['x'] }, podman: { command: ['x'] }, docker: { Cmd: ['x'] } },
  env: { spec: { env: new Map([['A', '1=2']]) }, podman: { env: { A: '1=2' } }, docker: { Env: ['A=1=2'] } },
  'working directory': { spec: { workingDir: '/srv' }, podman: { work_dir: '/srv' }, docker: { WorkingDir: '/srv' } },
  labels: { spec: { labels: { a: 'b' } }, podman: { labels: { a: 'b' } }, docker: { Labels: { a: 'b' } } },
  stdin: { spec: { stdin: true }, podman: { stdin: true }, docker: { OpenStdin: true } },
  // libpod leaves no choice; the table of fields says what becomes of it.
  'stdin once': { spec: { stdinOnce: true }, podman: {}, docker: { StdinOnce: true } },
  terminal: { spec: { tty: true }, podman: { terminal: true }, docker: { Tty: true } },
  'stop signal': { spec: { stopSignal: 'SIGUSR1' }, podman: { stop_signal: 10 }, docker: { StopSignal: 'SIGUSR1' } },
  'stop signal by its old name': {
    spec: { stopSignal: 'SIGCLD' },
    podman: { stop_signal: 17 },
    docker: { StopSignal: 'SIGCLD' },
  },
  'real-time stop signal': {
    spec: { stopSignal: 'SIGRTMIN' },
    podman: { stop_signal: 34 },
    docker: { StopSignal: 'SIGRTMIN' },
  },
  'real-time stop signal from below': {
    spec: { stopSignal: 'SIGRTMIN+3' },
    podman: { stop_signal: 37 },
    docker: { StopSignal: 'SIGRTMIN+3' },
  },
  'real-time stop signal from above': {
    spec: { stopSignal: 'SIGRTMAX-2' },
    podman: { stop_signal: 62 },
    docker: { StopSignal: 'SIGRTMAX-2' },
  },
  user: { spec: secured({ user: '7:9' }), podman: { user: '7:9' }, docker: { User: '7:9' } },
  groups: { spec: secured({ groups: [3, 5] }), podman: { groups: ['3', '5'] }, docker: host({ GroupAdd: ['3', '5'] }) },
  privileged: { spec: secured({ privileged: true }), podman: { privileged: true }, docker: host({ Privileged: true }) },
  'read-only root': {
    spec: secured({ readOnlyRoot: true }),
    podman: { read_only_filesystem: true },
    docker: host({ ReadonlyRootfs: true }),
  },
  'no new privileges': {
    spec: secured({ noNewPrivileges: true }),
    podman: { no_new_privileges: true },
    docker: host({ SecurityOpt: ['no-new-privileges'] }),
  },
  'added capabilities': {
    spec: secured({ addCapabilities: ['NET_ADMIN'] }),
    podman: { cap_add: ['NET_ADMIN'] },
    docker: host({ CapAdd: ['NET_ADMIN'] }),
  },
  'dropped capabilities': {
    spec: secured({ dropCapabilities: ['ALL'] }),
    podman: { cap_drop: ['ALL'] },
    docker: host({ CapDrop: ['ALL'] }),
  },
  'no seccomp profile': {
    spec: secured({ seccomp: 'unconfined' }),
    podman: { seccomp_profile_path: 'unconfined' },
    docker: host({ SecurityOpt: ['seccomp=unconfined'] }),
  },
  AppArmor: {
    spec: secured({ apparmor: 'mine' }),
    podman: { apparmor_profile: 'mine' },
    docker: host({ SecurityOpt: ['apparmor=mine'] }),
  },
  SELinux: {
    spec: secured({ selinux: { type: 't', level: 's0:c1' } }),
    podman: { selinux_opts: ['type:t', 'level:s0:c1'] },
    docker: host({ SecurityOpt: ['label=type:t', 'label=level:s0:c1'] }),
  },
  'unmasked /proc': {
    spec: secured({ unmaskedProc: true }),
    podman: { unmask: ['ALL'] },
    docker: host({ SecurityOpt: ['systempaths=unconfined'] }),
  },
  'weight of CPU': {
    spec: { limits: { cpuShares: 2 } },
    podman: { resource_limits: { cpu: { shares: 2 } } },
    docker: host({ CpuShares: 2 }),
  },
  'time of CPU': {
    spec: { limits: { cpuQuota: 50_000 } },
    podman: { resource_limits: { cpu: { quota: 50_000, period: 100_000 } } },
    docker: host({ CpuQuota: 50_000, CpuPeriod: 100_000 }),
  },
  'memory, without swap': {
    spec: { limits: { memory: 1_024 } },
    podman: { resource_limits: { memory: { limit: 1_024, swap: 1_024 } } },
    docker: host({ Memory: 1_024, MemorySwap: 1_024 }),
  },
  'score for the out-of-memory killer': {
    spec: { limits: { oomScoreAdjust: -997 } },
    podman: { oom_score_adj: -997 },
    docker: host({ OomScoreAdj: -997 }),
  },
  mount: { spec: mounted(false), podman: podmanMount('rprivate', 'rw'), docker: dockerMount(false, 'rprivate') },
  'read-only mount': {
    spec: mounted(true),
    podman: podmanMount('rprivate', 'ro'),
    docker: dockerMount(true, 'rprivate'),
  },
  'private mount': {
    spec: mounted(false, 'private'),
    podman: podmanMount('rprivate', 'rw'),
    docker: dockerMount(false, 'rprivate'),
  },
  'mount that sees what the machine mounts': {
    spec: mounted(false, 'rslave'),
    podman: podmanMount('rslave', 'rw'),
    docker: dockerMount(false, 'rslave'),
  },
  'mount that both sides see': {
    spec: mounted(true, 'rshared'),
    podman: podmanMount('rshared', 'ro'),
    docker: dockerMount(true, 'rshared'),
  },
  'processes of another container': {
    spec: { targetId: 't' },
    podman: { pidns: { nsmode: 'container', value: 't' } },
    docker: host({ PidMode: 'container:t' }),
  },
  'processes of the machine': {
    spec: { hostPid: true },
    podman: { pidns: { nsmode: 'host' } },
    docker: host({ PidMode: 'host' }),
  },
  // Podman's containers join what their pod shares; Docker's are told one by one.
  'processes of the pod': { spec: {}, sharePid: true, podman: {}, docker: host({ PidMode: 'container:s' }) },
  'IPC of the machine': {
    spec: { hostIpc: true },
    podman: { ipcns: { nsmode: 'host' } },
    docker: host({ IpcMode: 'host' }),
  },
  'network of the machine': { spec: { hostNetwork: true }, podman: {}, docker: host({ NetworkMode: 'host' }) },
};

describe('each field of a container changes in what an engine is asked for just what it has to', () => {
  it.each(Object.entries(rows))('%s', (_field, { spec, podman, docker, sharePid = false }) => {
    const changed = { ...plain, ...spec };
    expect(difference(containerBody(plain, true), containerBody(changed, true))).toEqual(podman);
    expect(difference(dockerContainerBody(plain, false), dockerContainerBody(changed, sharePid))).toEqual(docker);
  });

  it('and no field of the interface is without a row', () => {
    const covered = new Set(Object.values(rows).flatMap(({ spec }) => Object.keys(spec)));
    const identity = ['name', 'sandboxId', 'image'];
    expect(Object.keys(plain).filter((field) => !covered.has(field) && !identity.includes(field))).toEqual([]);
    const parts = new Set(
      Object.values(rows).flatMap(({ spec: { security = plainSecurity } }) =>
        Object.entries(security).flatMap(([field, value]) =>
          JSON.stringify(value) === JSON.stringify(new Map(Object.entries(plainSecurity)).get(field)) ? [] : [field],
        ),
      ),
    );
    expect(Object.keys(plainSecurity).filter((field) => !parts.has(field))).toEqual([]);
  });
});
