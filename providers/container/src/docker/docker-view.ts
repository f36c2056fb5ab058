/** What Docker shows, as pod-runtime wants it. Pure. */
import type { ContainerSeen, SandboxSeen } from '@virtual-kubelet/pod-runtime';
import { labelKeys } from '@virtual-kubelet/pod-runtime';
import { fields, number, text, texts, time } from '../engine/wire.js';

/** An inspected container. */
export interface DockerContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly isSandbox: boolean;
  /** Of another container than a sandbox: the sandbox whose network it has. */
  readonly sandboxId: string;
  readonly seen: ContainerSeen;
  readonly ips: readonly string[];
  readonly pid: number;
  readonly stopSignal: string;
  readonly tty: boolean;
  readonly stdinOnce: boolean;
}

/** Label with the sandbox of a container on the machine's network, which has no other trace of it. */
export const sandboxLabel = 'io.virtual-kubelet.sandbox';

function stateOf(word: string): ContainerSeen['state'] {
  if (['running', 'paused', 'restarting'].includes(word)) return 'running';
  return word === 'created' ? 'created' : 'exited';
}

function addresses(value: unknown): readonly string[] {
  const networks = Object.values(fields(fields(value)['Networks'])).map(fields);
  const all = networks.flatMap((one) => [text(one['IPAddress']), text(one['GlobalIPv6Address'])]);
  return [...new Set(all)].filter((ip) => ip !== '');
}

/** Reads an inspection. */
export function dockerContainer(value: unknown): DockerContainer {
  const all = fields(value);
  const config = fields(all['Config']);
  const state = fields(all['State']);
  const labels = texts(config['Labels']);
  const id = text(all['Id']);
  const sandboxId = labels[sandboxLabel] ?? '';
  const word = stateOf(text(state['Status']));
  const startedAt = time(state['StartedAt']);
  const finishedAt = time(state['FinishedAt']);
  const seen: ContainerSeen = {
    id,
    sandboxId,
    labels,
    state: word,
    createdAt: time(all['Created']) ?? 0,
    image: text(config['Image']),
    imageId: text(all['Image']),
    ...(startedAt === undefined || word === 'created' ? {} : { startedAt }),
    ...(word === 'exited'
      ? {
          ...(finishedAt === undefined ? {} : { finishedAt }),
          exitCode: number(state['ExitCode']) ?? 137,
          oomKilled: state['OOMKilled'] === true,
        }
      : {}),
  };
  return {
    id,
    labels,
    sandboxId,
    seen,
    isSandbox: labels[labelKeys.kind] === 'sandbox',
    ips: addresses(all['NetworkSettings']),
    pid: number(state['Pid']) ?? 0,
    stopSignal: text(config['StopSignal']),
    tty: config['Tty'] === true,
    stdinOnce: config['StdinOnce'] === true,
  };
}

/** A sandbox from its container. */
export function dockerSandbox({ id, labels, seen, ips }: DockerContainer): SandboxSeen {
  return { id, labels, createdAt: seen.createdAt, ready: seen.state === 'running', ips };
}
