import { Sensitive } from '@virtual-kubelet/base';
import type { ContainerSpec, SandboxSpec } from '@virtual-kubelet/pod-runtime';
import { describe, expect, it } from 'vitest';
import { dockerContainerBody, pauseBody } from './docker/docker-bodies.js';
import { registryHeader } from './engine/engine-operations.js';
import { letsLowerScores } from './engine/oom-score.js';
import { containerBody, podBody } from './podman/podman-bodies.js';

const sandbox: SandboxSpec = {
  name: 'pod',
  labels: { a: 'b' },
  hostname: 'web-0',
  hostNetwork: false,
  hostPid: false,
  hostIpc: false,
  sharePid: true,
  ports: [{ containerPort: 80, hostPort: 8080, hostIP: '127.0.0.1', protocol: 'tcp' }],
  sysctls: {},
};

const spec: ContainerSpec = {
  name: 'c',
  sandboxId: 's',
  image: 'nginx',
  labels: {},
  command: ['/bin/app'],
  env: new Map<string, Sensitive | string>([
    ['A', '1'],
    ['SECRET', new Sensitive('canary')],
  ]),
  mounts: [{ source: '/v', target: '/data', readOnly: true, propagation: 'rslave' }],
  security: {
    user: '1000:2000',
    groups: [3000],
    privileged: false,
    readOnlyRoot: true,
    noNewPrivileges: true,
    addCapabilities: ['NET_ADMIN'],
    dropCapabilities: ['ALL'],
    seccomp: 'unconfined',
    unmaskedProc: false,
  },
  limits: { cpuShares: 512, cpuQuota: 50_000, memory: 1_024, oomScoreAdjust: -997 },
  stdin: false,
  stdinOnce: false,
  tty: false,
  stopSignal: 'SIGINT',
  hostPid: false,
  hostIpc: false,
  hostNetwork: false,
};

describe('what Podman is asked for', () => {
  it('a pod shares network, host name and IPC, and processes where the pod wants it', () => {
    expect(podBody(sandbox, 'pods')).toMatchObject({
      netns: { nsmode: 'bridge' },
      Networks: { pods: {} },
      shared_namespaces: ['net', 'uts', 'ipc', 'pid'],
      portmappings: [{ container_port: 80, host_port: 8080, host_ip: '127.0.0.1', protocol: 'tcp' }],
    });
  });

  it('a container says all it needs, and no more', () => {
    expect(containerBody(spec, true)).toEqual({
      name: 'c',
      pod: 's',
      image: 'docker.io/library/nginx:latest',
      labels: {},
      entrypoint: ['/bin/app'],
      env: { A: '1', SECRET: 'canary' },
      mounts: [{ type: 'bind', source: '/v', destination: '/data', options: ['rbind', 'rslave', 'ro'] }],
      user: '1000:2000',
      groups: ['3000'],
      privileged: false,
      read_only_filesystem: true,
      no_new_privileges: true,
      cap_add: ['NET_ADMIN'],
      cap_drop: ['ALL'],
      seccomp_profile_path: 'unconfined',
      resource_limits: { cpu: { shares: 512, quota: 50_000, period: 100_000 }, memory: { limit: 1_024, swap: 1_024 } },
      oom_score_adj: -997,
      stdin: false,
      terminal: false,
      stop_signal: 2,
      log_configuration: { driver: 'k8s-file' },
      restart_policy: 'no',
      systemd: 'false',
      httpproxy: false,
    });
  });

  it('without the right to it nobody lowers the score of a process', () => {
    expect(containerBody(spec, false)).not.toHaveProperty('oom_score_adj');
    expect(letsLowerScores('CapEff:\t000001ffffffffff\n')).toBe(true);
    expect(letsLowerScores('CapEff:\t000001fffeffffff\n')).toBe(false);
  });
});

describe('what Docker is asked for', () => {
  it('a container holds the network and opens the ports', () => {
    expect(pauseBody(sandbox, { image: 'pause:1', network: undefined })).toMatchObject({
      Hostname: 'web-0',
      ExposedPorts: { '80/tcp': {} },
      HostConfig: {
        NetworkMode: 'bridge',
        IpcMode: 'shareable',
        PortBindings: { '80/tcp': [{ HostPort: '8080', HostIp: '127.0.0.1' }] },
      },
    });
  });

  it('the others join it', () => {
    expect(dockerContainerBody(spec, true)).toMatchObject({
      Entrypoint: ['/bin/app'],
      Env: ['A=1', 'SECRET=canary'],
      User: '1000:2000',
      StopSignal: 'SIGINT',
      HostConfig: {
        NetworkMode: 'container:s',
        PidMode: 'container:s',
        Memory: 1_024,
        MemorySwap: 1_024,
        SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'],
        Mounts: [
          { Type: 'bind', Source: '/v', Target: '/data', ReadOnly: true, BindOptions: { Propagation: 'rslave' } },
        ],
      },
    });
  });

  it('a debug container sees the processes of its target', () => {
    expect(dockerContainerBody({ ...spec, targetId: 't' }, false)).toMatchObject({
      HostConfig: { PidMode: 'container:t' },
    });
    expect(containerBody({ ...spec, targetId: 't' }, false)).toMatchObject({
      pidns: { nsmode: 'container', value: 't' },
    });
  });
});

describe('credentials for a registry', () => {
  it.each(['a', 'ab', 'abc', '\u00ff\u00ff?>'])('are read by Go with their padding (password %j)', (password) => {
    const header = registryHeader({ username: 'me', password: new Sensitive(password) })['x-registry-auth'] ?? '';
    expect(header.length % 4).toBe(0);
    expect(header).toMatch(/^[\w-]+=*$/);
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ username: 'me', password });
  });
});
