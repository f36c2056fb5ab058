/** Everything the engine has to know of one container, from pod, inputs and what is known at its start. Pure. */
import { Sensitive } from '@virtual-kubelet/base';
import type { Container, Pod } from '@virtual-kubelet/kubernetes';
import type { ContainerInputs, Expression, PodInputs, RuntimeFacts } from '@virtual-kubelet/provider';
import { resolve } from '@virtual-kubelet/provider';
import type { BackendMount, ContainerSpec, PortMapping, SandboxSpec } from '../backend.js';
import { labelKeys, podLabels } from '../labels.js';
import type { Owner } from '../labels.js';
import type { PodRecord, PodToRun } from '../pod/pod-record.js';
import { containerLimits } from './resource-limits.js';
import type { SecurityFacts } from './security.js';
import { containerSecurity } from './security.js';

/** What is known only when a container starts. */
export interface StartFacts extends SecurityFacts {
  readonly owner: Owner;
  readonly sandboxId: string;
  readonly attempt: number;
  readonly backoff: number;
  readonly round: number;
  readonly facts: RuntimeFacts;
  readonly mounts: readonly BackendMount[];
  /** Bytes of memory of the machine. */
  readonly machineMemory: number;
  /** Container whose processes an ephemeral one sees. */
  readonly targetId?: string;
}

function plain(expression: Expression, facts: RuntimeFacts): string {
  const value = resolve(expression, facts);
  return value instanceof Sensitive ? value.reveal() : value;
}

function environment(
  inputs: ContainerInputs | undefined,
  facts: RuntimeFacts,
): ReadonlyMap<string, Sensitive | string> {
  return new Map((inputs?.env ?? []).map(({ name, value }) => [name, resolve(value, facts)]));
}

/** The inputs of a container. */
export function inputsOf(inputs: PodInputs, name: string): ContainerInputs | undefined {
  return inputs.containers.find((entry) => entry.name === name);
}

function nameOf(record: PodRecord, what: string, attempt: number): string {
  const { namespace, name, uid } = record.ref;
  // Names of pods can be longer than engines like; the UID makes it unique.
  return `vk_${what}_${name.slice(0, 63)}_${namespace}_${uid}_${attempt}`;
}

/** The container to make. @throws ContainerConfigError */
export function containerSpec(record: PodToRun, container: Container, start: StartFacts): ContainerSpec {
  const inputs = inputsOf(record.inputs, container.name);
  const { facts } = start;
  const texts = (list: readonly Expression[] | undefined): readonly string[] | undefined =>
    list?.map((value) => plain(value, facts));
  const command = texts(inputs?.command);
  const args = texts(inputs?.args);
  const stopSignal = container.lifecycle?.stopSignal;
  return {
    name: nameOf(record, container.name, start.attempt),
    sandboxId: start.sandboxId,
    image: container.image ?? '',
    labels: {
      ...podLabels(start.owner, record.ref),
      [labelKeys.kind]: 'container',
      [labelKeys.container]: container.name,
      [labelKeys.attempt]: String(start.attempt),
      [labelKeys.image]: container.image ?? '',
      [labelKeys.backoff]: String(start.backoff),
      ...(start.round === 0 ? {} : { [labelKeys.round]: String(start.round) }),
    },
    ...(command === undefined || command.length === 0 ? {} : { command }),
    ...(args === undefined || args.length === 0 ? {} : { args }),
    env: environment(inputs, facts),
    ...(container.workingDir ? { workingDir: container.workingDir } : {}),
    mounts: start.mounts,
    security: containerSecurity(record.pod, container, start),
    limits: containerLimits(record.pod, container, start.machineMemory),
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    hostPid: record.pod.spec?.hostPID === true,
    hostIpc: record.pod.spec?.hostIPC === true,
    hostNetwork: record.pod.spec?.hostNetwork === true,
    ...(stopSignal ? { stopSignal } : {}),
    ...(start.targetId === undefined ? {} : { targetId: start.targetId }),
  };
}

function protocolOf(text: string | undefined): PortMapping['protocol'] {
  return text === 'UDP' ? 'udp' : text === 'SCTP' ? 'sctp' : 'tcp';
}

/** Ports of all containers that are opened on the machine. */
export function hostPorts(pod: Pod): readonly PortMapping[] {
  const { initContainers = [], containers = [], hostNetwork } = pod.spec ?? {};
  if (hostNetwork) return [];
  return [...initContainers, ...containers]
    .flatMap(({ ports = [] }) => ports)
    .flatMap(({ containerPort, hostPort, hostIP, protocol }): readonly PortMapping[] =>
      hostPort ? [{ containerPort, hostPort, protocol: protocolOf(protocol), ...(hostIP ? { hostIP } : {}) }] : [],
    );
}

/** The sandbox to make. */
export function sandboxSpec(record: PodToRun, owner: Owner, attempt: number): SandboxSpec {
  const {
    hostNetwork = false,
    hostPID = false,
    hostIPC = false,
    shareProcessNamespace = false,
  } = record.pod.spec ?? {};
  const sysctls = record.pod.spec?.securityContext?.sysctls ?? [];
  return {
    name: nameOf(record, 'POD', attempt),
    labels: {
      ...podLabels(owner, record.ref),
      [labelKeys.kind]: 'sandbox',
      [labelKeys.attempt]: String(attempt),
    },
    hostname: record.inputs.hostname,
    hostNetwork,
    hostPid: hostPID,
    hostIpc: hostIPC,
    sharePid: shareProcessNamespace,
    ports: hostPorts(record.pod),
    sysctls: Object.fromEntries(sysctls.map(({ name, value }) => [name, value])),
  };
}
