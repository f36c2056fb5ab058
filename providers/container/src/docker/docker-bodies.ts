/** What Docker is asked for (Docker Engine API 1.41). Pure. */
import { Sensitive } from '@virtual-kubelet/base';
import type { BackendLimits, ContainerSpec, SandboxSpec } from '@virtual-kubelet/pod-runtime';
import { fullImageName } from '../engine/image-name.js';

const cpuPeriod = 100_000;

/** A port of the pod can be opened on several ports of the machine. */
function ports(spec: SandboxSpec): { ExposedPorts: object; PortBindings: object } {
  const opened = new Map<string, object[]>();
  for (const { containerPort, hostPort, hostIP, protocol } of spec.ports) {
    const key = `${containerPort}/${protocol}`;
    const binding = { HostPort: String(hostPort), ...(hostIP === undefined ? {} : { HostIp: hostIP }) };
    opened.set(key, [...(opened.get(key) ?? []), binding]);
  }
  return {
    ExposedPorts: Object.fromEntries([...opened.keys()].map((key) => [key, {}])),
    PortBindings: Object.fromEntries(opened),
  };
}

/** The container that holds a pod's network. */
export function pauseBody(
  spec: SandboxSpec,
  options: { readonly image: string; readonly network: string | undefined },
): object {
  const { ExposedPorts, PortBindings } = ports(spec);
  return {
    Image: fullImageName(options.image),
    Labels: spec.labels,
    ...(spec.hostNetwork ? {} : { Hostname: spec.hostname.slice(0, 64) }),
    ExposedPorts,
    HostConfig: {
      NetworkMode: spec.hostNetwork ? 'host' : (options.network ?? 'bridge'),
      IpcMode: spec.hostIpc ? 'host' : 'shareable',
      ...(spec.hostPid ? { PidMode: 'host' } : {}),
      PortBindings,
      RestartPolicy: { Name: 'no' },
      ...(Object.keys(spec.sysctls).length === 0 ? {} : { Sysctls: spec.sysctls }),
    },
  };
}

/** Limits under Docker's names. */
export function limitsBody({ cpuShares, cpuQuota, memory, oomScoreAdjust }: BackendLimits): object {
  return {
    ...(cpuShares === undefined ? {} : { CpuShares: cpuShares }),
    ...(cpuQuota === undefined ? {} : { CpuQuota: cpuQuota, CpuPeriod: cpuPeriod }),
    // Docker wants a limit with swap that is no less; the same means no swap, as a kubelet has it.
    ...(memory === undefined ? {} : { Memory: memory, MemorySwap: memory }),
    ...(oomScoreAdjust === undefined ? {} : { OomScoreAdj: oomScoreAdjust }),
  };
}

function securityOptions({ security }: ContainerSpec): readonly string[] {
  const { noNewPrivileges, seccomp, apparmor, selinux, unmaskedProc } = security;
  return [
    ...(noNewPrivileges ? ['no-new-privileges'] : []),
    ...(seccomp === undefined ? [] : [`seccomp=${seccomp}`]),
    ...(apparmor === undefined ? [] : [`apparmor=${apparmor}`]),
    ...Object.entries(selinux ?? {}).map(([kind, value]) => `label=${kind}:${value}`),
    ...(unmaskedProc ? ['systempaths=unconfined'] : []),
  ];
}

function pidMode(spec: ContainerSpec, sharePid: boolean): string | undefined {
  if (spec.targetId !== undefined) return `container:${spec.targetId}`;
  if (spec.hostPid) return 'host';
  return sharePid ? `container:${spec.sandboxId}` : undefined;
}

/** The body of `containers/create`. @param sharePid all containers of the pod see each other's processes */
export function dockerContainerBody(spec: ContainerSpec, sharePid: boolean): object {
  const { security } = spec;
  const pid = pidMode(spec, sharePid);
  return {
    Image: fullImageName(spec.image),
    Labels: spec.labels,
    ...(spec.command === undefined ? {} : { Entrypoint: spec.command }),
    ...(spec.args === undefined ? {} : { Cmd: spec.args }),
    Env: [...spec.env].map(([name, value]) => `${name}=${value instanceof Sensitive ? value.reveal() : value}`),
    ...(spec.workingDir === undefined ? {} : { WorkingDir: spec.workingDir }),
    ...(security.user === undefined ? {} : { User: security.user }),
    OpenStdin: spec.stdin,
    StdinOnce: spec.stdinOnce,
    Tty: spec.tty,
    ...(spec.stopSignal === undefined ? {} : { StopSignal: spec.stopSignal }),
    HostConfig: {
      NetworkMode: spec.hostNetwork ? 'host' : `container:${spec.sandboxId}`,
      IpcMode: spec.hostIpc ? 'host' : `container:${spec.sandboxId}`,
      ...(pid === undefined ? {} : { PidMode: pid }),
      Mounts: spec.mounts.map(({ source, target, readOnly, propagation }) => ({
        Type: 'bind',
        Source: source,
        Target: target,
        ReadOnly: readOnly,
        BindOptions: { Propagation: propagation === undefined || propagation === 'private' ? 'rprivate' : propagation },
      })),
      Privileged: security.privileged,
      ReadonlyRootfs: security.readOnlyRoot,
      CapAdd: security.addCapabilities,
      CapDrop: security.dropCapabilities,
      GroupAdd: security.groups.map(String),
      SecurityOpt: securityOptions(spec),
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: {} },
      ...limitsBody(spec.limits),
    },
  };
}
