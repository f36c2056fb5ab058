import { Sensitive } from '@virtual-kubelet/base';
import type { Container, PodSpec } from '@virtual-kubelet/kubernetes';
import type { PodInputs } from '@virtual-kubelet/provider';
import { literal } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import type { ContainerSpec, SandboxSpec } from '../index.js';
import { asked, container as c, podOf } from '../pod-world.test-kit.js';

const GiB = 1_024 ** 3;

describe('resources become settings of a control group', () => {
  // The machine of these tests has 8 GiB.
  it.each<readonly [string, Container['resources'], ContainerSpec['limits']]>([
    ['nothing', {}, { cpuShares: 2, oomScoreAdjust: 1_000 }],
    ['a request of CPU is a weight', { requests: { cpu: '500m' } }, { cpuShares: 512, oomScoreAdjust: 999 }],
    ['the least weight', { requests: { cpu: '1m' } }, { cpuShares: 2, oomScoreAdjust: 999 }],
    ['the greatest weight', { requests: { cpu: '1k' } }, { cpuShares: 262_144, oomScoreAdjust: 999 }],
    [
      'a limit of CPU is time in each 100 ms, and the request that is not there',
      { limits: { cpu: '1500m' } },
      { cpuShares: 1_536, cpuQuota: 150_000, oomScoreAdjust: 999 },
    ],
    [
      'a request of CPU beside a limit',
      { requests: { cpu: '100m' }, limits: { cpu: '1' } },
      { cpuShares: 102, cpuQuota: 100_000, oomScoreAdjust: 999 },
    ],
    [
      'the least time is 1 ms',
      { requests: { cpu: '1m' }, limits: { cpu: '1m' } },
      { cpuShares: 2, cpuQuota: 1_000, oomScoreAdjust: 999 },
    ],
    ['a limit of zero is none', { limits: { cpu: '0', memory: '0' } }, { cpuShares: 2, oomScoreAdjust: 1_000 }],
    [
      'a limit of memory is bytes',
      { limits: { memory: '64Mi' } },
      { cpuShares: 2, memory: 67_108_864, oomScoreAdjust: 999 },
    ],
    [
      'a request of memory counts for the out-of-memory killer alone',
      { requests: { memory: '2Gi' } },
      { cpuShares: 2, oomScoreAdjust: 750 },
    ],
    [
      'who asks for nearly all of the memory still goes before a guaranteed pod',
      { requests: { memory: '8190Mi' } },
      { cpuShares: 2, oomScoreAdjust: 3 },
    ],
    [
      'a guaranteed pod goes last',
      { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } },
      { cpuShares: 1_024, cpuQuota: 100_000, memory: GiB, oomScoreAdjust: -997 },
    ],
  ])('%s', async (_what, resources, limits) => {
    const { container } = await asked(podOf({ containers: [c(resources ? { resources } : {})] }));
    expect(container.limits).toEqual(limits);
  });

  it('a pod the node cannot do without goes last, whatever it asks for', async () => {
    const critical = { priorityClassName: 'system-node-critical', priority: 2_000_001_000 };
    expect((await asked(podOf(critical))).container.limits.oomScoreAdjust).toBe(-997);
    // The name alone is anybody's to write.
    expect((await asked(podOf({ ...critical, priority: 0 }))).container.limits.oomScoreAdjust).toBe(1_000);
  });

  it('a sidecar goes no earlier than the first of the containers it serves', async () => {
    const requests = (memory: string): Partial<Container> => ({ resources: { requests: { memory } } });
    const pod = podOf({
      initContainers: [
        c({ name: 's', restartPolicy: 'Always', ...requests('1Gi') }),
        c({ name: 't', restartPolicy: 'Always', ...requests('6Gi') }),
      ],
      containers: [c({ ...requests('4Gi') }), c({ name: 'b', ...requests('2Gi') })],
    });
    const { world: w } = await asked(pod);
    const scores = w.backend.containerSpecs.map(({ limits }) => limits.oomScoreAdjust);
    expect(scores).toEqual([750, 250, 500, 750]);
  });
});

describe('a container', () => {
  it.each<readonly [string, Partial<Container>, Partial<PodSpec>, Partial<ContainerSpec>]>([
    ['image', { image: 'img:1' }, {}, { image: 'img:1' }],
    ['workingDir', { workingDir: '/srv' }, {}, { workingDir: '/srv' }],
    ['stdin and stdinOnce', { stdin: true, stdinOnce: true }, {}, { stdin: true, stdinOnce: true }],
    ['tty', { tty: true }, {}, { tty: true }],
    ['lifecycle.stopSignal', { lifecycle: { stopSignal: 'SIGUSR1' } }, {}, { stopSignal: 'SIGUSR1' }],
    ['hostNetwork', {}, { hostNetwork: true }, { hostNetwork: true }],
    ['hostPID', {}, { hostPID: true }, { hostPid: true }],
    ['hostIPC', {}, { hostIPC: true }, { hostIpc: true }],
  ])('%s', async (_what, own, spec, engine) => {
    const usual = {
      image: 'img:1',
      stdin: false,
      stdinOnce: false,
      tty: false,
      hostNetwork: false,
      hostPid: false,
      hostIpc: false,
    };
    const { container } = await asked(podOf({ ...spec, containers: [c(own)] }));
    const { name, sandboxId, labels, env, mounts, security, limits, ...rest } = container;
    expect(rest).toEqual({ ...usual, ...engine });
    expect([name, sandboxId, [...env]]).toEqual(['vk_a_p_ns_u1_0', 'sandbox-1', []]);
    expect([labels['io.kubernetes.pod.uid'], mounts.length > 0, security.privileged, limits.cpuShares]).toEqual([
      'u1',
      true,
      false,
      2,
    ]);
  });

  it('command, args and variables, of which secrets stay sealed', async () => {
    const secret = new Sensitive('canary');
    const inputs: Partial<PodInputs> = {
      containers: [
        {
          name: 'a',
          command: [literal('sh'), literal('-c')],
          args: [literal('exit')],
          env: [
            { name: 'A', value: literal('1') },
            { name: 'S', value: { parts: [{ from: 'secret', name: 's', key: 'k', text: secret }] } },
          ],
        },
      ],
    };
    const { container } = await asked(podOf(), { inputs });
    expect([container.command, container.args]).toEqual([['sh', '-c'], ['exit']]);
    expect([...container.env.keys()]).toEqual(['A', 'S']);
    expect(JSON.stringify([...container.env])).not.toContain('canary');
  });

  it('says by its labels all that a new process has to know', async () => {
    const { container } = await asked(podOf());
    expect(container.labels).toEqual({
      'io.kubernetes.pod.namespace': 'ns',
      'io.kubernetes.pod.name': 'p',
      'io.kubernetes.pod.uid': 'u1',
      'io.kubernetes.container.name': 'a',
      'io.virtual-kubelet.node': 'n',
      'io.virtual-kubelet.cluster': 'c',
      'io.virtual-kubelet.kind': 'container',
      'io.virtual-kubelet.attempt': '0',
      'io.virtual-kubelet.backoff': '0',
      'io.virtual-kubelet.image': 'img:1',
    });
  });
});

describe('a sandbox', () => {
  const port = (more: object): Partial<PodSpec> => ({ containers: [c({ ports: [{ containerPort: 80, ...more }] })] });
  it.each<readonly [string, Partial<PodSpec>, Partial<SandboxSpec>]>([
    ['nothing', {}, {}],
    ['a port of the pod alone', port({}), {}],
    ['hostPort', port({ hostPort: 8_080 }), { ports: [{ containerPort: 80, hostPort: 8_080, protocol: 'tcp' }] }],
    [
      'hostPort with address and protocol',
      port({ hostPort: 53, hostIP: '127.0.0.1', protocol: 'UDP' }),
      { ports: [{ containerPort: 80, hostPort: 53, hostIP: '127.0.0.1', protocol: 'udp' }] },
    ],
    [
      'hostPort by SCTP',
      port({ hostPort: 9, protocol: 'SCTP' }),
      { ports: [{ containerPort: 80, hostPort: 9, protocol: 'sctp' }] },
    ],
    [
      'hostPort in the machine’s network needs no opening',
      { ...port({ hostPort: 80 }), hostNetwork: true },
      { hostNetwork: true },
    ],
    ['hostPID', { hostPID: true }, { hostPid: true }],
    ['hostIPC', { hostIPC: true }, { hostIpc: true }],
    ['shareProcessNamespace', { shareProcessNamespace: true }, { sharePid: true }],
    [
      'sysctls',
      { securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '99' }] } },
      { sysctls: { 'net.core.somaxconn': '99' } },
    ],
  ])('%s', async (_what, spec, engine) => {
    const usual = {
      hostname: 'p',
      hostNetwork: false,
      hostPid: false,
      hostIpc: false,
      sharePid: false,
      ports: [],
      sysctls: {},
    };
    const { name, labels, ...rest } = (await asked(podOf(spec))).sandbox;
    expect(rest).toEqual({ ...usual, ...engine });
    expect([name, labels['io.virtual-kubelet.kind']]).toEqual(['vk_POD_p_ns_u1_0', 'sandbox']);
  });
});
