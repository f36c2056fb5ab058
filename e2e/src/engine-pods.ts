/** What processes of a pod find on a real engine: identity, rights, limits, volumes, names, signals. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger, systemClock, systemRandom } from '@virtual-kubelet/base';
import type { Container, PodSpec } from '@virtual-kubelet/kubernetes';
import type {
  ContainerObservation,
  PodRef,
  Provider,
  ProviderDefinition,
  ProviderSession,
} from '@virtual-kubelet/provider';
import { callContext, inputsOf, podOf, refOf } from '@virtual-kubelet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { images } from './engine-kit.js';
import { freePorts } from './harness/free-ports.js';
import { waitFor } from './harness/index.js';

/** The provider whose pods are looked at. */
export interface PodsSubject {
  readonly definition: ProviderDefinition;
  readonly config: object;
  /** A folder for files of the machine, which is made. */
  readonly folder: string;
  /** Whether the engine is sure to tell that memory was the reason of an end. */
  readonly tellsOom: boolean;
}

/** A container that runs a shell script. */
function sh(script: string, more: Partial<Container> = {}): Container {
  return { name: 'main', image: images.busybox, imagePullPolicy: 'Never', command: ['sh', '-c', script], ...more };
}

/** Lines about a process, by their names in /proc. */
const aboutProcess = (names: string): string =>
  `busybox grep -E '^(${names}):' /proc/self/status | busybox tr -d ' \t'`;

/** Prints a setting of the container's control group, whichever version the machine has. */
const setting = (second: string, first: string): string =>
  `cat /sys/fs/cgroup/${second} 2>/dev/null || cat /sys/fs/cgroup/${first}`;

/** Engines give privileged containers every capability there is, which a process without all of them cannot. */
const hasAllRights = ((): boolean => {
  const last = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'));
  const [, own = '0'] = /^CapBnd:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return BigInt(`0x${own}`) === 2n ** BigInt(last + 1) - 1n;
})();
const noRights = hasAllRights ? '' : ' (not run: this machine withholds a capability)';

/** Defines the cases of one provider. @param name how the engine is called in the names of cases */
export function describePods(name: string, { definition, config, folder, tellsOom }: PodsSubject): void {
  describe(`what processes find on ${name}`, () => {
    const free = join(folder, 'free');
    const profiles = join(folder, 'profiles');
    let session: ProviderSession;
    let provider: Provider;
    let serial = 0;

    beforeAll(async () => {
      await mkdir(free, { recursive: true });
      await mkdir(profiles, { recursive: true });
      session = await definition.open({
        config: {
          ...config,
          seccompFolder: profiles,
          allow: { hostPaths: [free], privileged: true, hostNamespaces: true },
        },
        clock: systemClock,
        random: systemRandom,
        logger: silentLogger,
        environment: {},
      });
      provider = await session.forNode({
        name: `pods-${definition.name}`,
        operatingSystem: 'linux',
        internalIP: '127.0.0.1',
      });
    });
    afterAll(() => session.close(callContext().signal));

    const create = async (spec: Partial<PodSpec>): Promise<PodRef> => {
      serial += 1;
      const pod = podOf({
        name: `pod-${serial}`,
        uid: `uid-${definition.name}-${serial}`,
        spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 5, ...spec },
      });
      const ref = refOf(pod);
      await provider.createPod({ ref, pod, inputs: inputsOf(pod), attempt: 1 }, callContext());
      return ref;
    };
    const containers = async (ref: PodRef): Promise<readonly ContainerObservation[]> =>
      (await provider.getPodStatus(ref, callContext()))?.containers ?? [];
    const until = (ref: PodRef, state: 'running' | 'terminated'): Promise<readonly ContainerObservation[]> =>
      waitFor(`all containers are ${state}`, async () => {
        const all = await containers(ref);
        return all.length > 0 && all.every((one) => state in one.state) ? all : undefined;
      });
    const log = async (pod: PodRef, container = 'main'): Promise<string> => {
      const options = { follow: false, previous: false, timestamps: false, stream: 'All' } as const;
      const chunks: Uint8Array[] = [];
      for await (const chunk of provider.getContainerLogs?.({ pod, container }, options, callContext()) ?? [])
        chunks.push(Uint8Array.from(chunk));
      return Buffer.concat(chunks).toString();
    };
    const remove = async (ref: PodRef): Promise<void> => {
      await provider.deletePod(ref, { gracePeriodSeconds: 5, reason: 'deleted' }, callContext());
      await until(ref, 'terminated');
    };
    /** What a pod of one container that ends by itself wrote. */
    const said = async (
      script: string,
      spec: Partial<PodSpec> = {},
      more: Partial<Container> = {},
    ): Promise<string> => {
      const ref = await create({ ...spec, containers: [sh(script, more)] });
      await until(ref, 'terminated');
      const text = await log(ref);
      await remove(ref);
      return text;
    };

    it('user, group and further groups', async () => {
      const securityContext = { runAsUser: 1_000, runAsGroup: 2_000, fsGroup: 3_000, supplementalGroups: [4_000] };
      const text = await said('id -u; id -g; id -G', { securityContext });
      const [user, group, groups = ''] = text.split('\n');
      expect([user, group, groups.split(' ').toSorted()]).toEqual(['1000', '2000', ['2000', '3000', '4000']]);
    });

    it('capabilities: those that were added, and no others', async () => {
      const capabilities = { drop: ['ALL'], add: ['NET_ADMIN'] };
      const text = await said(aboutProcess('CapEff|CapBnd'), {}, { securityContext: { capabilities } });
      expect(text).toBe('CapEff:0000000000001000\nCapBnd:0000000000001000\n');
    });

    it.runIf(hasAllRights)(`a privileged container has all that the machine gives${noRights}`, async () => {
      const script = `${aboutProcess('Seccomp')}; test -e /dev/kmsg && echo devices`;
      expect(await said(script, {}, { securityContext: { privileged: true } })).toBe('Seccomp:0\ndevices\n');
    });

    it('a root file system that is read only, beside a volume that is not', async () => {
      const text = await said(
        'touch /x 2>/dev/null || echo refused; touch /data/x && echo written',
        { volumes: [{ name: 'data', emptyDir: {} }] },
        {
          securityContext: { readOnlyRootFilesystem: true },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      );
      expect(text).toBe('refused\nwritten\n');
    });

    it('no new privileges, and the profile of the engine unless the pod wants none', async () => {
      const script = aboutProcess('NoNewPrivs|Seccomp');
      const usual = await said(script, {}, { securityContext: { allowPrivilegeEscalation: false } });
      expect(usual).toBe('NoNewPrivs:1\nSeccomp:2\n');
      const open = await said(script, { securityContext: { seccompProfile: { type: 'Unconfined' } } });
      expect(open).toBe('NoNewPrivs:0\nSeccomp:0\n');
    });

    it('a profile of its own from the folder of profiles', async () => {
      const syscalls = [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }];
      await writeFile(join(profiles, 'careful.json'), JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }));
      const seccompProfile = { type: 'Localhost', localhostProfile: 'careful.json' };
      const text = await said('mkdir /tmp/a 2>/dev/null || echo refused; touch /tmp/b && echo made', {
        securityContext: { seccompProfile },
      });
      expect(text).toBe('refused\nmade\n');
    });

    it('limits and weights of its control group', async () => {
      const resources = { requests: { cpu: '250m', memory: '32Mi' }, limits: { cpu: '500m', memory: '64Mi' } };
      const script = [
        setting('memory.max', 'memory/memory.limit_in_bytes'),
        setting('memory.swap.max', 'memory/memory.memsw.limit_in_bytes'),
        setting('cpu.max', 'cpu/cpu.cfs_quota_us'),
        'cat /proc/self/oom_score_adj',
      ].join('; ');
      const [memory, swap, quota, score] = (await said(script, {}, { resources })).split('\n');
      expect(memory).toBe('67108864');
      // The second version counts swap alone, the first memory with it.
      expect(['0', '67108864']).toContain(swap);
      expect(['50000', '50000 100000']).toContain(quota);
      expect(Number(score)).toBeGreaterThan(900);
    });

    it('an end when it takes more memory than it may, which is told where the engine knows', async () => {
      const ref = await create({ containers: [sh('tail /dev/zero', { resources: { limits: { memory: '16Mi' } } })] });
      const [seen] = await until(ref, 'terminated');
      expect(seen?.state).toMatchObject({
        terminated: { exitCode: 137, reason: expect.stringMatching(tellsOom ? /^OOMKilled$/ : /^(OOMKilled|Error)$/) },
      });
      await remove(ref);
    });

    it('volumes: in memory with a size, below a path, read only, of the machine', async () => {
      await writeFile(join(free, 'file'), 'of the machine\n');
      const text = await said(
        [
          `busybox grep -c ' /mem tmpfs ' /proc/mounts`,
          'head -c 2000000 /dev/zero > /mem/x 2>/dev/null || echo full',
          'cat /host/file; touch /host/x 2>/dev/null || echo read only',
          'touch /all/sub/path/here; ls /sub',
        ].join('; '),
        {
          volumes: [
            { name: 'mem', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
            { name: 'data', emptyDir: {} },
            { name: 'host', hostPath: { path: free } },
          ],
        },
        {
          volumeMounts: [
            { name: 'mem', mountPath: '/mem' },
            { name: 'data', mountPath: '/all' },
            { name: 'data', mountPath: '/sub', subPath: 'sub/path' },
            { name: 'host', mountPath: '/host', readOnly: true },
          ],
        },
      );
      expect(text).toBe('1\nfull\nof the machine\nread only\nhere\n');
    });

    it('its name, its place, and what it was told', async () => {
      const aliases = { hostAliases: [{ ip: '192.0.2.7', hostnames: ['other'] }] };
      const text = await said('hostname; busybox pwd; busybox grep -c "^192.0.2.7.other$" /etc/hosts', aliases, {
        workingDir: '/tmp',
      });
      expect(text).toBe(`pod-${serial}\n/tmp\n1\n`);
    });

    it('the processes of the other containers, where the pod shares them', async () => {
      const ref = await create({
        shareProcessNamespace: true,
        containers: [
          sh('exec sleep 654'),
          sh('while ! ps | busybox grep -q "[s]leep 654"; do sleep 0.1; done; echo seen', { name: 'other' }),
        ],
      });
      await waitFor('the other sees it', async () => (await log(ref, 'other')) === 'seen\n' || undefined);
      await provider.deletePod(ref, { gracePeriodSeconds: 0, reason: 'deleted' }, callContext());
      await until(ref, 'terminated');
    });

    it('a port of the machine', async () => {
      const [hostPort = 0] = await freePorts(1);
      const ports = [{ containerPort: 80, hostPort, hostIP: '127.0.0.1' }];
      const script = 'echo page > /tmp/index.html; exec httpd -f -p 80 -h /tmp';
      const ref = await create({ containers: [sh(script, { ports })] });
      const answer = await waitFor('it is served', async () =>
        fetch(`http://127.0.0.1:${hostPort}/`).then(
          (found) => found.text(),
          () => undefined,
        ),
      );
      expect(answer).toBe('page\n');
      await provider.deletePod(ref, { gracePeriodSeconds: 0, reason: 'deleted' }, callContext());
      await until(ref, 'terminated');
    });

    it.each([
      ['SIGTERM', undefined],
      ['SIGUSR1', 'SIGUSR1'],
      ['37', 'SIGRTMIN+3'],
    ])('its stop signal: %s', async (trapped, stopSignal) => {
      const script = `trap "echo asked; exit 5" ${trapped.replace('SIG', '')}; echo up; while true; do sleep 0.1; done`;
      const ref = await create({
        containers: [sh(script, stopSignal === undefined ? {} : { lifecycle: { stopSignal } })],
      });
      await waitFor('it listens', async () => (await log(ref)) === 'up\n' || undefined);
      await remove(ref);
      expect(await log(ref)).toBe('up\nasked\n');
      const [seen] = await containers(ref);
      expect(seen?.state).toMatchObject({ terminated: { exitCode: 5 } });
    });
  });
}
