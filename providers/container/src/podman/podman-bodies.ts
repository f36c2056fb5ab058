/** What Podman is asked for (libpod's SpecGenerator and PodSpecGenerator, version 4). Pure. */
import { constants } from 'node:os';
import { Sensitive } from '@virtual-kubelet/base';
import type { BackendLimits, BackendMount, ContainerSpec, SandboxSpec } from '@virtual-kubelet/pod-runtime';
import { fullImageName } from '../engine/image-name.js';

/** Period of CPU quotas, microseconds. */
export const cpuPeriod = 100_000;

/** The body of `pods/create`. @param network name of the network for pods with addresses of their own */
export function podBody(spec: SandboxSpec, network: string | undefined): object {
  const shared = ['net', 'uts', ...(spec.hostIpc ? [] : ['ipc']), ...(spec.sharePid ? ['pid'] : [])];
  return {
    name: spec.name,
    labels: spec.labels,
    hostname: spec.hostname.slice(0, 64),
    netns: { nsmode: spec.hostNetwork ? 'host' : 'bridge' },
    ...(network === undefined || spec.hostNetwork ? {} : { Networks: { [network]: {} } }),
    shared_namespaces: shared,
    exit_policy: 'continue',
    ...(Object.keys(spec.sysctls).length === 0 ? {} : { sysctl: spec.sysctls }),
    portmappings: spec.ports.map(({ containerPort, hostPort, hostIP, protocol }) => ({
      container_port: containerPort,
      host_port: hostPort,
      protocol,
      ...(hostIP === undefined ? {} : { host_ip: hostIP }),
    })),
  };
}

function mountBody({ source, target, readOnly, propagation }: BackendMount): object {
  const spread = propagation === undefined || propagation === 'private' ? 'rprivate' : propagation;
  return { type: 'bind', source, destination: target, options: ['rbind', spread, readOnly ? 'ro' : 'rw'] };
}

/** Limits as the runtime specification names them. */
export function resourcesBody({ cpuShares, cpuQuota, memory }: BackendLimits): object {
  return {
    cpu: {
      ...(cpuShares === undefined ? {} : { shares: cpuShares }),
      ...(cpuQuota === undefined ? {} : { quota: cpuQuota, period: cpuPeriod }),
    },
    // A limit with swap that is the same means no swap, as a kubelet has it.
    ...(memory === undefined ? {} : { memory: { limit: memory, swap: memory } }),
  };
}

/** First and last of the signals that have no name of their own, as the C library leaves them. */
const realTime = { first: 34, last: 64 } as const;

/** A signal by its number, as libpod wants it. The API names real-time signals from both ends: SIGRTMIN+3, SIGRTMAX-2. */
function signalNumber(name: string): number | undefined {
  const [, end, offset = '0'] = /^SIGRT(MIN|MAX)(?:[+-](\d+))?$/.exec(name) ?? [];
  if (end !== undefined) return end === 'MIN' ? realTime.first + Number(offset) : realTime.last - Number(offset);
  if (name === 'SIGCLD') return constants.signals.SIGCHLD;
  const numbers = constants.signals as Readonly<Record<string, number | undefined>>;
  return numbers[name];
}

function securityBody({ security }: ContainerSpec): object {
  const { user, groups, privileged, readOnlyRoot, noNewPrivileges, addCapabilities, dropCapabilities } = security;
  const { seccomp, apparmor, selinux, unmaskedProc } = security;
  const labels = Object.entries(selinux ?? {}).map(([kind, value]) => `${kind}:${value}`);
  return {
    ...(user === undefined ? {} : { user }),
    groups: groups.map(String),
    privileged,
    read_only_filesystem: readOnlyRoot,
    no_new_privileges: noNewPrivileges,
    cap_add: addCapabilities,
    cap_drop: dropCapabilities,
    ...(seccomp === undefined ? {} : { seccomp_profile_path: seccomp }),
    ...(apparmor === undefined ? {} : { apparmor_profile: apparmor }),
    ...(labels.length === 0 ? {} : { selinux_opts: labels }),
    ...(unmaskedProc ? { unmask: ['ALL'] } : {}),
  };
}

function namespaceBody({ targetId, hostPid, hostIpc }: ContainerSpec): object {
  const pid =
    targetId === undefined ? (hostPid ? { nsmode: 'host' } : undefined) : { nsmode: 'container', value: targetId };
  return { ...(pid ? { pidns: pid } : {}), ...(hostIpc ? { ipcns: { nsmode: 'host' } } : {}) };
}

/** The body of `containers/create`. @param lowersOomScore without the right to do so a container with a lower score does not start */
export function containerBody(spec: ContainerSpec, lowersOomScore: boolean): object {
  const env = [...spec.env].map(([name, value]) => [name, value instanceof Sensitive ? value.reveal() : value]);
  const { oomScoreAdjust } = spec.limits;
  const stop = spec.stopSignal === undefined ? undefined : signalNumber(spec.stopSignal);
  return {
    name: spec.name,
    pod: spec.sandboxId,
    image: fullImageName(spec.image),
    labels: spec.labels,
    ...(spec.command === undefined ? {} : { entrypoint: spec.command }),
    ...(spec.args === undefined ? {} : { command: spec.args }),
    env: Object.fromEntries(env),
    ...(spec.workingDir === undefined ? {} : { work_dir: spec.workingDir }),
    mounts: spec.mounts.map(mountBody),
    ...securityBody(spec),
    ...namespaceBody(spec),
    resource_limits: resourcesBody(spec.limits),
    ...(oomScoreAdjust === undefined || (oomScoreAdjust < 0 && !lowersOomScore)
      ? {}
      : { oom_score_adj: oomScoreAdjust }),
    stdin: spec.stdin,
    terminal: spec.tty,
    ...(stop === undefined ? {} : { stop_signal: stop }),
    log_configuration: { driver: 'k8s-file' },
    restart_policy: 'no',
    systemd: 'false',
    httpproxy: false,
  };
}
