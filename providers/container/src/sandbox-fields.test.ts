import type { SandboxSpec } from '@virtual-kubelet/pod-runtime';
import { describe, expect, it } from 'vitest';
import { difference } from './difference.test-kit.js';
import { pauseBody } from './docker/docker-bodies.js';
import { podBody } from './podman/podman-bodies.js';

const host = (HostConfig: object): object => ({ HostConfig });

const sandbox: SandboxSpec = {
  name: 'p',
  labels: {},
  hostname: 'web-0',
  hostNetwork: false,
  hostPid: false,
  hostIpc: false,
  sharePid: false,
  ports: [],
  sysctls: {},
};

const sandboxRows: Readonly<
  Record<keyof Omit<SandboxSpec, 'name'>, { readonly spec: Partial<SandboxSpec>; podman: object; docker: object }>
> = {
  labels: { spec: { labels: { a: 'b' } }, podman: { labels: { a: 'b' } }, docker: { Labels: { a: 'b' } } },
  hostname: {
    spec: { hostname: 'x'.repeat(70) },
    podman: { hostname: 'x'.repeat(64) },
    docker: { Hostname: 'x'.repeat(64) },
  },
  hostNetwork: {
    spec: { hostNetwork: true },
    podman: { netns: { nsmode: 'host' } },
    docker: { Hostname: undefined, ...host({ NetworkMode: 'host' }) },
  },
  // Each container is told by itself: an infra container has no part in it.
  hostPid: { spec: { hostPid: true }, podman: {}, docker: host({ PidMode: 'host' }) },
  hostIpc: {
    spec: { hostIpc: true },
    podman: { shared_namespaces: ['net', 'uts'] },
    docker: host({ IpcMode: 'host' }),
  },
  sharePid: { spec: { sharePid: true }, podman: { shared_namespaces: ['net', 'uts', 'ipc', 'pid'] }, docker: {} },
  ports: {
    spec: {
      ports: [
        { containerPort: 80, hostPort: 8_080, protocol: 'tcp' },
        { containerPort: 80, hostPort: 8_081, protocol: 'tcp', hostIP: '127.0.0.1' },
        { containerPort: 53, hostPort: 53, protocol: 'udp' },
      ],
    },
    podman: {
      portmappings: [
        { container_port: 80, host_port: 8_080, protocol: 'tcp' },
        { container_port: 80, host_port: 8_081, protocol: 'tcp', host_ip: '127.0.0.1' },
        { container_port: 53, host_port: 53, protocol: 'udp' },
      ],
    },
    docker: {
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      ...host({
        PortBindings: {
          '80/tcp': [{ HostPort: '8080' }, { HostPort: '8081', HostIp: '127.0.0.1' }],
          '53/udp': [{ HostPort: '53' }],
        },
      }),
    },
  },
  sysctls: {
    spec: { sysctls: { 'net.core.somaxconn': '99' } },
    podman: { sysctl: { 'net.core.somaxconn': '99' } },
    docker: host({ Sysctls: { 'net.core.somaxconn': '99' } }),
  },
};

describe('each field of a sandbox changes in what an engine is asked for just what it has to', () => {
  it.each(Object.entries(sandboxRows))('%s', (_field, { spec, podman, docker }) => {
    const changed = { ...sandbox, ...spec };
    const pause = (of: SandboxSpec): object => pauseBody(of, { image: 'pause:1', network: undefined });
    expect(difference(podBody(sandbox, undefined), podBody(changed, undefined))).toEqual(podman);
    expect(difference(pause(sandbox), pause(changed))).toEqual(docker);
  });

  it('a network of the engine is for pods with addresses of their own', () => {
    expect(podBody(sandbox, 'pods')).toMatchObject({ netns: { nsmode: 'bridge' }, Networks: { pods: {} } });
    expect(podBody({ ...sandbox, hostNetwork: true }, 'pods')).not.toHaveProperty('Networks');
    const mode = (of: SandboxSpec): object => pauseBody(of, { image: 'pause:1', network: 'pods' });
    expect(mode(sandbox)).toMatchObject(host({ NetworkMode: 'pods' }));
    expect(mode({ ...sandbox, hostNetwork: true })).toMatchObject(host({ NetworkMode: 'host' }));
  });
});
